"""Levels of authentication, from every set of factors (Decree 69/2024)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.levels import (
    KINDS,
    AuthenticationLevel,
    Factor,
    FactorKind,
    authentication_level_of,
    authentication_methods_of,
    missing_kinds,
)
from eid.errors import Refused

factors = st.lists(st.sampled_from(Factor), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("used", "level"),
    [
        ([Factor.PASSWORD], "LoA1"),
        ([Factor.CARD], "LoA1"),
        ([Factor.PASSWORD, Factor.PASSCODE], "LoA1"),
        ([Factor.PASSWORD, Factor.PASSWORD], "LoA1"),
        ([Factor.TOTP, Factor.DEVICE], "LoA1"),
        ([Factor.PASSWORD, Factor.TOTP], "LoA2"),
        ([Factor.PASSCODE, Factor.CARD], "LoA2"),
        ([Factor.PASSWORD, Factor.FACE], "LoA3"),
        ([Factor.CARD, Factor.FACE], "LoA3"),
        ([Factor.PASSWORD, Factor.CARD, Factor.FACE], "LoA4"),
        ([Factor.PASSCODE, Factor.DEVICE, Factor.FACE], "LoA4"),
    ],
)
def test_the_level_follows_the_kinds_of_factors(used: list[Factor], level: str) -> None:
    """Decree 69/2024, authentication levels 1 to 4."""
    assert authentication_level_of(used) == level


@pytest.mark.parametrize("used", [[], [Factor.FACE], [Factor.FACE, Factor.FACE]])
def test_nothing_and_a_biometric_alone_prove_nobody(used: list[Factor]) -> None:
    with pytest.raises(Refused) as caught:
        authentication_level_of(used)
    assert caught.value.code == "factors_insufficient"


@given(factors, st.sampled_from(Factor))
def test_one_more_factor_never_lowers_the_level(used: list[Factor], more: Factor) -> None:
    if {KINDS[factor] for factor in used} != {FactorKind.IS}:
        assert authentication_level_of([*used, more]) >= authentication_level_of(used)


@given(factors)
def test_neither_order_nor_repetition_matters(used: list[Factor]) -> None:
    if {KINDS[factor] for factor in used} != {FactorKind.IS}:
        assert authentication_level_of(used) == authentication_level_of(list(reversed(used)) * 2)


def test_levels_are_ordered() -> None:
    assert sorted(AuthenticationLevel, reverse=True)[0] == AuthenticationLevel.LOA4
    assert AuthenticationLevel.LOA1 < AuthenticationLevel.LOA2 < AuthenticationLevel.LOA3


@given(factors)
def test_methods_are_those_used_and_mfa_says_several_kinds(used: list[Factor]) -> None:
    """RFC 8176, section 2."""
    methods = authentication_methods_of(used)
    assert len(set(methods)) == len(methods)
    assert ("mfa" in methods) == (len({KINDS[factor] for factor in used}) > 1)
    assert set(methods) - {"mfa"} <= {"pwd", "pin", "otp", "swk", "pop", "sc", "face"}


def one_of(kind: FactorKind) -> Factor:
    return next(factor for factor in Factor if KINDS[factor] is kind)


@given(st.lists(st.sampled_from(Factor), max_size=6), st.sampled_from(AuthenticationLevel))
def test_what_is_missing_reaches_the_level_and_nothing_of_it_is_too_much(
    used: list[Factor], level: AuthenticationLevel
) -> None:
    """A citizen is asked for what is missing and for nothing else."""
    asked = missing_kinds(used, level)
    assert not {KINDS[factor] for factor in used} & set(asked)
    assert authentication_level_of([*used, *map(one_of, asked)]) >= level
    for spared in asked:
        fewer = [*used, *(one_of(kind) for kind in asked if kind is not spared)]
        kinds = {KINDS[factor] for factor in fewer}
        assert kinds <= {FactorKind.IS} or authentication_level_of(fewer) < level


@pytest.mark.parametrize(
    ("used", "level", "asked"),
    [
        ([Factor.PASSWORD], "LoA2", ["has"]),
        ([Factor.PASSKEY], "LoA2", ["knows"]),
        ([Factor.PASSWORD], "LoA3", ["is"]),
        ([Factor.CARD], "LoA3", ["is"]),
        ([Factor.PASSWORD], "LoA4", ["has", "is"]),
        ([Factor.CARD, Factor.FACE], "LoA4", ["knows"]),
        ([Factor.PASSWORD, Factor.TOTP, Factor.FACE], "LoA4", []),
        ([Factor.PASSWORD, Factor.FACE], "LoA2", []),
    ],
)
def test_what_is_asked_next(used: list[Factor], level: str, asked: list[str]) -> None:
    assert list(missing_kinds(used, AuthenticationLevel(level))) == asked
