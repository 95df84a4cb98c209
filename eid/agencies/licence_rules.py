"""Driving licences as pure rules: numbers, classes since 2025-01-01 (Law 36/2024/QH15, Articles 57 and 58), and points.

Classes of licences from before 2025 and their exchange are not covered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from eid.agencies.terms import add_months, add_years
from eid.errors import Conflict, Malformed
from eid.late_dataclasses import frozen
from eid.population.numbers import age_on

SYNTHETIC_AUTHORITY = "99"
"""A licence number begins with the two digits of the authority, which are a province's, 01 to 96: nobody has one from 99."""

SERIALS = 10**7

NUMBER = re.compile(r"([0-9]{2})([0-9])([0-9]{2})([0-9]{7})")

FULL_POINTS = 12
RESTORED_AFTER_MONTHS = 12
TEST_AFTER_MONTHS = 6


class LicenceStatus(StrEnum):
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class LicenceClass(StrEnum):
    A1 = "A1"
    A = "A"
    B1 = "B1"
    B = "B"
    C1 = "C1"
    C = "C"
    D1 = "D1"
    D2 = "D2"
    D = "D"
    BE = "BE"
    C1E = "C1E"
    CE = "CE"
    D1E = "D1E"
    D2E = "D2E"
    DE = "DE"


@frozen
class ClassRule:
    """What the law says of a class: the age from which it is given, how long it holds, what it is for."""

    minimum_age: int
    valid_years: int | None
    """None: it does not expire."""
    vehicles: str


CLASS_RULES = {
    LicenceClass.A1: ClassRule(18, None, "motorcycles to 125 cc or 11 kW"),
    LicenceClass.A: ClassRule(18, None, "motorcycles over 125 cc or 11 kW"),
    LicenceClass.B1: ClassRule(18, None, "three-wheeled motor vehicles"),
    LicenceClass.B: ClassRule(18, 10, "cars to 8 passengers, lorries to 3.5 t"),
    LicenceClass.C1: ClassRule(18, 10, "lorries from 3.5 t to 7.5 t"),
    LicenceClass.C: ClassRule(21, 5, "lorries over 7.5 t"),
    LicenceClass.D1: ClassRule(24, 5, "buses from 8 to 16 passengers"),
    LicenceClass.D2: ClassRule(24, 5, "buses from 16 to 29 passengers"),
    LicenceClass.D: ClassRule(27, 5, "buses over 29 passengers, sleeper buses"),
    LicenceClass.BE: ClassRule(21, 5, "class B with a trailer over 750 kg"),
    LicenceClass.C1E: ClassRule(24, 5, "class C1 with a trailer over 750 kg"),
    LicenceClass.CE: ClassRule(24, 5, "class C with a trailer over 750 kg"),
    LicenceClass.D1E: ClassRule(27, 5, "class D1 with a trailer over 750 kg"),
    LicenceClass.D2E: ClassRule(27, 5, "class D2 with a trailer over 750 kg"),
    LicenceClass.DE: ClassRule(27, 5, "class D with a trailer over 750 kg"),
}
"""Article 57 for vehicles and validity, Article 59 for ages."""


@frozen
class LicenceNumber:
    authority: str
    born_in_century: int
    sex: str
    """M or F."""
    passed_in: int
    """The last two digits of the year of the first test."""
    serial: int


@frozen
class HeldClass:
    """A class that somebody holds; `expires_on` is None where it does not expire."""

    licence_class: LicenceClass
    first_issued_on: date
    issued_on: date
    expires_on: date | None


@frozen
class PointsHistory:
    """The points of a licence after the last thing that happened to them, on `changed_on`; None where nothing ever has."""

    points: int = FULL_POINTS
    changed_on: date | None = None


def build_licence_number(*, birth_year: int, sex: str, passed_in: int, serial: int) -> str:
    """Twelve digits: authority, century of birth and sex, year of the first test, serial. Years are whole years."""
    if not 1900 <= birth_year < 2100 or sex not in ("M", "F") or not 0 <= serial < SERIALS:
        raise Malformed("licence_number", "No driving licence can bear this number.")
    century_and_sex = 2 * (birth_year // 100 - 19) + (sex == "F")
    return f"{SYNTHETIC_AUTHORITY}{century_and_sex}{passed_in % 100:02d}{serial:07d}"


def parse_licence_number(text: str) -> LicenceNumber:
    """What a licence number says. Raises Malformed where it is not twelve digits of the right form."""
    match = NUMBER.fullmatch(text)
    if not match or int(match[2]) > 3:
        raise Malformed("licence_number", "A driving licence number is twelve digits.")
    authority, digit, year, serial = match.groups()
    return LicenceNumber(authority, 20 + int(digit) // 2, "MF"[int(digit) % 2], int(year), int(serial))


def expiry_of(licence_class: LicenceClass, issued_on: date) -> date | None:
    """The day from which a class issued on this day no longer holds; None where it never expires."""
    years = CLASS_RULES[licence_class].valid_years
    return None if years is None else add_years(issued_on, years)


def check_licence_age(licence_class: LicenceClass, birth_date: date, *, on: date) -> None:
    """Raise Conflict unless somebody born then is old enough for this class on that day."""
    minimum = CLASS_RULES[licence_class].minimum_age
    if age_on(birth_date, on) < minimum:
        raise Conflict("licence_age", "The person is too young for this class of licence.")


def find_classes_in_force(classes: Iterable[HeldClass], *, on: date) -> list[HeldClass]:
    """Those of the classes that may be driven on this day."""
    return [held for held in classes if held.issued_on <= on and (held.expires_on is None or on < held.expires_on)]


def points_on(history: PointsHistory, on: date) -> int:
    """The points on this day: twelve again where nothing was deducted for twelve months, but never again from zero by itself."""
    if history.changed_on is None or history.points == 0:
        return history.points
    return FULL_POINTS if on >= add_months(history.changed_on, RESTORED_AFTER_MONTHS) else history.points


def deduct_points(history: PointsHistory, points: int, *, on: date) -> PointsHistory:
    """The history after a decision that takes points; zero is the floor. Raises Malformed for other than 1 to 12 points."""
    if not 1 <= points <= FULL_POINTS:
        raise Malformed("points", "A decision takes from 1 to 12 points.")
    return PointsHistory(max(0, points_on(history, on) - points), on)


def restore_points(history: PointsHistory, *, on: date) -> PointsHistory:
    """The history after a passed test of knowledge. Raises Conflict unless all points were lost six months ago or earlier."""
    if history.points > 0 or history.changed_on is None:
        raise Conflict("points_left", "A licence that has points left needs no test to have twelve again.")
    if on < add_months(history.changed_on, TEST_AFTER_MONTHS):
        raise Conflict("test_too_early", "The test may be taken six months after the last point was lost.")
    return PointsHistory(FULL_POINTS, on)
