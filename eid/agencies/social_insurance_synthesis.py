"""Who has paid into social insurance, made up from age and the group that somebody's health insurance is with. Pure.

Groups of employees pay now, pensioners have paid, whoever receives unemployment benefit did until lately, and one in five of
the others of working age has worked somewhere before. Employers, salaries and how long people stay are made up.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from eid.agencies.social_insurance_rules import UNEMPLOYMENT_SINCE, count_months, month_of
from eid.agencies.synthesis import Resident, number_of
from eid.agencies.terms import add_months, add_years
from eid.late_dataclasses import frozen

EMPLOYED = frozenset({"DN", "CH", "HC", "HX", "NN", "TK"})
"""Groups of the health insurance card whose members an employer insures."""

_SHARE_OF_FORMER = 0.2
_FORMER = frozenset({"GD", "GB", "HN", "CN", "DT", "TC", "TS"})
_WORKING_AGE = range(18, 61)
_EMPLOYERS = 400
_BASES = (5_000_000, 6_500_000, 8_000_000, 10_000_000, 14_000_000, 20_000_000)


@frozen
class DrawnInsurance:
    """The columns of somebody's participation, but for status and time, and of their periods."""

    participation: dict[str, Any]
    periods: list[dict[str, Any]]


def draw_social_insurance(
    resident: Resident, object_code: str | None, *, today: date, rng: Random
) -> DrawnInsurance | None:
    """What somebody whose health insurance is with this group has paid; None where they never took part."""
    grown_up, age = add_years(resident.birth_date, 18), today.year - resident.birth_date.year
    if object_code in EMPLOYED:
        until = None
    elif object_code == "TN":
        until = today - timedelta(days=rng.randrange(60, 300))
    elif object_code == "HT":
        until = min(add_years(resident.birth_date, rng.randrange(55, 62)), today - timedelta(days=31))
    elif object_code in _FORMER and age in _WORKING_AGE and rng.random() < _SHARE_OF_FORMER:
        until = today - timedelta(days=rng.randrange(365, 3650))
    else:
        return None
    last = month_of(until or today)
    first = max(add_months(last, -rng.randrange(6, 360)), month_of(add_years(grown_up, 1)))
    if first >= last:
        return None
    periods = _draw_periods(resident, first, last, is_open=until is None, rng=rng)
    unused = sum(_count_for_unemployment(period) for period in periods) if object_code not in ("HT", "TN") else 0
    person = {
        "person_id": resident.person_id,
        "number": number_of(resident.person_id),
        "unemployment_months": unused,
    }
    return DrawnInsurance(person, periods)


def describe_employer(number: int, province: str) -> tuple[str, str]:
    """Name and code of an employer that does not exist."""
    return f"Công ty TNHH Mẫu {number % _EMPLOYERS + 1}", f"MAU{province}{number % _EMPLOYERS + 1:04d}"


def _draw_periods(resident: Resident, first: date, last: date, *, is_open: bool, rng: Random) -> list[dict[str, Any]]:
    """One to three employers one after the other; where it goes on, last month is the last paid one."""
    starts = [first]
    while len(starts) < 3 and count_months(starts[-1], last) > 36 and rng.random() < 0.5:
        starts.append(add_months(starts[-1], rng.randrange(12, count_months(starts[-1], last) - 6)))
    ends = [add_months(start, -1 - rng.randrange(4)) for start in starts[1:]]
    closed = zip(starts, [*ends, None if is_open else last], strict=True)
    return [_draw_period(resident, start, end, add_months(last, -1), rng) for start, end in closed]


def _draw_period(resident: Resident, start: date, end: date | None, last_month: date, rng: Random) -> dict[str, Any]:
    employer, code = describe_employer(rng.randrange(_EMPLOYERS), resident.province)
    paid_through = end or last_month
    owed = rng.randrange(1, 4) if rng.random() < 0.03 else 0
    return {
        "person_id": resident.person_id,
        "employer": employer,
        "employer_code": code,
        "from_month": start,
        "to_month": end,
        "paid_through": paid_through,
        "monthly_base": rng.choice(_BASES),
        "months_paid": max(0, count_months(start, paid_through) - owed),
    }


def _count_for_unemployment(period: dict[str, Any]) -> int:
    counted = count_months(max(period["from_month"], UNEMPLOYMENT_SINCE), period["paid_through"])
    return min(counted, int(period["months_paid"]))
