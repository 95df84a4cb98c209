"""Passwords and passcodes: what is accepted as one, and Argon2id (RFC 9106) over it.

The rules are Decree 69/2024's (8 to 20 characters of four kinds; exactly six digits) and, for what is too easily guessed,
NIST SP 800-63B-4, section 3.1.1.2. Salts are handed in. Counting wrong tries is the business of eid.accounts.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from eid.errors import Malformed, VerificationFailed

SPECIALS = "!@#$^*()-–"
SHORTEST, LONGEST = 8, 20
PASSCODE_DIGITS = 6
FEWEST_DISTINCT = 5
SALT_BYTES = 16

_FIRST_GUESSES = """
    password passwort matkhau qwerty asdfgh zxcvbn letmein iloveyou welcome admin vneid dinhdanh vietnam anhyeuem
    abcd1234 abc123 123456 654321 111111 000000 123123
"""
WELL_KNOWN = frozenset(_FIRST_GUESSES.split())
"""Words that every list of guesses starts with; compared without case, marks and the usual digits-for-letters."""

_LOOKALIKES = str.maketrans({"@": "a", "0": "o", "$": "s", "1": "i", "!": "i", "3": "e", "4": "a", "5": "s"})


class Cost(Protocol):
    """What one hash may cost."""

    @property
    def time_cost(self) -> int: ...
    @property
    def memory_kib(self) -> int: ...
    @property
    def parallelism(self) -> int: ...


def check_password_policy(password: str, *, pin: str, birth_date: date) -> str:
    """The password in the form in which it is hashed. Raises Malformed where it is too short, too plain or too easily guessed."""
    password = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(password) <= LONGEST or not password.isprintable():
        raise Malformed("password_length", "The password must have 8 to 20 characters.")
    kinds = (str.isdigit, str.isupper, str.islower, SPECIALS.__contains__)
    if not all(any(map(kind, password)) for kind in kinds):
        raise Malformed(
            "password_kinds",
            "The password must have a digit, a capital letter, a small letter and one of ! @ # $ ^ * ( ) -.",
        )
    if len(set(password)) < FEWEST_DISTINCT or _is_well_known(password):
        raise Malformed("password_trivial", "This password is on every list of guesses; choose another.")
    digits = "".join(filter(str.isdigit, password))
    if pin in digits or any(written in digits for written in _dates(birth_date)):
        raise Malformed("password_personal", "The password must not contain your PIN or your birth date.")
    return password


def check_passcode_policy(passcode: str, *, pin: str, birth_date: date) -> str:
    """The passcode. Raises Malformed where it is not six digits or is one of those that are tried first."""
    if len(passcode) != PASSCODE_DIGITS or not (passcode.isascii() and passcode.isdigit()):
        raise Malformed("passcode_form", "The passcode must be exactly six digits.")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(passcode)}
    repeats = any(passcode == passcode[:period] * (PASSCODE_DIGITS // period) for period in (1, 2, 3))
    if steps in ({1}, {9}) or repeats:
        raise Malformed("passcode_trivial", "This passcode is among the first that anybody would try; choose another.")
    if passcode in pin or passcode in _dates(birth_date):
        raise Malformed("passcode_personal", "The passcode must not be part of your PIN or your birth date.")
    return passcode


def hash_secret(secret: str, *, cost: Cost, salt: bytes) -> str:
    """The secret's Argon2id hash in PHC string format, with its cost and salt."""
    return _hasher(cost.time_cost, cost.memory_kib, cost.parallelism).hash(_canonical(secret), salt=salt)


def verify_secret(secret: str, *, hashed: str) -> None:
    """Return where the secret is the one that was hashed. Raises VerificationFailed (step `secret`) where it is not."""
    try:
        PasswordHasher().verify(hashed, _canonical(secret))
    except (VerificationError, InvalidHashError) as error:
        raise VerificationFailed(
            "secret", "secret_wrong", "The secret is not the right one.", reason=type(error).__name__
        ) from error


@lru_cache(maxsize=8)
def build_decoy_hash(time_cost: int, memory_kib: int, parallelism: int) -> str:
    """A hash of nothing, to be verified where there is no account, so that the refusal takes as long as any other."""
    return _hasher(time_cost, memory_kib, parallelism).hash("", salt=bytes(SALT_BYTES))


@lru_cache(maxsize=8)
def _hasher(time_cost: int, memory_kib: int, parallelism: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)


def _canonical(secret: str) -> str:
    return unicodedata.normalize("NFC", secret)


def _is_well_known(password: str) -> bool:
    plain = "".join(c for c in unicodedata.normalize("NFD", password.casefold()) if not unicodedata.combining(c))
    plain = plain.replace("đ", "d")
    letters = plain.translate(_LOOKALIKES)
    return any(word in plain or word in letters for word in WELL_KNOWN)


def _dates(birth_date: date) -> set[str]:
    """A birth date in the ways in which people write it with six or eight digits."""
    return {birth_date.strftime(form) for form in ("%d%m%y", "%y%m%d", "%m%d%y", "%m%Y", "%Y%m", "%d%m%Y", "%Y%m%d")}
