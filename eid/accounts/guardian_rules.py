"""When somebody answers for somebody else, and when that ends (Decree 69/2024, articles 10 and 11). Pure.

A parent stands for a child who has no account of their own by right, so until 14. An appointed guardian of a minor stands until
18 (Civil Code 2015, articles 47 and 62), one of an adult who cannot act until the appointment ends.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from eid.accounts.who_may_have import OF_AGE_FOR_OWN_ACCOUNT
from eid.late_dataclasses import frozen
from eid.population.numbers import age_on

OF_FULL_AGE = 18


class Ground(StrEnum):
    """Why somebody is a guardian."""

    PARENT = "parent"
    """As the register says, on the day that is asked about."""
    APPOINTED_MINOR = "appointed_minor"
    APPOINTED_ADULT = "appointed_adult"
    """Of somebody who lacks the capacity to act, whatever their age."""


class End(StrEnum):
    """Why a guardianship does not hold (any more)."""

    OF_AGE = "of_age"
    WARD_DIED = "ward_died"
    GUARDIAN_DIED = "guardian_died"
    GUARDIAN_TOO_YOUNG = "guardian_too_young"
    NOT_PARENT = "not_parent"
    REVOKED = "revoked"
    """An authority ended the appointment."""


LAST_AGE: dict[Ground, int | None] = {
    Ground.PARENT: OF_AGE_FOR_OWN_ACCOUNT,
    Ground.APPOINTED_MINOR: OF_FULL_AGE,
    Ground.APPOINTED_ADULT: None,
}
"""The birthday on which it ends; None where none ends it."""

NEEDS_DOCUMENT = frozenset({Ground.APPOINTED_MINOR, Ground.APPOINTED_ADULT})


@frozen
class Relationship:
    """What the register says about the two, on one day."""

    ward_born: date
    ward_is_alive: bool
    guardian_born: date
    guardian_is_alive: bool
    is_parent: bool


def find_end(ground: Ground, facts: Relationship, *, today: date) -> End | None:
    """Why this guardianship does not hold on this day; None where it holds."""
    last = LAST_AGE[ground]
    if not facts.ward_is_alive:
        return End.WARD_DIED
    if not facts.guardian_is_alive:
        return End.GUARDIAN_DIED
    if last is not None and age_on(facts.ward_born, today) >= last:
        return End.OF_AGE
    if ground is not Ground.PARENT and age_on(facts.guardian_born, today) < OF_FULL_AGE:
        return End.GUARDIAN_TOO_YOUNG
    if ground is Ground.PARENT and not facts.is_parent:
        return End.NOT_PARENT
    return None


def needs_guardian(born: date, *, today: date, has_appointed: bool) -> bool:
    """Whether what this person's account is used for takes a guardian's word: younger than 14, or under an appointed one."""
    return has_appointed or age_on(born, today) < OF_AGE_FOR_OWN_ACCOUNT
