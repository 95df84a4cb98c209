"""Every parser that reads what strangers send, by name, with what to begin with: the table of what is tried."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

from eid.api.card_lines import _load, _parse_line
from eid.api.plain_lines import read_plain_line
from eid.cards.reader import parse_chip_keys
from eid.crypto import master_list
from eid.crypto.active_auth import check_chip_answer
from eid.crypto.algorithms import parse_algorithm, parse_hash_algorithm, parse_scheme
from eid.crypto.ber import build_definite
from eid.crypto.card_security import verify_card_security
from eid.crypto.chip_auth import list_chip_authentication_keys, parse_static_key
from eid.crypto.deviation_list import verify_deviation_list
from eid.crypto.deviations import parse_deviations
from eid.crypto.dg2 import parse_dg2
from eid.crypto.dg13 import build_dg13, parse_dg13
from eid.crypto.layouts import Layouts
from eid.crypto.lds import (
    COM,
    SOD,
    disk_file_name,
    parse_com,
    parse_dg1,
    parse_dg15,
    parse_file_name,
    parse_security_object,
)
from eid.crypto.mrz import parse_mrz
from eid.crypto.outlines import read_outline
from eid.crypto.policy import LENIENT
from eid.crypto.public_keys import parse_public_key
from eid.crypto.report import Report
from eid.crypto.revocation_lists import read_revocation_list
from eid.crypto.security_infos import (
    parse_active_authentication_hash,
    parse_card_access,
    parse_dg14,
    parse_pace_infos,
)
from eid.crypto.sod import SignedData, parse_signed_data, parse_sod
from eid.crypto.tlv import SEQUENCE, Tlv, parse_tlv, read_tlv
from eid.crypto.x509 import Certificate, parse_certificate, parse_name
from eid.errors import Malformed
from tests.crypto.test_layouts import READERS, outcome, told
from tests.fuzz import card, conversation, seeds
from tests.fuzz.mutation import split, wrap
from tests.fuzz.target import Target
from tests.fuzz.tokens import TOKENS

FILE_BYTES = 64 * 1024
"""No file of a chip is larger: its offsets have two octets in the field."""


def walk_tlv(data: bytes) -> None:
    """Read the whole tree; what its elements say of themselves must fit, and what was read is what was sent."""
    found = read_tlv(data)
    _walk(parse_tlv(data, found.tag))


def _walk(element: Tlv) -> None:
    with contextlib.suppress(Malformed):
        getattr(element, _READERS.get(element.tag, "integer"))()
    if element.tag & 0x20 and element.tag < 0x100:
        children = element.children()
        assert b"".join(child.raw for child in children) == element.value, "octets got lost"
        for child in children:
            _walk(child)


_READERS = {1: "boolean", 3: "bits", 4: "octets", 6: "oid", 12: "text", 19: "text", 23: "time", 24: "time"}


def make_definite(data: bytes) -> None:
    once = build_definite(data)
    assert build_definite(once) == once, "a second time changes it again"
    assert len(once) <= len(data) + 4 * data.count(b"\x80"), "it grew"


def read_certificate(data: bytes) -> None:
    """A certificate and everything that is read of it later."""
    _read_all(parse_certificate(data))


def _read_all(certificate: Certificate) -> None:
    for name in [
        "issuer",
        "subject",
        "country",
        "issuer_country",
        "public_key",
        "subject_key_id",
        "authority_key_id",
        "key_usage",
        "basic_constraints",
        "extended_key_usage",
        "private_key_usage_period",
        "document_types",
    ]:
        try:
            getattr(certificate, name)
        except Malformed:
            continue
    for algorithm in (certificate.algorithm, certificate.tbs_algorithm):
        try:
            parse_scheme(algorithm)
        except Malformed:
            continue


def _read_signed(signed: SignedData) -> None:
    for certificate in signed.certificates:
        _read_all(certificate)
    for signer in signed.form.signers:
        hash_name = parse_hash_algorithm(signer.digest_algorithm)
        parse_scheme(signer.signature_algorithm, digest_name=hash_name)
        if signer.raw_issuer is not None:
            parse_name(signer.raw_issuer)


def read_by_layout(data: bytes) -> None:
    """What was read before changes nothing of what is read: by a layout as anew. The first octet says what it is."""
    module, reader, parse = _LAYOUT_READERS[data[0] % len(_LAYOUT_READERS) if data else 0]
    known = module._LAYOUTS
    by_layout = outcome(lambda: told(parse(data[1:])))
    module._LAYOUTS = Layouts(getattr(module, reader))
    try:
        anew = outcome(lambda: told(parse(data[1:])))
    finally:
        module._LAYOUTS = known
    assert by_layout == anew, "a layout says other things"


_LAYOUT_READERS = [READERS[kind] for kind in ("EF.SOD", "security object", "certificate", "key")]


def _layout_inputs() -> list[bytes]:
    sods = [seeds.good_card()[SOD], *seeds.sods()[-30::5]]
    contents = [parse_sod(data).content for data in sods[:2]]
    kinds = (sods, contents, seeds.certificates()[:4], seeds.key_infos()[:5])
    return [bytes([number]) + data for number, found in enumerate(kinds) for data in found if len(data) < 4000]


def read_sod(data: bytes) -> None:
    signed = parse_sod(data)
    with contextlib.suppress(Malformed):
        parse_security_object(signed.content)
    _read_signed(signed)


def read_master_list(data: bytes) -> None:
    for certificate in master_list.find_own_anchors(data):
        _read_all(certificate)
    master_list.verify_master_list(data, trust_store=seeds.trust(), policy=LENIENT)


def read_certificates_outline(data: bytes) -> None:
    outline = read_outline(data)
    certificate = parse_certificate(data)
    assert (outline.issuer, outline.subject) == (certificate.issuer, certificate.subject)


def read_deviation_list(data: bytes) -> None:
    parse_deviations(parse_signed_data(data, max_bytes=FILE_BYTES).content, max_bytes=FILE_BYTES)
    verify_deviation_list(data, trust_store=seeds.trust(), policy=LENIENT)


def read_zone(data: bytes) -> None:
    zone = parse_mrz(data.decode("utf-8", "replace"))
    zone.expires_on()


def read_dg1(data: bytes) -> None:
    parse_dg1(data).expires_on()


def read_details(data: bytes) -> None:
    details = parse_dg13(data)
    assert parse_dg13(build_dg13(details)) == details, "written and read again it says other things"


def read_infos(data: bytes) -> None:
    infos = parse_dg14(data) if data[:1] == b"\x6e" else parse_card_access(data)
    for read in (parse_active_authentication_hash, parse_pace_infos, list_chip_authentication_keys):
        with contextlib.suppress(Malformed):
            read(infos)
    for key in list_chip_authentication_keys(infos):
        parse_static_key(key.public_key_info)


def read_card_security(data: bytes) -> None:
    verify_card_security(data, trust_store=seeds.trust(), policy=LENIENT)


def read_key_of_dg15(data: bytes) -> None:
    parse_public_key(parse_dg15(data))


def read_scheme(data: bytes) -> None:
    parse_scheme(parse_algorithm(parse_tlv(data, SEQUENCE)), digest_name="sha256")


def read_file_name(data: bytes) -> None:
    found = parse_file_name(data.decode("utf-8", "replace"))
    assert found is None or parse_file_name(disk_file_name(found)) == found


def read_batch_line(data: bytes) -> None:
    """A line of a batch of cards: read straight it says what any JSON reader says, or is not read straight."""
    plain = read_plain_line(data)
    try:
        read = _load(_parse_line(data))
    except Malformed:
        assert plain is None, "it was read straight, and should have been refused"
        raise
    assert plain is None or plain == read, "read straight it says other things"


def _lines() -> list[bytes]:
    files = {"EF.SOD": "AAAA", "EF_DG1.bin": "", "EF.DG13": "//8=", "sod.bin": "AA=="}
    usual = {name: files[name] for name in list(files)[:3]}
    return [
        json.dumps(upload, separators=separators).encode()
        for upload in ({"files": usual}, {"id": "A-17", "files": usual}, {"files": files, "id": "7"})
        for separators in ((",", ":"), (", ", ": "))
    ]


def check_answer(data: bytes) -> None:
    """The key, the answer and the digest, one after the other."""
    parts = split(data) or []
    if len(parts) != 3:
        return
    (_, info), (_, response), (_, name) = parts
    hash_name = {b"1": "sha1", b"2": "sha256", b"5": "sha512"}.get(name)
    report = Report(LENIENT, ["active_authentication"])
    report.begin("active_authentication", malformed="aa_malformed")
    check_chip_answer(report, info, challenge=seeds.CHALLENGE, response=response, hash_name=hash_name)


def _answers() -> list[bytes]:
    found = [(info, seeds.good_answer(kind)) for info, kind in zip(seeds.key_infos(), _KINDS, strict=False)]
    return [
        wrap(b"\xe0", info) + wrap(b"\xc0", answer) + wrap(b"\xc0", name)
        for info, answer in found
        for name in (b"", b"2")
    ]


_KINDS = ("P-256", "P-384", "bp256", "rsa1024", "rsa2048")


def _documents() -> list[bytes]:
    """The good card and the deck's, as they are and made right again in every way."""
    good, answer = seeds.good_card(), seeds.good_answer()
    modes = (0, 16, 7, 7 | 16, 7 | 8, 7 | 16 | 128, 6 | 32 | 128, 3 | 64)
    packed = [card.pack(good, mode, answer) for mode in modes]
    for mutant in seeds.deck().mutants:
        if sum(map(len, mutant.files.values())) < 8000:
            packed.append(card.pack(mutant.files))
    return packed


