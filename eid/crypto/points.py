"""Arithmetic with points of the curves of curves.py, which PACE's mapping and chip authentication need and
`cryptography` does not offer: adding points, and multiplying any of them.

Not constant-time: how long a multiplication takes tells about its factor. For synthetic keys and for tests only, never
for a secret that is worth anything.
"""

from __future__ import annotations

from eid.crypto.curves import Curve
from eid.errors import Malformed

Point = tuple[int, int] | None
"""Affine coordinates; None is the point at infinity."""
_Jacobian = tuple[int, int, int]
"""X, Y, Z for the affine point X/Z², Y/Z³; Z = 0 is the point at infinity."""

_WINDOW = 4
_INFINITY: _Jacobian = (1, 1, 0)


def generator(curve: Curve) -> tuple[int, int]:
    return curve.gx, curve.gy


def add(curve: Curve, one: Point, other: Point) -> Point:
    """The sum of two points of the curve."""
    return _to_affine(curve, _add(curve, _to_jacobian(one), _to_jacobian(other)))


def multiply(curve: Curve, factor: int, point: Point) -> Point:
    """The point added to itself `factor` times (SEC 1, 2.2.1), four bits of the factor at a time."""
    factor %= curve.n
    multiples = [_INFINITY, _to_jacobian(point)]
    while len(multiples) < 1 << _WINDOW:
        multiples.append(_add(curve, multiples[-1], multiples[1]))
    result = _INFINITY
    for shift in range((factor.bit_length() + _WINDOW - 1) // _WINDOW * _WINDOW - _WINDOW, -1, -_WINDOW):
        for _ in range(_WINDOW):
            result = _double(curve, result)
        result = _add(curve, result, multiples[factor >> shift & (1 << _WINDOW) - 1])
    return _to_affine(curve, result)


def encode_point(curve: Curve, point: tuple[int, int]) -> bytes:
    """04 | x | y (BSI TR-03111, 3.2.1): the uncompressed form, the only one that chips and readers exchange."""
    return b"\x04" + b"".join(coordinate.to_bytes(curve.octets, "big") for coordinate in point)


def decode_point(curve: Curve, encoded: bytes) -> tuple[int, int]:
    """The inverse of encode_point. Raises Malformed (`bad_public_key`) where it is no point of the curve."""
    size = curve.octets
    x, y = int.from_bytes(encoded[1 : 1 + size], "big"), int.from_bytes(encoded[1 + size :], "big")
    if len(encoded) != 1 + 2 * size or encoded[0] != 4 or not curve.holds(x, y):
        raise Malformed("bad_public_key", "A public key cannot be read.", reason="not on the curve")
    return x, y


def _to_jacobian(point: Point) -> _Jacobian:
    return _INFINITY if point is None else (*point, 1)


def _to_affine(curve: Curve, point: _Jacobian) -> Point:
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, -1, curve.p)
    square = inverse * inverse % curve.p
    return x * square % curve.p, y * square * inverse % curve.p


def _double(curve: Curve, point: _Jacobian) -> _Jacobian:
    (x, y, z), p = point, curve.p
    if z == 0 or y == 0:
        return _INFINITY
    y_squared, z_squared = y * y % p, z * z % p
    s = 4 * x * y_squared % p
    m = (3 * x * x + curve.a * (z_squared * z_squared % p)) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * y_squared * y_squared) % p, 2 * y * z % p


def _add(curve: Curve, one: _Jacobian, other: _Jacobian) -> _Jacobian:
    (x1, y1, z1), (x2, y2, z2), p = one, other, curve.p
    if z1 == 0:
        return other
    if z2 == 0:
        return one
    z1_squared, z2_squared = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * z2_squared % p, x2 * z1_squared % p
    s1, s2 = y1 * z2_squared * z2 % p, y2 * z1_squared * z1 % p
    h, r = (u2 - u1) % p, (s2 - s1) % p
    if h == 0:
        return _double(curve, one) if r == 0 else _INFINITY
    h_squared = h * h % p
    h_cubed, v = h_squared * h % p, u1 * h_squared % p
    x3 = (r * r - h_cubed - 2 * v) % p
    return x3, (r * (v - x3) - s1 * h_cubed) % p, z1 * z2 * h % p
