"""Who has which insurance and which licence, made up from what the register says about people; the same seed says the same. Pure.

Shares follow public figures: over nine in ten people are insured, about six in ten adults may drive. Occupations are not in the
register, so the group somebody is insured with is drawn from those that fit age, sex and people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from eid.agencies.entitlement_synthesis import fit_group
from eid.agencies.insurance_rules import NUMBERS, build_number
from eid.agencies.licence_rules import (
    CLASS_RULES,
    FULL_POINTS,
    SERIALS,
    LicenceClass,
    LicenceStatus,
    build_licence_number,
    expiry_of,
)
from eid.agencies.terms import add_months, add_years

_SCATTER, _LICENCE_SCATTER = 61_803_399, 7_236_067
"""Odd and no multiples of five: multiplied by one, neighbours in the register get numbers far apart, and no two the same."""

FACILITIES = 24
"""Facilities of first contact in each province."""

_MAJORITY = "Kinh"
SHARE_OF_DRIVERS = {"M": 0.72, "F": 0.52}
DEDUCTIONS = (2, 2, 2, 3, 4, 6, 10, 12)

_INSURED = (
    # up to this age: share insured, then how often each group comes up
    (17, 0.97, {"HS": 84, "HN": 4, "CN": 4, "GB": 4, "TQ": 2, "TA": 2}),
    (22, 0.90, {"SV": 42, "DN": 30, "GD": 12, "HN": 4, "CN": 4, "GB": 6, "QN": 1, "CA": 1}),
    (60, 0.91, {"DN": 46, "CH": 9, "HC": 3, "HX": 2, "NN": 3, "TK": 3, "XK": 1, "QN": 1, "CA": 1, "GD": 17, "GB": 7, "CN": 3,
                "HN": 3, "TN": 1}),
    (74, 0.96, {"HT": 46, "GD": 25, "GB": 9, "CB": 6, "HN": 4, "CN": 4, "TC": 2, "CK": 1, "TS": 2, "HD": 1}),
    (200, 0.98, {"BT": 48, "HT": 34, "CB": 8, "CC": 1, "CK": 3, "TS": 3, "HN": 3}),
)  # fmt: skip

OPEN_ENDED = {"DN", "CH", "HC", "HX", "NN", "TK", "XK", "QN", "CA", "HT", "CC", "CK", "CB", "TS", "BT", "TC"}
"""Groups whose cards hold until something ends them; the others pay, or are confirmed, for a year."""

_SCHOOL_YEAR = {"HS", "SV"}
_CALENDAR_YEAR = {"HN", "CN"}
"""As households are assessed."""


@dataclass(frozen=True, slots=True)
class Resident:
    """What the agencies ask the register about somebody."""

    person_id: int
    birth_date: date
    sex: str
    ethnicity: str
    province: str
    """Of residence, as provinces are numbered since 2025-07-01."""
    household_id: int | None = None


def number_of(person_id: int) -> str:
    """The social insurance number of this person."""
    return build_number(person_id * _SCATTER % NUMBERS)


def licence_number_of(person_id: int, *, birth_year: int, sex: str, passed_in: int) -> str:
    """The driving licence number of this person; unique among ten million people who follow each other in the register."""
    return build_licence_number(
        birth_year=birth_year, sex=sex, passed_in=passed_in, serial=person_id * _LICENCE_SCATTER % SERIALS
    )


def child_card_ends_on(birth_date: date) -> date:
    """The last day of a small child's card: the eve of the sixth birthday, or 30 September of that year if that is later."""
    sixth_birthday = add_years(birth_date, 6)
    return max(sixth_birthday - timedelta(days=1), date(sixth_birthday.year, 9, 30))


def draw_insurance(resident: Resident, *, today: date, rng: Random) -> dict[str, Any] | None:
    """The columns of somebody's health insurance, but for status and time; None where they have none."""
    object_code = _draw_object_code(resident, today, rng)
    if object_code is None:
        return None
    since = max(resident.birth_date, today - timedelta(days=rng.randrange(30, 5500)))
    valid_from, valid_to = _term_of(object_code, resident.birth_date, since, today, rng)
    return {
        "person_id": resident.person_id,
        "number": number_of(resident.person_id),
        "object_code": object_code,
        "province": resident.province,
        "facility": f"{resident.province}-{rng.randrange(1, FACILITIES + 1):03d}",
        "insured_since": resident.birth_date if object_code == "TE" else since,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }


