"""COSE (RFC 9052, 9053): one signature over a payload, and elliptic keys, as ISO 18013-5 and status lists use them.

Not here: several signers, encryption, and algorithms other than ECDSA and HMAC 256.
"""

from __future__ import annotations

import hashlib
import hmac
from binascii import a2b_base64
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from eid.crypto.cbor import Cbor, Encoded, Tag, build_cbor, build_octets, parse_cbor
from eid.crypto.es256 import sign_es256
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

ALG, CRIT, KID, TYP, X5CHAIN = 1, 2, 4, 16, 33
"""Header labels (RFC 9052, 3.1; RFC 9596; RFC 9360)."""
ES256, ES384, ES512, HMAC_256 = -7, -35, -36, 5
SIGN1 = 18
"""The tag of a COSE_Sign1."""

_KTY, _EC2, _CRV, _X, _Y, _D = 1, 2, -1, -2, -3, -4
_CURVES: dict[int, tuple[ec.EllipticCurve, int]] = {
    1: (ec.SECP256R1(), 32),
    2: (ec.SECP384R1(), 48),
    3: (ec.SECP521R1(), 66),
}
_CURVE_IDS = {curve.name: number for number, (curve, _size) in _CURVES.items()}
_ALGORITHMS: dict[int, tuple[str, hashes.HashAlgorithm, int]] = {
    ES256: ("secp256r1", hashes.SHA256(), 32),
    ES384: ("secp384r1", hashes.SHA384(), 48),
    ES512: ("secp521r1", hashes.SHA512(), 66),
}
"""Algorithm → the one curve that it is used with here (RFC 9053, 2.1, wants no more), hash, octets of r and of s."""
_ONLY_ALGORITHM = {number: build_cbor({ALG: number}) for number in _ALGORITHMS}
"""The protected header of nearly everything."""
_ECDSA = {number: ec.ECDSA(algorithm) for number, (_curve, algorithm, _size) in _ALGORITHMS.items()}

_CONTEXTS = {name: b"\x84" + build_cbor(name) for name in ("Signature1", "MAC0")}

Headers = Mapping[int | str, Cbor]
CoseKey = Mapping[int, Cbor]


@frozen
class Sign1:
    """A COSE_Sign1 or COSE_Mac0 that was read and not verified."""

    raw_protected: bytes
    """As it was sent."""
    protected: Headers
    unprotected: Headers
    payload: bytes | None
    """None where it is detached."""
    signature: bytes


def build_sign1(
    payload: bytes,
    *,
    key: ec.EllipticCurvePrivateKey,
    protected: Headers,
    unprotected: Headers | Encoded | None = None,
    external: bytes = b"",
    is_detached: bool = False,
) -> bytes:
    """A COSE_Sign1 without its tag (RFC 9052, 4.2), signed by the algorithm that `protected` names. Who signs much gives the
    unprotected header as it is written."""
    head = _ONLY_ALGORITHM[protected[ALG]] if len(protected) == 1 else build_cbor(dict(protected))
    signature = _sign(key, protected[ALG], _to_be_signed(head, external, payload))
    return b"".join(
        (
            b"\x84",
            build_octets(head),
            unprotected if isinstance(unprotected, Encoded) else build_cbor(dict(unprotected or {})),
            build_cbor(None) if is_detached else build_octets(payload),
            build_octets(signature),
        )
    )


def _sign(key: ec.EllipticCurvePrivateKey, algorithm: int, content: bytes) -> bytes:
    """r and s (RFC 9053, 2.1)."""
    if algorithm == ES256:
        return sign_es256(key, content)
    size = _ALGORITHMS[algorithm][2]
    r, s = decode_dss_signature(key.sign(content, _ECDSA[algorithm]))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _to_be_signed(raw_protected: bytes, external: bytes, payload: bytes, context: str = "Signature1") -> bytes:
    """Sig_structure and MAC_structure (RFC 9052, 4.4, 6.3)."""
    return _CONTEXTS[context] + build_octets(raw_protected) + build_octets(external) + build_octets(payload)


def parse_sign1(value: Cbor) -> Sign1:
    """A COSE_Sign1 or COSE_Mac0, tagged or not. Raises Malformed: `cose_malformed`, `cbor_malformed`.

    A header parameter that stands in both maps, and a critical one that is not understood, are refused (RFC 9052, 3, 3.1).
    """
    if isinstance(value, Tag):
        if value.number != SIGN1:
            raise _malformed("another tag")
        value = value.value
    if not isinstance(value, list) or len(value) != 4:
        raise _malformed("not four parts")
    raw_protected, unprotected, payload, signature = value
    if not isinstance(raw_protected, bytes) or not isinstance(unprotected, dict) or not isinstance(signature, bytes):
        raise _malformed("parts of another kind")
    if payload is not None and not isinstance(payload, bytes):
        raise _malformed("a payload that is no octet string")
    protected = parse_cbor(raw_protected) if raw_protected else {}
    if not isinstance(protected, dict) or protected.keys() & unprotected.keys():
        raise _malformed("headers that are no map, or stand twice")
    if CRIT in protected or CRIT in unprotected:
        raise _malformed("something critical that is not understood")
    return Sign1(raw_protected if protected else b"", protected, unprotected, payload, signature)


