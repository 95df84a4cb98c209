"""For how long health insurance holds when it is renewed, and with which group: a child starts school, a pupil grows up. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from eid.agencies.synthesis import OPEN_ENDED
from eid.agencies.terms import add_years
from eid.late_dataclasses import frozen
from eid.population.numbers import age_on

SHARE_RENEWED = 0.96
"""Of those whose card ends, made up; nine in ten people are insured."""
SHARE_BACK = 0.8
"""Of the others, who come back a year later."""

CHILD, PUPIL, STUDENT, EMPLOYEE, HOUSEHOLD = "TE", "HS", "SV", "DN", "GD"
_PUPILS_UNTIL, _STUDENTS_UNTIL = 18, 23
_AFTER_SCHOOL = {STUDENT: 40, EMPLOYEE: 35, HOUSEHOLD: 25}
_AFTER_STUDIES = {EMPLOYEE: 70, HOUSEHOLD: 30}


@frozen
class Term:
    """What a renewed card says."""

    object_code: str
    valid_from: date
    valid_to: date | None


def renewed_term(object_code: str, birth_date: date, *, starts_on: date, rng: Random) -> Term:
    """The card of somebody of this group whose card ended the day before; with the group that fits their age then."""
    code = _group_on(object_code, age_on(birth_date, starts_on), rng)
    if code in OPEN_ENDED:
        return Term(code, starts_on, None)
    if code in (PUPIL, STUDENT):
        return Term(code, starts_on, _end_of_school_year(starts_on))
    return Term(code, starts_on, add_years(starts_on, 1) - timedelta(days=1))


def _group_on(object_code: str, age: int, rng: Random) -> str:
    if object_code == CHILD:
        return PUPIL
    if object_code == PUPIL and age >= _PUPILS_UNTIL:
        return rng.choices(list(_AFTER_SCHOOL), list(_AFTER_SCHOOL.values()))[0]
    if object_code == STUDENT and age >= _STUDENTS_UNTIL:
        return rng.choices(list(_AFTER_STUDIES), list(_AFTER_STUDIES.values()))[0]
    return object_code


def _end_of_school_year(starts_on: date) -> date:
    """The last day of September that follows by more than a day."""
    end = date(starts_on.year, 9, 30)
    return end if starts_on < end else add_years(end, 1)