def draw_licence(resident: Resident, *, today: date, rng: Random) -> dict[str, Any] | None:
    """The columns of somebody's driving licence, but for its time; None where they have none."""
    may_drive_since = add_years(resident.birth_date, 18)
    if today <= may_drive_since or rng.random() > SHARE_OF_DRIVERS[resident.sex]:
        return None
    first = may_drive_since + timedelta(days=int((today - may_drive_since).days * rng.random() ** 2))
    first = max(first, today - timedelta(days=30 * 365))
    classes = [write_class(held, first, first) for held in _draw_motorcycles(rng)]
    classes += [_draw_renewal(held, resident, first, today, rng) for held in _draw_cars(resident, first, today, rng)]
    points, changed_on = _draw_points(first, today, rng)
    return {
        "person_id": resident.person_id,
        "number": licence_number_of(
            resident.person_id, birth_year=resident.birth_date.year, sex=resident.sex, passed_in=first.year
        ),
        "authority": resident.province,
        "classes": classes,
        "points": points,
        "points_changed_on": changed_on,
        "status": LicenceStatus.SUSPENDED if points == 0 or rng.random() < 0.004 else LicenceStatus.VALID,
    }


def write_class(held: LicenceClass, first_issued_on: date, issued_on: date) -> dict[str, Any]:
    """A class that somebody holds, as the agency keeps it: days as yyyy-mm-dd, no expiry as None."""
    expires_on = expiry_of(held, issued_on)
    return {
        "class": str(held),
        "first_issued_on": first_issued_on.isoformat(),
        "issued_on": issued_on.isoformat(),
        "expires_on": None if expires_on is None else expires_on.isoformat(),
    }


def _draw_object_code(resident: Resident, today: date, rng: Random) -> str | None:
    chance = rng.random()
    if today <= child_card_ends_on(resident.birth_date):
        return "TE" if chance < 0.995 else None
    age = today.year - resident.birth_date.year
    share, groups = next((share, groups) for oldest, share, groups in _INSURED if age <= oldest)
    if chance >= share:
        return None
    if resident.ethnicity != _MAJORITY and rng.random() < 0.4:
        return "DT"
    drawn = _draw(groups, rng)
    return fit_group(drawn, person_id=resident.person_id, household_id=resident.household_id, age=age)


def _draw(weights: Mapping[str, int], rng: Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _term_of(object_code: str, birth_date: date, since: date, today: date, rng: Random) -> tuple[date, date | None]:
    if object_code == "TE":
        return birth_date, child_card_ends_on(birth_date)
    if object_code in OPEN_ENDED:
        return max(since, today.replace(month=1, day=1) - timedelta(days=365 * rng.randrange(3))), None
    if object_code in _SCHOOL_YEAR:
        autumn = date(today.year if today >= date(today.year, 10, 1) else today.year - 1, 10, 1)
        return autumn, add_years(autumn, 1) - timedelta(days=1)
    if object_code in _CALENDAR_YEAR:
        return date(today.year, 1, 1), date(today.year, 12, 31)
    start = add_months(today.replace(day=1), -rng.randrange(12))
    return start, add_years(start, 1) - timedelta(days=1)


def _draw_motorcycles(rng: Random) -> list[LicenceClass]:
    return [LicenceClass.A if rng.random() < 0.06 else LicenceClass.A1]


def _draw_cars(resident: Resident, first: date, today: date, rng: Random) -> list[LicenceClass]:
    if rng.random() > (0.42 if resident.sex == "M" else 0.17):
        return []
    cars = [LicenceClass.B]
    if resident.sex == "M" and rng.random() < 0.2:
        cars.append(LicenceClass(_draw({"C1": 50, "C": 30, "D1": 8, "D2": 8, "D": 2, "CE": 2}, rng)))
    return [held for held in cars if add_years(resident.birth_date, CLASS_RULES[held].minimum_age) <= today]


def _draw_renewal(held: LicenceClass, resident: Resident, first: date, today: date, rng: Random) -> dict[str, Any]:
    """A class that expires: first issued when its holder was old enough, and renewed in time since, but for a few."""
    earliest = max(first, add_years(resident.birth_date, CLASS_RULES[held].minimum_age))
    years = CLASS_RULES[held].valid_years or 0
    late = 40 if rng.random() < 0.02 else 0
    newest = today - timedelta(days=rng.randrange(365 * years) + late)
    return write_class(held, earliest, max(earliest, newest))


def _draw_points(first: date, today: date, rng: Random) -> tuple[int, date | None]:
    chance, days = rng.random(), rng.randrange(1, 360)
    if chance >= 0.05 or first > today - timedelta(days=days):
        return FULL_POINTS, None
    return FULL_POINTS - rng.choice(DEDUCTIONS), today - timedelta(days=days)