def verify_sign1(
    sign1: Sign1,
    key: ec.EllipticCurvePublicKey,
    *,
    step: str,
    code: str,
    algorithm: int | None = None,
    payload: bytes | None = None,
    external: bytes = b"",
) -> None:
    """Returns where the signature over the payload, or over `payload` where it is detached, holds under the algorithm of
    the protected header; `algorithm` stands in where a protocol fixes it elsewhere. Else VerificationFailed(step, code), with
    `cose_algorithm` where the algorithm is unknown or not one for this key."""
    number = sign1.protected.get(ALG) if algorithm is None else algorithm
    if not isinstance(number, int) or number not in _ALGORITHMS or _ALGORITHMS[number][0] != key.curve.name:
        raise VerificationFailed(step, "cose_algorithm", "The signature's algorithm is not one for this key.")
    size = _ALGORITHMS[number][2]
    signed = sign1.payload if payload is None else payload
    if signed is None or len(sign1.signature) != 2 * size:
        raise VerificationFailed(step, code, "A signature does not hold.", reason="no payload, or another length")
    r, s = (int.from_bytes(part, "big") for part in (sign1.signature[:size], sign1.signature[size:]))
    try:
        key.verify(encode_dss_signature(r, s), _to_be_signed(sign1.raw_protected, external, signed), _ECDSA[number])
    except (InvalidSignature, ValueError) as error:
        raise VerificationFailed(step, code, "A signature does not hold.", reason=type(error).__name__) from error


def build_mac0_tag(key: bytes, *, raw_protected: bytes, payload: bytes) -> bytes:
    """The tag of a COSE_Mac0 by HMAC 256/256 (RFC 9052, 6.3; RFC 9053, 3.1)."""
    return hmac.digest(key, _to_be_signed(raw_protected, b"", payload, "MAC0"), hashlib.sha256)


def build_cose_key(key: ec.EllipticCurvePublicKey) -> dict[int, Cbor]:
    """The public half as a COSE_Key (RFC 9053, 7.1.1), with nothing but the point."""
    number = _CURVE_IDS[key.curve.name]
    size, point = _CURVES[number][1], key.public_numbers()
    return {_KTY: _EC2, _CRV: number, _X: point.x.to_bytes(size, "big"), _Y: point.y.to_bytes(size, "big")}


def cose_key_of_jwk(jwk: Mapping[str, object]) -> dict[int, Cbor]:
    """The COSE_Key of a public JSON Web Key of P-256, which is taken to be one: nothing is checked here but its form."""
    x, y = [a2b_base64(f"{jwk.get(name)}=".replace("-", "+").replace("_", "/")) for name in ("x", "y")]
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or len(x) != 32 or len(y) != 32:
        raise Malformed("cose_key", "A key is not one of P-256.")
    return {_KTY: _EC2, _CRV: 1, _X: x, _Y: y}


def write_cose_key(key: CoseKey) -> bytes:
    """As build_cbor, a key of P-256, which nearly all are, without sorting its four labels anew."""
    x, y = key.get(_X), key.get(_Y)
    if type(x) is type(y) is bytes and len(x) == len(y) == 32 and key == {_KTY: _EC2, _CRV: 1, _X: x, _Y: y}:
        return b"\xa4\x01\x02\x20\x01\x21\x58\x20%b\x22\x58\x20%b" % (x, y)
    return build_cbor(dict(key))


def parse_cose_key(value: Cbor) -> ec.EllipticCurvePublicKey:
    """The inverse of build_cose_key. Raises Malformed (`cose_key`) for other kinds, a compressed or impossible point, and
    a private key."""
    if not isinstance(value, dict) or value.get(_KTY) != _EC2 or _D in value:
        raise Malformed("cose_key", "A key is not a public one on an elliptic curve.")
    number, x, y = value.get(_CRV), value.get(_X), value.get(_Y)
    if type(number) is not int or number not in _CURVES or not isinstance(x, bytes) or not isinstance(y, bytes):
        raise Malformed("cose_key", "A key is not on a curve that is known, or has no whole point.")
    curve, size = _CURVES[number]
    if len(x) != size or len(y) != size:
        raise Malformed("cose_key", "A key's point is of another length.")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, b"\x04" + x + y)
    except ValueError as error:
        raise Malformed("cose_key", "A key is no point of its curve.") from error


def _malformed(reason: str) -> Malformed:
    return Malformed("cose_malformed", "This is not COSE as it must be written.", reason=reason)