def _trust_files() -> list[bytes]:
    ders = [*seeds.certificates()[:3], seeds.crl(), *seeds.master_lists()]
    kinds = ("CERTIFICATE", "CERTIFICATE", "CERTIFICATE", "X509 CRL", "CMS")
    pems = [seeds.pem(data, kind) for data, kind in zip(ders, kinds, strict=True)]
    return [*ders, *pems, pems[0] + pems[3]]


def _of_cards(*names: str) -> Callable[[], list[bytes]]:
    return lambda: list(dict.fromkeys([m.files[n] for m in seeds.deck().mutants for n in names if n in m.files]))


TARGETS = {
    "tlv": Target(
        walk_tlv, lambda: [seeds.good_card()[SOD], *seeds.key_infos()[:6], b"\x60\x05\x5f\x01\x0201"], max_bytes=1536
    ),
    "ber": Target(make_definite, lambda: seeds.sods()[-6:], max_bytes=2048),
    "algorithm": Target(read_scheme, lambda: seeds.algorithms(), max_bytes=1024),
    "sod": Target(read_sod, seeds.sods),
    "signed_data": Target(
        lambda data: _read_signed(parse_signed_data(data, max_bytes=FILE_BYTES)), lambda: [s[4:] for s in seeds.sods()]
    ),
    "security_object": Target(
        parse_security_object, lambda: [parse_sod(s).content for s in seeds.sods()[:4]], max_bytes=2048
    ),
    "certificate": Target(read_certificate, seeds.certificates),
    "layouts": Target(read_by_layout, _layout_inputs, max_bytes=4096),
    "public_key": Target(parse_public_key, seeds.key_infos, max_bytes=2048),
    "name": Target(
        parse_name, lambda: [parse_certificate(c).raw_subject for c in seeds.certificates()], max_bytes=2048
    ),
    "outline": Target(read_certificates_outline, seeds.certificates, max_bytes=4096),
    "deviation_list": Target(read_deviation_list, seeds.deviation_lists),
    "crl": Target(lambda data: read_revocation_list(parse_tlv(data, SEQUENCE)), lambda: [seeds.crl()]),
    "master_list": Target(read_master_list, seeds.master_lists),
    "com": Target(parse_com, _of_cards(COM), max_bytes=1024),
    "dg1": Target(read_dg1, lambda: [wrap(b"\x61", wrap(b"\x5f\x1f", zone)) for zone in seeds.zones()], max_bytes=512),
    "mrz": Target(read_zone, seeds.zones, is_text=True, max_bytes=128),
    "dg2": Target(parse_dg2, lambda: [*_of_cards("EF.DG2")(), *(s[:900] for s in seeds.specimens("*/Datagroup2.bin"))]),
    "dg13": Target(read_details, _of_cards("EF.DG13"), max_bytes=2048),
    "dg14": Target(
        read_infos, lambda: [*_of_cards("EF.DG14")(), *seeds.specimens("*/Datagroup14.bin")], max_bytes=2048
    ),
    "card_access": Target(read_infos, _of_cards("EF.CardAccess"), max_bytes=1024),
    "dg15": Target(read_key_of_dg15, lambda: [wrap(b"\x6f", info) for info in seeds.key_infos()], max_bytes=2048),
    "trust_store": Target(card.verify_under, lambda: _trust_files()[:5]),
    "trust_text": Target(card.verify_under, _trust_files, is_text=True),
    "chip_keys": Target(parse_chip_keys, seeds.chip_keys, is_text=True, max_bytes=4096),
    "file_name": Target(read_file_name, lambda: [n.encode() for n in _NAMES], is_text=True, max_bytes=64),
    "batch_line": Target(read_batch_line, _lines, is_text=True, max_bytes=1024),
    "chip_answer": Target(check_answer, _answers, max_bytes=2048),
    "card_security": Target(read_card_security, seeds.card_securities),
    "apdu": Target(conversation.read_apdus, conversation.apdus, max_bytes=512),
    "secure_messaging": Target(conversation.read_secured, conversation.secured, max_bytes=512),
    "chip": Target(conversation.converse, conversation.inputs, max_bytes=1024, share=4),
    "document": Target(card.verify_packed, _documents),
    "document_again": Target(card.verify_twice, _documents, share=8),
    **TOKENS,
}

_NAMES = (
    "EF_SOD.bin",
    "EF.SOD",
    "sod.bin",
    "DG1.bin",
    "Datagroup16.bin",
    "ef0101.bin",
    "EF.CardAccess",
    "data_group-2.tlv",
)
