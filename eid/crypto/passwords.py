"""Passwords and passcodes: what is accepted as one, and Argon2id (RFC 9106) over it.

The rules are Decree 69/2024's (8 to 20 characters of four kinds; exactly six digits) and, for what is too easily guessed,
NIST SP 800-63B-4, section 3.1.1.2, and OWASP ASVS 5.0, chapter 6.2. Salts and lists are handed in. Counting wrong tries is the
business of eid.accounts.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import lru_cache
from itertools import pairwise, permutations
from typing import Protocol

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from eid.crypto.breached import (
    HashList,
    check_passcode_not_listed,
    check_password_not_listed,
    plain_forms_of,
    strip_marks,
)
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

SPECIALS = "!@#$^*()-–"
SHORTEST, LONGEST = 8, 20
PASSCODE_DIGITS = 6
FEWEST_DISTINCT = 5
SALT_BYTES = 16
TAIL = 6
"""So many digits in a row of a PIN or a phone number are a piece of it."""
FEWEST_LETTERS = 3
"""So many must be left of a password's letters without the holder's name."""

_FIRST_GUESSES = """
    password passwort matkhau qwerty asdfgh zxcvbn letmein iloveyou welcome admin vneid dinhdanh vietnam anhyeuem
    emyeuanh yeuemnhieu hochiminh congancong cancuoc chinhphu abcd1234 abc123 123456 654321 111111 000000 123123
"""
WELL_KNOWN = frozenset(_FIRST_GUESSES.split())
"""Words that every list of guesses starts with; compared without case, marks and the usual digits-for-letters."""


class Cost(Protocol):
    """What one hash may cost."""

    @property
    def time_cost(self) -> int: ...
    @property
    def memory_kib(self) -> int: ...
    @property
    def parallelism(self) -> int: ...


@frozen
class Holder:
    """What everybody who knows somebody knows of them; the name as it is written, with blanks between its parts."""

    pin: str
    birth_date: date
    name: str = ""
    phone: str = ""


@frozen
class Lists:
    """What is refused because others use it: the most used passwords, and where there is one, a list of leaked ones."""

    most_used: HashList
    breached: HashList | None = None


def check_password_policy(password: str, *, holder: Holder, lists: Lists) -> str:
    """The password in the form in which it is hashed.

    1. It has 8 to 20 characters, of all four kinds.
    2. It is none that everybody tries: well-known words, the most used ones under their ornaments, leaked ones.
    3. It holds no piece of the holder's PIN, phone number or birth date, and is not their name.

    Raises Malformed for the first of these that does not hold.
    """
    password = unicodedata.normalize("NFC", password)
    # (1)
    if not SHORTEST <= len(password) <= LONGEST or not password.isprintable():
        raise Malformed("password_length", "The password must have 8 to 20 characters.")
    kinds = (str.isdigit, str.isupper, str.islower, SPECIALS.__contains__)
    if not all(any(map(kind, password)) for kind in kinds):
        raise Malformed(
            "password_kinds",
            "The password must have a digit, a capital letter, a small letter and one of ! @ # $ ^ * ( ) -.",
        )
    # (2)
    if len(set(password)) < FEWEST_DISTINCT or _is_well_known(password):
        raise Malformed("password_trivial", "This password is on every list of guesses; choose another.")
    check_password_not_listed(password, most_used=lists.most_used, breached=lists.breached)
    # (3)
    digits = "".join(filter(str.isdigit, password))
    if any(piece in digits for piece in _numbers_of(holder)) or _is_name(password, holder.name):
        raise Malformed(
            "password_personal",
            "The password must not be your name, nor contain your birth date or six digits of your PIN or phone number.",
        )
    return password


def check_passcode_policy(passcode: str, *, holder: Holder, lists: Lists) -> str:
    """The passcode. Raises Malformed where it is not six digits or is one of those that are tried first."""
    if len(passcode) != PASSCODE_DIGITS or not (passcode.isascii() and passcode.isdigit()):
        raise Malformed("passcode_form", "The passcode must be exactly six digits.")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(passcode)}
    repeats = any(passcode == passcode[:period] * (PASSCODE_DIGITS // period) for period in (1, 2, 3))
    if steps in ({1}, {9}) or repeats:
        raise Malformed("passcode_trivial", "This passcode is among the first that anybody would try; choose another.")
    check_passcode_not_listed(passcode, most_used=lists.most_used)
    written = dates_of(holder.birth_date)
    if any(passcode in personal for personal in (holder.pin, holder.phone, *written)):
        raise Malformed(
            "passcode_personal", "The passcode must not be part of your PIN, your phone number or your birth date."
        )
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


def costs_otherwise(hashed: str, *, cost: Cost) -> bool:
    """Whether this hash was made at another cost than this one, and is to be made anew when its secret is seen."""
    made = extract_parameters(hashed)
    return (made.time_cost, made.memory_cost, made.parallelism) != (cost.time_cost, cost.memory_kib, cost.parallelism)


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
    return any(word in form for word in WELL_KNOWN for form in plain_forms_of(password))


def _is_name(password: str, name: str) -> bool:
    """Whether little is left of the password's letters without the parts of the name."""
    letters = "".join(filter(str.isalpha, strip_marks(password)))
    parts = sorted(strip_marks(name).split(), key=len, reverse=True)
    for part in parts:
        letters = letters.replace(part, " ")
    return " " in letters and len(letters.replace(" ", "")) < FEWEST_LETTERS


def _numbers_of(holder: Holder) -> set[str]:
    """Every piece of six digits of PIN and phone, and the birth date as it is written."""
    numbers = (holder.pin, holder.phone)
    pieces = {number[at : at + TAIL] for number in numbers for at in range(len(number) - TAIL + 1)}
    return pieces | dates_of(holder.birth_date)


def dates_of(birth_date: date) -> set[str]:
    """A birth date in the ways in which people write it with six digits or more, in any order, with and without zeros."""
    days = {f"{birth_date.day:02}", f"{birth_date.day}"}
    months = {f"{birth_date.month:02}", f"{birth_date.month}"}
    years = {f"{birth_date.year:04}", f"{birth_date.year % 100:02}"}
    written = {
        "".join(order)
        for day in days
        for month in months
        for year in years
        for order in permutations((day, month, year))
    }
    written |= {"".join(order) for month in months for order in permutations((month, f"{birth_date.year:04}"))}
    return {number for number in written if len(number) >= TAIL}
