"""Active authentication: ICAO 9303-11, 6.1, with ISO/IEC 9796-2 for RSA and plain ECDSA for elliptic curves."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto import points
from eid.crypto.active_auth import build_chip_answer, check_chip_answer
from eid.crypto.algorithms import PrivateKey, digest
from eid.crypto.curves import BY_NAME
from eid.crypto.policy import LENIENT, STRICT, Policy
from eid.crypto.report import Report
from eid.crypto.tlv import build_oid, build_sequence, build_tlv
from eid.errors import VerificationFailed
from tests.crypto.forge import key_of

CHALLENGE = bytes.fromhex("f173589974bf40c6")


def answer_of(key: PrivateKey, hash_name: str = "sha256", challenge: bytes = CHALLENGE) -> bytes:
    return build_chip_answer(key, challenge, rng=random.Random(7), hash_name=hash_name)


def check(
    key: PrivateKey,
    response: bytes,
    *,
    policy: Policy = STRICT,
    hash_name: str | None = None,
    challenge: bytes = CHALLENGE,
) -> str:
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    report = Report(policy, ["active_authentication"])
    report.begin("active_authentication", malformed="aa_malformed")
    return check_chip_answer(report, info, challenge=challenge, response=response, hash_name=hash_name)


def code_of(key: PrivateKey, response: bytes, **kwargs: object) -> str:
    with pytest.raises(VerificationFailed) as refused:
        check(key, response, **kwargs)  # type: ignore[arg-type]
    assert refused.value.step == "active_authentication"
    return refused.value.code


@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072"])
@pytest.mark.parametrize("hash_name", ["sha224", "sha256", "sha384", "sha512"])
def test_an_rsa_chip_answers_by_every_digest(kind: str, hash_name: str) -> None:
    """ISO/IEC 9796-2: the trailer names the digest (38CC, 34CC, 36CC, 35CC)."""
    key = key_of(kind, "aa")
    assert check(key, answer_of(key, hash_name)) == hash_name


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "bp256", "bp384", "bp512"])
@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_an_elliptic_curve_chip_answers_plain(kind: str, hash_name: str) -> None:
    """BSI TR-03111, 5.2.1: r and s, each as long as the order. The digest is not derived from the curve."""
    key = key_of(kind, "aa")
    response = answer_of(key, hash_name)
    assert check(key, response, hash_name=hash_name) == hash_name
    assert check(key, response) == hash_name


def _sign(key: PrivateKey, block: bytes) -> bytes:
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(len(block), "big")


def _block(
    hash_name: str, trailer: bytes, *, header: int = 0x6A, size: int = 256, challenge: bytes = CHALLENGE
) -> bytes:
    length = len(digest(hash_name, b""))
    first = random.Random(9).randbytes(size - 1 - length - len(trailer))
    return bytes([header]) + first + digest(hash_name, first + challenge) + trailer


def test_the_trailer_of_one_octet_means_sha1() -> None:
    key = key_of("rsa2048", "aa")
    response = _sign(key, _block("sha1", b"\xbc"))
    assert check(key, response, policy=LENIENT) == "sha1"
    assert code_of(key, response) == "weak_algorithm"


@pytest.mark.parametrize(
    ("hash_name", "trailer"),
    [("sha1", "33CC"), ("sha256", "34CC"), ("sha512", "35CC"), ("sha384", "36CC"), ("sha224", "38CC")],
)
def test_the_trailer_of_two_octets_names_the_digest(hash_name: str, trailer: str) -> None:
    """ISO/IEC 9796-2, 8.1.2, with the numbers of ISO/IEC 10118-3."""
    key = key_of("rsa2048", "aa")
    assert check(key, _sign(key, _block(hash_name, bytes.fromhex(trailer))), policy=LENIENT) == hash_name


@pytest.mark.parametrize("trailer", ["31CC", "32CC", "37CC", "39CC", "00CC", "BCCC", "CC"])
def test_trailers_of_unknown_digests_are_refused(trailer: str) -> None:
    """RIPEMD (31, 32), Whirlpool (37), and what has no number."""
    key = key_of("rsa2048", "aa")
    response = _sign(key, _block("sha256", bytes.fromhex(trailer)))
    assert code_of(key, response, policy=LENIENT) == "aa_signature_invalid"


@pytest.mark.parametrize(
    "block",
    [
        _block("sha256", b"\x34\xcc", header=0x4A),
        _block("sha256", b"\x34\xcc", header=0x6B),
        _block("sha256", b"\x35\xcc"),
        _block("sha256", b"\x31\xcc"),
        _block("sha256", b"\x34\xcb"),
        _block("sha256", b"\xbc"),
        _block("sha256", b"\x34\xcc", challenge=bytes(8)),
        b"\x00" + _block("sha256", b"\x34\xcc", size=255),
        b"\x6a" + bytes(100) + _block("sha256", b"\x34\xcc", size=156)[1:],
    ],
    ids=[
        "header",
        "border",
        "other digest",
        "unknown digest",
        "trailer",
        "sha1",
        "challenge",
        "zeros before",
        "padding",
    ],
)
def test_a_block_that_is_not_exactly_right_is_refused(block: bytes) -> None:
    """No lax comparison of the end: header, message, digest and trailer fill the modulus."""
    key = key_of("rsa2048", "aa")
    assert code_of(key, _sign(key, block), policy=LENIENT) == "aa_signature_invalid"


def test_a_chip_answers_with_the_root_that_every_reader_takes() -> None:
    """9303-11, 6.1.2.2: opened with the public key, the answer begins with 6A and ends with the trailer. The other root, as
    good by ISO/IEC 9796-2, would be the smaller one half of the time; outside readers refuse it."""
    key = key_of("rsa2048", "aa")
    assert isinstance(key, rsa.RSAPrivateKey)
    public = key.public_key().public_numbers()
    for seed in range(8):
        answer = build_chip_answer(key, bytes(8), rng=random.Random(seed))
        opened = pow(int.from_bytes(answer, "big"), public.e, public.n).to_bytes(256, "big")
        assert (opened[0], opened[-2:]) == (0x6A, b"\x34\xcc")


def test_the_other_root_is_accepted() -> None:
    """ISO/IEC 9796-2, annex B: a signer may send n - s where that is smaller."""
    key = key_of("rsa2048", "aa")
    assert isinstance(key, rsa.RSAPrivateKey)
    other = key.private_numbers().public_numbers.n - int.from_bytes(answer_of(key), "big")
    assert check(key, other.to_bytes(256, "big")) == "sha256"


@pytest.mark.parametrize("kind", ["rsa2048", "P-256"])
def test_answers_of_wrong_lengths_are_refused(kind: str) -> None:
    key = key_of(kind, "aa")
    right = answer_of(key)
    for wrong in (b"", right[:-1], right + b"\x00", b"\x00" + right, b"\xff" * len(right), bytes(len(right))):
        assert code_of(key, wrong, policy=LENIENT) == "aa_signature_invalid"


def test_an_answer_in_der_is_a_deviation() -> None:
    key = key_of("P-256", "aa")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    response = key.sign(CHALLENGE, ec.ECDSA(hashes.SHA256()))
    assert check(key, response, policy=LENIENT) == "sha256"
    assert code_of(key, response) == "aa_signature_der"


@pytest.mark.parametrize("form", ["plain", "DER"])
@pytest.mark.parametrize("kind", ["P-256", "P-521", "bp512"])
def test_r_and_s_out_of_range_are_refused(kind: str, form: str) -> None:
    """BSI TR-03111, 4.2.1.2: between 0 and the order, both ends left out."""
    key = key_of(kind, "aa")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    n = BY_NAME[key.curve.name].n
    size = (n.bit_length() + 7) // 8
    r, s = (int.from_bytes(half, "big") for half in (answer_of(key)[:size], answer_of(key)[size:]))
    for wrong in ((0, s), (r, 0), (n, s), (r, n), (0, 0), (n + 1, 1)):
        plain = b"".join(number.to_bytes(size, "big") for number in wrong)
        response = plain if form == "plain" else encode_dss_signature(*wrong)
        assert code_of(key, response, policy=LENIENT) == "aa_signature_invalid"


@pytest.mark.parametrize("name", ["brainpoolP192r1", "brainpoolP224r1", "brainpoolP320r1"])
@pytest.mark.parametrize("hash_name", ["sha224", "sha256", "sha512"])
def test_chips_on_curves_that_cryptography_lacks_answer_too(name: str, hash_name: str) -> None:
    """The Dutch identity card is on brainpoolP320r1. Signed here as FIPS 186-5, 6.4.1 says."""
    curve, private, k = BY_NAME[name], 4711, 4713
    n = curve.n
    public, point = (points.multiply(curve, factor, points.generator(curve)) for factor in (private, k))
    assert public is not None and point is not None
    value = digest(hash_name, CHALLENGE)
    e = int.from_bytes(value, "big") >> max(0, 8 * len(value) - n.bit_length())
    r = point[0] % n
    s = pow(k, -1, n) * (e + r * private) % n
    response = b"".join(number.to_bytes(curve.octets, "big") for number in (r, s))
    algorithm = build_sequence(build_oid("1.2.840.10045.2.1"), build_oid(curve.oid))
    info = build_sequence(algorithm, build_tlv(0x03, b"\x00", points.encode_point(curve, public)))
    report = Report(STRICT, ["active_authentication"])
    for named in (None, hash_name):
        assert check_chip_answer(report, info, challenge=CHALLENGE, response=response, hash_name=named) == hash_name
    for wrong in (bytes(8), CHALLENGE + b"\x00"):
        with pytest.raises(VerificationFailed) as refused:
            check_chip_answer(report, info, challenge=wrong, response=response, hash_name=None)
        assert refused.value.code == "aa_signature_invalid"


def test_the_digest_that_dg14_names_is_the_only_one() -> None:
    """ICAO 9303-11, 9.2.4: ActiveAuthenticationInfo."""
    key = key_of("P-256", "aa")
    assert code_of(key, answer_of(key, "sha256"), hash_name="sha512") == "aa_signature_invalid"


@pytest.mark.parametrize("kind", ["rsa2048", "P-256"])
def test_an_answer_to_another_challenge_is_refused(kind: str) -> None:
    key = key_of(kind, "aa")
    assert code_of(key, answer_of(key, challenge=bytes(8))) == "aa_signature_invalid"


def test_a_short_rsa_key_is_a_deviation() -> None:
    key = key_of("rsa1024", "aa")
    assert code_of(key, answer_of(key)) == "key_too_small"
    assert check(key, answer_of(key), policy=LENIENT) == "sha256"


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["rsa2048", "P-256"]), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_of_the_answer_is_refused(kind: str, at: int, by: int) -> None:
    key = key_of(kind, "aa")
    changed = bytearray(answer_of(key))
    changed[at % len(changed)] ^= by
    assert code_of(key, bytes(changed), policy=LENIENT) == "aa_signature_invalid"
