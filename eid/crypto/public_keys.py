"""Public keys of certificates and chips: RSA, and points on the curves of curves.py, named or by explicit parameters.

`cryptography` verifies wherever it knows the curve. Brainpool curves of 192, 224 and 320 bits it does not know: for
those there is a plain verification here, of public values only. It is slow, not constant-time, and needs to be
neither.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from eid.crypto import points
from eid.crypto.curves import BY_OID, Curve, parse_explicit_curve
from eid.crypto.layouts import Layouts, Read
from eid.crypto.tlv import BIT_STRING, OID, SEQUENCE, Tlv, decode_bits, parse_tlv
from eid.errors import Malformed
from eid.late_dataclasses import frozen

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
MAX_KEPT_BYTES = 4096
"""What is read is kept, so it must not be as large as a stranger likes; explicit parameters of 512 bits have 590."""
MAX_RSA_BITS = 8192
MAX_OCTETS_BESIDES_MODULUS = 24
"""A key of RSA has 15 of them with an exponent of three octets, 20 with one of eight. Of 541 real CSCA certificates with
RSA none has more than 6144 bits and such an exponent; a larger one could make a chip's answer cost seconds."""

_KNOWN_TO_CRYPTOGRAPHY: dict[str, ec.EllipticCurve] = {
    "secp192r1": ec.SECP192R1(),
    "secp224r1": ec.SECP224R1(),
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}


@frozen
class PlainKey:
    """A point on a curve that `cryptography` lacks."""

    curve: Curve
    x: int
    y: int

    @property
    def key_size(self) -> int:
        return self.curve.p.bit_length()

    def verify(self, signature: bytes, message: bytes, hash_name: str) -> None:
        """Returns where the ECDSA signature in DER holds (FIPS 186-5, 6.4.2); raises InvalidSignature."""
        try:
            r, s = decode_dss_signature(signature)
        except ValueError as error:
            raise InvalidSignature from error
        n = self.curve.n
        if not (0 < r < n and 0 < s < n):
            raise InvalidSignature
        digest = hashlib.new(hash_name, message, usedforsecurity=False).digest()
        e = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - n.bit_length())
        inverse = pow(s, -1, n)
        point = points.add(
            self.curve,
            points.multiply(self.curve, e * inverse % n, points.generator(self.curve)),
            points.multiply(self.curve, r * inverse % n, (self.x, self.y)),
        )
        if point is None or point[0] % n != r:
            raise InvalidSignature


PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | PlainKey


class KeyKind(StrEnum):
    RSA = "rsa"
    ELLIPTIC = "elliptic"
    """On a curve that `cryptography` knows."""
    PLAIN = "plain"
    """On one that it lacks."""


def kind_of(key: PublicKey) -> KeyKind:
    kind = _KINDS.get(type(key))
    if kind is None:
        is_rsa, is_plain = isinstance(key, rsa.RSAPublicKey), isinstance(key, PlainKey)
        kind = KeyKind.RSA if is_rsa else KeyKind.PLAIN if is_plain else KeyKind.ELLIPTIC
        _KINDS[type(key)] = kind
    return kind


_KINDS: dict[type, KeyKind] = {}
"""By class: asking an abstract class each time costs more than all else that is asked of a key."""


def is_elliptic(key: PublicKey) -> bool:
    return kind_of(key) is not KeyKind.RSA


def name_key(key: PublicKey) -> str:
    """Its kind and size, for people."""
    return f"on {key.curve.name}" if is_elliptic(key) else f"RSA with {key.key_size} bits"  # type: ignore[union-attr]


@lru_cache(maxsize=1024)
def parse_public_key(info: bytes) -> PublicKey:
    """The key of a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; RFC 5480). The same bytes give the same key, so it is kept.

    Raises Malformed: `ec_params_unknown` where the curve is none of curves.py, `bad_public_key` for all else.
    """
    return take_key(_LAYOUTS.find(info), info, data=info)


def take_key(places: KeyPlaces, info: bytes, *, data: bytes) -> PublicKey:
    """The key of a SubjectPublicKeyInfo, which lies at these places of the data. Raises as parse_public_key."""
    curve, bits = places
    if curve is not None:
        return _read_point(curve, decode_bits(data[bits]))
    try:
        loaded: Any = load_der_public_key(info)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _bad(str(error)) from error
    if kind_of(loaded) is not KeyKind.RSA:
        raise Malformed("bad_public_key", "A public key is of an unknown kind.")
    key: rsa.RSAPublicKey = loaded
    if key.key_size > MAX_RSA_BITS or bits.stop - bits.start - 1 - key.key_size // 8 > MAX_OCTETS_BESIDES_MODULUS:
        raise _bad("a large modulus or exponent")
    return key


class KeyPlaces(NamedTuple):
    """What of a SubjectPublicKeyInfo is told by its algorithm, and where the rest lies."""

    curve: Curve | None
    """None where the key is no elliptic one."""
    bits: slice
    """Where the value of the BIT STRING lies."""


def find_key_places(info: Tlv) -> KeyPlaces:
    """Of the SubjectPublicKeyInfo at this element. Raises Malformed (`ec_params_unknown`, `tlv_too_large`)."""
    if info.end - info.start > MAX_KEPT_BYTES:
        raise Malformed("tlv_too_large", "The data are larger than they may be.")
    algorithm, bits = info.children(SEQUENCE, BIT_STRING)
    kind, *parameters = algorithm.children(min_count=1, max_count=2)
    curve = _find_curve(parameters) if kind.expect(OID).oid() == EC_PUBLIC_KEY else None
    return KeyPlaces(curve, bits.body_span)


def _read_places(info: bytes) -> Read[KeyPlaces]:
    places = find_key_places(parse_tlv(info, SEQUENCE))
    return Read(places, [places.bits])


_LAYOUTS = Layouts(_read_places)


def find_point(info: bytes) -> tuple[Curve, tuple[int, int]]:
    """Curve and point of an elliptic-curve SubjectPublicKeyInfo. Raises Malformed (`ec_params_unknown`,
    `bad_public_key`)."""
    curve, bits = _LAYOUTS.find(info)
    if curve is None:
        raise _bad("not on a curve")
    return curve, points.decode_point(curve, decode_bits(info[bits]))


def _find_curve(parameters: list[Tlv]) -> Curve:
    if not parameters:
        raise Malformed("ec_params_unknown", "A key lies on a curve that is not known here.")
    if parameters[0].tag == SEQUENCE:
        return parse_explicit_curve(parameters[0])
    curve = BY_OID.get(parameters[0].oid())
    if curve is None:
        raise Malformed("ec_params_unknown", "A key lies on a curve that is not known here.")
    return curve


def _read_point(curve: Curve, point: bytes) -> PublicKey:
    known = _KNOWN_TO_CRYPTOGRAPHY.get(curve.name)
    if known is not None:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(known, point)
        except ValueError as error:
            raise _bad(str(error)) from error
    return PlainKey(curve, *points.decode_point(curve, point))


def _bad(reason: str) -> Malformed:
    return Malformed("bad_public_key", "A public key cannot be read.", reason=reason)
