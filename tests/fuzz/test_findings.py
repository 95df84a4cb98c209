"""Inputs that once broke a parser, each with what must be said to it; in 50 ms of processor time and 50 MB, like all others."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from eid.cards.reader import parse_chip_keys
from eid.crypto.active_auth import check_chip_answer
from eid.crypto.algorithms import parse_algorithm, parse_scheme
from eid.crypto.ber import build_definite
from eid.crypto.cbor import EMBEDDED, Tag, build_cbor, parse_cbor
from eid.crypto.lds import SOD, parse_file_name
from eid.crypto.mdoc import parse_mso
from eid.crypto.offline_code import EXP
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import LENIENT, STRICT
from eid.crypto.public_keys import parse_public_key
from eid.crypto.report import Report
from eid.crypto.security_infos import parse_card_access
from eid.crypto.sod import parse_sod
from eid.crypto.status_list_cwt import TTL
from eid.crypto.tlv import MAX_BYTES, SEQUENCE, build_integer, build_oid, build_sequence, build_tlv, parse_tlv
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import KEY_USAGE, parse_certificate, parse_name
from eid.errors import Malformed, VerificationFailed
from tests.fuzz import seeds, tokens
from tests.fuzz.judgement import forget, judge_again
from tests.fuzz.mutation import edit, find

MANY = 16 * 1024 * 1024


def code_of(parse: Callable[[bytes], object], data: bytes) -> str:
    """The code of the refusal, which comes in time and costs no memory."""
    assert judge_again(parse, data) is None
    with pytest.raises((Malformed, VerificationFailed)) as refused:
        parse(data)
    return refused.value.code


def rsa_info(modulus: int, exponent: int) -> bytes:
    key = build_sequence(build_integer(modulus), build_integer(exponent))
    return build_sequence(build_sequence(build_oid("1.2.840.113549.1.1.1"), build_tlv(5)), build_tlv(3, b"\x00" + key))


def padded_certificate(octets: int) -> bytes:
    """A good certificate whose signature is so long."""
    return edit(seeds.csca().build(), (0x30.to_bytes(), b"\x03"), lambda _signature: bytes(octets))


def test_elements_are_counted_while_they_are_read() -> None:
    """All were read before they were counted: 16 MB of empty elements took a gigabyte and two seconds."""
    wide = build_tlv(SEQUENCE, b"\x05\x00" * (MANY // 2 - 8))
    assert code_of(lambda data: parse_tlv(data, SEQUENCE, max_bytes=MANY).children(), wide) == "tlv_too_many"


@pytest.mark.parametrize(
    "body", [b"\x05\x00" * 100_000, b"\x30\x80\x00\x00" * 60_000, b"\x30\x80" * 20 + b"\x04\x00" * 90_000]
)
def test_elements_of_ber_are_counted(body: bytes) -> None:
    """They were not: a quarter of a second."""
    assert len(body) < MAX_BYTES
    assert code_of(build_definite, b"\x77\x80" + body) == "tlv_too_many"


@pytest.mark.parametrize("end", [b"", b"-----END CERTIFICATE-----", b"-----END CERTIFICAT-----"])
def test_a_file_of_beginnings_is_searched_once(end: bytes) -> None:
    """From each of them the whole rest was searched for its end: 24 seconds for 256 kB, and a trust file may have 16 MB."""
    text = b"-----BEGIN CERTIFICATE-----\n" * 9000 + end
    assert code_of(lambda data: parse_trust_store([data]), text) in ("trust_malformed", "tlv_truncated")


def test_what_stands_between_blocks_of_pem_is_passed_over() -> None:
    """RFC 7468, 2: text may stand outside of the blocks, also with hyphens."""
    block = seeds.pem(seeds.csca().build(), "CERTIFICATE")
    store = parse_trust_store([b"CSCA - of a test\n" + block + b"-- \n" + seeds.pem(seeds.crl(), "X509 CRL")])
    assert (len(store.anchors), len(store.revocation_lists)) == (1, 1)


def test_a_block_of_pem_that_is_cut_off_is_not_passed_over() -> None:
    """It was, where a whole one stood beside it: half of a trust file was believed to be all of it."""
    block = seeds.pem(seeds.csca().build(), "CERTIFICATE")
    assert code_of(lambda data: parse_trust_store([data]), block + block[:-40]) == "trust_malformed"


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"active_authentication":' * 50_000])
def test_nested_json_is_no_file_of_keys(text: bytes) -> None:
    """A RecursionError came out."""
    assert code_of(parse_chip_keys, text) == "chip_keys_malformed"


@pytest.mark.parametrize(
    ("known", "unknown"), [("2a8648ce3d030107", "2a8648ce3c030107"), ("2a8648ce3d0201", "2a8648ce3d0200")]
)
def test_keys_of_a_kind_that_nobody_knows_are_none(known: str, unknown: str) -> None:
    """UnsupportedAlgorithm came out of the library: for another curve, for another kind."""
    good = seeds.key("active").private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    wrong = good.replace(bytes.fromhex(known), bytes.fromhex(unknown))
    assert wrong != good
    keys = json.dumps({"active_authentication": seeds.pem(wrong, "PRIVATE KEY").decode()}).encode()
    assert code_of(parse_chip_keys, keys) == "chip_keys_malformed"


@pytest.mark.parametrize("value", ["", "08ff", "00ffffff", "00" + "ff" * 200], ids=lambda value: value[:8] or "empty")
def test_a_key_usage_has_nine_bits_at_most(value: str) -> None:
    """RFC 5280, 4.2.1.3. A certificate of 200 kB whose key usage filled it made a set of 1.6 million numbers."""
    bits = build_tlv(3, bytes.fromhex(value))
    old = build_sequence(build_oid(KEY_USAGE), build_tlv(1, b"\xff"), build_tlv(4, bytes.fromhex("03020106")))
    new = build_sequence(build_oid(KEY_USAGE), build_tlv(1, b"\xff"), build_tlv(4, bits))
    extensions = (b"\x30", b"\x30", b"\xa3", b"\x30")
    assert old in find(seeds.csca().build(), extensions)
    certificate = parse_certificate(edit(seeds.csca().build(), extensions, lambda found: found.replace(old, new)))
    with pytest.raises(Malformed) as refused:
        certificate.key_usage  # noqa: B018 - a property that reads
    assert refused.value.code == "certificate_malformed"


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        ((1 << 8193) - 1, 65537),
        ((1 << 20_000) - 1, 3),
        ((1 << 3072) - 1, (1 << 3071) - 1),
        ((1 << 2048) - 1, (1 << 128) + 1),
    ],
    ids=["8193 bits", "20,000 bits", "exponent of 3071 bits", "exponent of 129 bits"],
)
def test_rsa_keys_that_would_cost_seconds_are_refused(modulus: int, exponent: int) -> None:
    """A chip's answer is raised to the exponent in Python: 200,000 bits took minutes."""
    assert code_of(parse_public_key, rsa_info(modulus, exponent)) == "bad_public_key"


