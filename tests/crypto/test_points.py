"""Points and groups: what `cryptography` knows too must be equal, and what the other side sends must lie in the group."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto import points
from eid.crypto.curves import BY_NAME, CURVES, Curve
from eid.crypto.groups import STANDARDISED, EllipticGroup, PrimeFieldGroup, agree, draw_key_pair
from eid.errors import Malformed

KNOWN: dict[str, ec.EllipticCurve] = {
    "secp192r1": ec.SECP192R1(),
    "secp224r1": ec.SECP224R1(),
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}
curves = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)


@pytest.mark.parametrize("name", KNOWN)
def test_multiples_of_the_generator_are_those_of_cryptography(name: str) -> None:
    curve, rng = BY_NAME[name], random.Random(7)
    for factor in (1, 2, 3, 15, 16, 17, curve.n - 1, *(rng.randrange(1, curve.n) for _ in range(5))):
        public = ec.derive_private_key(factor, KNOWN[name]).public_key().public_numbers()
        assert points.multiply(curve, factor, points.generator(curve)) == (public.x, public.y)


@pytest.mark.parametrize("name", KNOWN)
def test_shared_secrets_are_those_of_cryptography(name: str) -> None:
    """BSI TR-03111, 4.3: the x-coordinate, as long as the field's elements."""
    group, rng = EllipticGroup(BY_NAME[name]), random.Random(8)
    one, other = (draw_key_pair(group, group.generator, rng) for _ in range(2))
    theirs = ec.derive_private_key(one.private, KNOWN[name])
    public = ec.EllipticCurvePublicKey.from_encoded_point(KNOWN[name], group.encode(other.public))
    assert group.secret(agree(group, one, group.encode(other.public))) == theirs.exchange(ec.ECDH(), public)


@curves
def test_the_order_times_the_generator_is_infinity(curve: Curve) -> None:
    g = points.generator(curve)
    almost = points.multiply(curve, curve.n - 1, g)
    assert almost == (curve.gx, curve.p - curve.gy)
    assert points.add(curve, almost, g) is None
    assert points.multiply(curve, curve.n, g) is None and points.multiply(curve, 0, g) is None
    assert points.multiply(curve, 5, None) is None
    assert points.add(curve, None, g) == points.add(curve, g, None) == g
    assert points.add(curve, g, g) == points.multiply(curve, 2, g)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(CURVES), st.integers(0, 2**600), st.integers(0, 2**600))
def test_multiplication_distributes(curve: Curve, one: int, other: int) -> None:
    g = points.generator(curve)
    left = points.add(curve, points.multiply(curve, one, g), points.multiply(curve, other, g))
    assert left == points.multiply(curve, one + other, g)


@curves
def test_only_points_of_the_curve_are_read(curve: Curve) -> None:
    encoded = points.encode_point(curve, points.generator(curve))
    assert points.decode_point(curve, encoded) == points.generator(curve)
    wrong = (
        b"",
        b"\x00",
        encoded[:-1],
        encoded + b"\x00",
        b"\x02" + encoded[1:],
        encoded[:-1] + bytes([encoded[-1] ^ 1]),
    )
    for bad in (*wrong, b"\x04" + bytes(2 * curve.octets), b"\x04" + b"\xff" * (2 * curve.octets)):
        with pytest.raises(Malformed) as refused:
            points.decode_point(curve, bad)
        assert refused.value.code == "bad_public_key"


def test_the_standardised_parameters_are_all_there() -> None:
    """ICAO 9303-11, 9.5.1."""
    assert sorted(STANDARDISED) == [0, 1, 2, *range(8, 19)]
    assert [STANDARDISED[n].curve.name for n in (12, 13)] == ["secp256r1", "brainpoolP256r1"]  # type: ignore[union-attr]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_groups_of_rfc_5114_are_groups(number: int) -> None:
    """RFC 5114, 2: p and q are prime, and g has the order q."""
    group = STANDARDISED[number]
    assert isinstance(group, PrimeFieldGroup)
    assert pow(2, group.p - 1, group.p) == 1 and pow(2, group.q - 1, group.q) == 1
    assert pow(group.g, group.q, group.p) == 1 and group.g != 1 and (group.p - 1) % group.q == 0


@pytest.mark.parametrize("number", [0, 1, 2, 12, 13])
def test_both_sides_agree(number: int) -> None:
    group, rng = STANDARDISED[number], random.Random(9)
    one, other = (draw_key_pair(group, group.generator, rng) for _ in range(2))  # type: ignore[arg-type, type-var]
    assert agree(group, one, group.encode(other.public)) == agree(group, other, group.encode(one.public))  # type: ignore


@pytest.mark.parametrize("number", [0, 12, 13])
def test_ones_own_key_is_no_others(number: int) -> None:
    """ICAO 9303-11, 4.4.1: equal public keys are refused."""
    group = STANDARDISED[number]
    own = draw_key_pair(group, group.generator, random.Random(10))  # type: ignore[arg-type, type-var]
    with pytest.raises(Malformed) as refused:
        agree(group, own, group.encode(own.public))  # type: ignore
    assert refused.value.code == "bad_public_key"


@pytest.mark.parametrize("element", [0, 1, 2, -1])
def test_numbers_outside_of_the_subgroup_are_refused(element: int) -> None:
    """RFC 2631, 2.1.5: small subgroups give a private key away."""
    group = STANDARDISED[0]
    assert isinstance(group, PrimeFieldGroup)
    with pytest.raises(Malformed) as refused:
        group.decode((element % group.p).to_bytes(128, "big"))
    assert refused.value.code == "bad_public_key"
