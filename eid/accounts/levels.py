"""Levels, as Decree 69/2024 has them: of an account (article 7) and of an authentication, from the factors really used."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from eid.errors import Refused


class AccountLevel(StrEnum):
    ONE = "1"
    TWO = "2"


class AuthenticationLevel(StrEnum):
    """Given to services as `acr`. In order: a higher level compares greater."""

    LOA1 = "LoA1"
    LOA2 = "LoA2"
    LOA3 = "LoA3"
    LOA4 = "LoA4"


class FactorKind(StrEnum):
    KNOWS = "knows"
    HAS = "has"
    IS = "is"


class Factor(StrEnum):
    """What proved the holder at sign-in."""

    PASSWORD = "password"
    PASSCODE = "passcode"
    TOTP = "totp"
    RECOVERY = "recovery"
    """A code from the list that the holder keeps on paper: something one has (NIST SP 800-63B-4, section 3.1.2)."""
    DEVICE = "device"
    PASSKEY = "passkey"
    CARD = "card"
    FACE = "face"


FACTORS: dict[str, Factor] = {factor: factor for factor in Factor}
"""By their names."""

KINDS: dict[Factor, FactorKind] = {
    Factor.PASSWORD: FactorKind.KNOWS,
    Factor.PASSCODE: FactorKind.KNOWS,
    Factor.TOTP: FactorKind.HAS,
    Factor.RECOVERY: FactorKind.HAS,
    Factor.DEVICE: FactorKind.HAS,
    Factor.PASSKEY: FactorKind.HAS,
    Factor.CARD: FactorKind.HAS,
    Factor.FACE: FactorKind.IS,
}

_ALL_KINDS = frozenset(FactorKind)
METHODS: dict[Factor, str] = {
    Factor.PASSWORD: "pwd",
    Factor.PASSCODE: "pin",
    Factor.TOTP: "otp",
    Factor.RECOVERY: "otp",
    Factor.DEVICE: "swk",
    Factor.PASSKEY: "pop",
    Factor.CARD: "sc",
    Factor.FACE: "face",
}
"""Authentication method references of RFC 8176, section 2. A passkey proves that a key is held, and nobody attests where."""


def authentication_level_of(factors: Iterable[Factor]) -> AuthenticationLevel:
    """The highest level that these factors reach. Raises Refused for none, or for a biometric alone.

    Level 2 asks for two factors of different kinds: a password and a passcode are both known, so together they are level 1.
    """
    kinds = {KINDS[factor] for factor in factors}
    if kinds == _ALL_KINDS:
        return AuthenticationLevel.LOA4
    if FactorKind.IS in kinds and len(kinds) > 1:
        return AuthenticationLevel.LOA3
    if len(kinds) > 1:
        return AuthenticationLevel.LOA2
    if not kinds or kinds == {FactorKind.IS}:
        raise Refused("factors_insufficient", "What was shown proves nobody.")
    return AuthenticationLevel.LOA1


def missing_kinds(used: Iterable[Factor], level: AuthenticationLevel) -> tuple[FactorKind, ...]:
    """The fewest kinds of factors still to be shown for this level, in the order in which they are asked for; nothing more."""
    kinds = {KINDS[factor] for factor in used}
    if level is AuthenticationLevel.LOA4:
        needed = set(FactorKind)
    elif level is AuthenticationLevel.LOA3:
        needed = {FactorKind.IS} if kinds - {FactorKind.IS} else {FactorKind.IS, FactorKind.KNOWS}
    elif level is AuthenticationLevel.LOA2 and len(kinds) < 2:
        needed = {FactorKind.KNOWS, FactorKind.HAS} if kinds != {FactorKind.IS} else {FactorKind.KNOWS}
    else:
        needed = set() if kinds - {FactorKind.IS} else {FactorKind.KNOWS}
    return tuple(kind for kind in FactorKind if kind in needed - kinds)


def authentication_methods_of(factors: Iterable[Factor]) -> tuple[str, ...]:
    """The `amr` values of these factors, in the order in which they were used, then `mfa` where they are of several kinds."""
    used = list(factors)
    methods = tuple(dict.fromkeys([METHODS[factor] for factor in used]))
    return (*methods, "mfa") if len({KINDS[factor] for factor in used}) > 1 else methods