@pytest.mark.parametrize("size", [8, 64, 512, 1023])
def test_a_chip_with_a_toy_key_proves_nothing(size: int) -> None:
    """Under the lenient policy a key of eight bits was asked, for which anybody can answer."""
    report = Report(LENIENT, ["active_authentication"])
    report.begin("active_authentication", malformed="aa_malformed")
    for answer in range(1, 250):
        with pytest.raises(VerificationFailed) as refused:
            check_chip_answer(
                report,
                rsa_info((1 << size) - 1, 3),
                challenge=bytes(8),
                response=answer.to_bytes((size + 7) // 8, "big"),
                hash_name=None,
            )
        assert refused.value.code == "key_too_small"


def test_a_field_of_pss_occurs_once() -> None:
    """The last of two counted, and the order was not asked then."""
    [salt, other] = [build_tlv(0xA2, build_integer(length)) for length in (20, 32)]
    for fields in ([salt, other], [salt, salt], [other, build_tlv(0xA0), salt]):
        algorithm = build_sequence(build_oid("1.2.840.113549.1.1.10"), build_sequence(*fields))
        with pytest.raises(Malformed) as refused:
            parse_scheme(parse_algorithm(parse_tlv(algorithm, SEQUENCE)))
        assert refused.value.code == "pss_params"


def test_names_of_files_are_in_ascii() -> None:
    """Digits of other scripts counted as digits."""
    assert parse_file_name("DG1.bin") == "EF.DG1"
    assert parse_file_name("DG١.bin") is None
    assert parse_file_name("DG๑.bin") is None


@pytest.mark.parametrize(
    ("parse", "data"),
    [
        (parse_certificate, padded_certificate(16 * 1024)),
        (parse_name, build_sequence(bytes(8 * 1024))),
        (parse_public_key, build_sequence(bytes(8 * 1024))),
        (lambda data: parse_algorithm(parse_tlv(data, SEQUENCE)), build_sequence(build_oid("1.2.3"), bytes(2048))),
        (parse_card_access, build_tlv(0x31, bytes(8 * 1024))),
    ],
    ids=["certificate", "name", "key", "algorithm", "EF.CardAccess"],
)
def test_what_is_kept_is_not_as_large_as_a_stranger_likes(parse: Callable[[bytes], object], data: bytes) -> None:
    """Parsers keep what they read: a thousand certificates of 200 kB would have stayed, a gigabyte of them."""
    assert code_of(parse, data) == "tlv_too_large"


def test_a_thousand_large_cards_leave_nothing_behind() -> None:
    sod = seeds.good_card()[SOD]
    forget()
    tracemalloc.start()
    for number in range(300):
        large = edit(
            sod,
            (b"\x77", b"\x30", b"\xa0", b"\x30", b"\xa0", b"\x30", b"\x03"),
            lambda signature, number=number: signature + number.to_bytes(2) + bytes(200_000),
        )
        with pytest.raises(Malformed):
            parse_sod(large)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 10 * 1024 * 1024


def test_a_good_key_file_is_read_in_time() -> None:
    """The library tries the primes of an RSA key when it loads one."""
    for text in seeds.chip_keys():
        assert judge_again(parse_chip_keys, text) is None
    assert isinstance(parse_chip_keys(seeds.chip_keys()[0]), ec.EllipticCurvePrivateKey)


def test_a_signer_whose_name_cannot_be_read_is_refused_by_a_step() -> None:
    """Its description, as evidence of a step, raised Malformed out of the verification, past the report."""
    tag = (b"\x77", b"\x30", b"\xa0", b"\x30", b"\xa0", b"\x30", 0, 5)
    sod = edit(seeds.good_card()[SOD], tag, lambda subject: b"\x36" + subject[1:])
    with pytest.raises(VerificationFailed) as refused:
        verify_document({**seeds.good_card(), SOD: sod}, trust_store=seeds.trust(), policy=STRICT)
    assert refused.value.step == "signer_chain"


@pytest.mark.parametrize("ttl", [2**64 - 1, 2**63, 253_402_300_800])
def test_a_status_list_that_may_be_kept_for_longer_than_there_are_years_is_refused(ttl: int) -> None:
    """It became a duration that Python has no room for: OverflowError, from a list whose signature holds."""
    data = edit_parts(tokens.status_list_parts()[0], TTL, ttl)
    assert code_of(tokens.read_signed_status_list, data) == "status_list_time"


@pytest.mark.parametrize("at", [2**64 - 1, 253_402_300_800])
def test_a_code_that_ends_after_the_last_year_is_refused(at: int) -> None:
    """It was verified, and whoever wrote down when it ends got a ValueError."""
    assert code_of(tokens.read_signed_code, edit_parts(tokens.code_parts()[0], EXP, at)) == "token_time"


def edit_parts(data: bytes, claim: int, value: object) -> bytes:
    """The protected header and the payload with this claim in it, to be signed anew."""
    head, payload = parse_cbor(data)
    return build_cbor([head, build_cbor(parse_cbor(payload) | {claim: value})])


def test_an_authorisation_of_a_name_space_that_is_no_text_is_refused() -> None:
    """Name spaces were made a set before they were looked at: TypeError, for a list among them."""
    mso = parse_cbor(parse_cbor(tokens.msos()[1]).value)
    mso["deviceKeyInfo"]["keyAuthorizations"]["nameSpaces"] = [[]]
    assert code_of(parse_mso, build_cbor(Tag(EMBEDDED, build_cbor(mso)))) == "mdoc_malformed"


def test_a_text_in_base45_is_no_longer_than_a_qr_code() -> None:
    """A megabyte of it took a fifth of a second."""
    assert code_of(tokens.read_base45, b"0" * 4299) == "base45_malformed"
