"""Keys on named curves and by explicit parameters; a curve that is off by one anywhere is no curve."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.curves import CURVES, Curve, build_explicit_curve
from eid.crypto.public_keys import PlainKey, name_key, parse_public_key
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_tlv
from eid.errors import Malformed
from tests.crypto.forge import key_of

BY_NAME = {curve.name: curve for curve in CURVES}


def explicit(curve: Curve, point: bytes, *, cofactor: bool = True, seed: bytes = b"", zeros: int = 0) -> bytes:
    """A SubjectPublicKeyInfo with ECParameters (RFC 3279, 2.3.5)."""
    size = curve.octets
    coefficients = [build_tlv(0x04, bytes(zeros) + n.to_bytes(size, "big")) for n in (curve.a, curve.b)]
    parameters = build_sequence(
        build_integer(1),
        build_sequence(build_oid("1.2.840.10045.1.1"), build_integer(curve.p)),
        build_sequence(*coefficients, *([build_tlv(0x03, b"\x00" + seed)] if seed else [])),
        build_tlv(0x04, b"\x04" + curve.gx.to_bytes(size, "big") + curve.gy.to_bytes(size, "big")),
        build_integer(curve.n),
        *([build_integer(curve.h)] if cofactor else []),
    )
    return key_info(parameters, point)


def key_info(parameters: bytes, point: bytes) -> bytes:
    algorithm = build_sequence(build_oid("1.2.840.10045.2.1"), parameters)
    return build_sequence(algorithm, build_tlv(0x03, b"\x00" + point))


def generator_of(curve: Curve) -> bytes:
    size = curve.octets
    return b"\x04" + curve.gx.to_bytes(size, "big") + curve.gy.to_bytes(size, "big")


def code_of(info: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        parse_public_key(info)
    return refused.value.code


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_explicit_parameters_that_are_written_are_those_that_are_read(curve: Curve) -> None:
    """ICAO 9303-12, 4.4.2: with the cofactor, and points uncompressed."""
    info = key_info(build_explicit_curve(curve), generator_of(curve))
    assert info == explicit(curve, generator_of(curve))
    assert curve.name in name_key(parse_public_key(info))


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_explicit_parameters_of_every_known_curve_are_read(curve: Curve) -> None:
    """ICAO 9303-12, 4.4: certificates bear explicit parameters."""
    for info in (
        explicit(curve, generator_of(curve)),
        explicit(curve, generator_of(curve), cofactor=False, seed=b"any seed", zeros=1),
        key_info(build_oid(curve.oid), generator_of(curve)),
    ):
        assert name_key(parse_public_key(info)) == f"on {curve.name}"


@pytest.mark.parametrize("curve", [BY_NAME["secp256r1"], BY_NAME["brainpoolP224r1"]], ids=lambda curve: curve.name)
@pytest.mark.parametrize("field", ["p", "a", "b", "gx", "gy", "n", "h"])
def test_a_curve_that_is_off_by_one_is_unknown(curve: Curve, field: str) -> None:
    """CVE-2020-0601: a chosen generator makes any key anybody's."""
    changed = dataclasses.replace(curve, **{field: getattr(curve, field) + 1})
    assert code_of(explicit(changed, generator_of(curve))) == "ec_params_unknown"


@pytest.mark.parametrize(
    "parameters",
    [b"", build_tlv(0x05), build_oid("1.2.3"), build_sequence(), build_sequence(*[build_integer(1)] * 5)],
)
def test_parameters_that_are_none_are_refused(parameters: bytes) -> None:
    assert code_of(key_info(parameters, generator_of(CURVES[0]))) in ("ec_params_unknown", "tlv_unexpected")


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_a_point_off_the_curve_is_refused(curve: Curve) -> None:
    wrong = dataclasses.replace(curve, gy=curve.gy + 1)
    for point in (generator_of(wrong), b"\x00", b"", generator_of(curve)[:-1], b"\x05" + generator_of(curve)[1:]):
        assert code_of(key_info(build_oid(curve.oid), point)) == "bad_public_key"


def test_other_kinds_of_keys_are_refused() -> None:
    from_outside = build_sequence(build_sequence(build_oid("1.3.101.112")), build_tlv(0x03, b"\x00" + bytes(32)))
    assert code_of(from_outside) == "bad_public_key"
    rsa = build_sequence(
        build_sequence(build_oid("1.2.840.113549.1.1.1"), build_tlv(0x05)),
        build_tlv(0x03, b"\x00" + build_sequence(build_integer(2**2047 + 1), build_integer(4))),
    )
    assert code_of(rsa) == "bad_public_key"


@settings(max_examples=25, deadline=None)
@given(
    st.binary(max_size=80), st.sampled_from(["P-256", "bp256", "P-384"]), st.sampled_from(["sha1", "sha256", "sha512"])
)
def test_the_plain_verification_agrees_with_cryptography(message: bytes, kind: str, hash_name: str) -> None:
    """FIPS 186-5, 6.4.2, on curves where both can be asked."""
    key = key_of(kind, "plain")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    algorithm = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512()}[hash_name]
    signature = key.sign(message, ec.ECDSA(algorithm))
    numbers = key.public_key().public_numbers()
    plain = PlainKey(BY_NAME[key.curve.name], numbers.x, numbers.y)
    plain.verify(signature, message, hash_name)
    for wrong in (signature[:-1] + bytes([signature[-1] ^ 1]), b"", bytes(9)):
        with pytest.raises(InvalidSignature):
            plain.verify(wrong, message, hash_name)
    with pytest.raises(InvalidSignature):
        plain.verify(signature, message + b"x", hash_name)


def test_keys_are_read_as_cryptography_reads_them() -> None:
    for kind in ("P-256", "P-521", "bp384", "rsa2048"):
        info = key_of(kind, "read").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        found = parse_public_key(info)
        assert not isinstance(found, PlainKey)
        assert found.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == info
