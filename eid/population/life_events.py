"""What can happen in a life, and what must hold for it to be registered (Law on Civil Status 60/2014/QH13, as far as modelled).

Pure: values in, a refusal or nothing out. Births and deaths; marriages, moves and corrections are not modelled yet.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from eid.errors import Conflict, Malformed
from eid.population.numbers import Sex, age_on

YOUNGEST_PARENT = 12
"""Younger than this it is a mistake of entry, not a birth."""
OLDEST_MOTHER = 60


class LifeEventKind(StrEnum):
    BIRTH = "birth"
    DEATH = "death"
    WIDOWHOOD = "widowhood"
    """Of the spouse who is left."""
    MARRIAGE = "marriage"
    DIVORCE = "divorce"
    MOVE = "move"
    HOUSEHOLD = "household"
    """What somebody is in a household changed, because of what happened to somebody else."""
    CORRECTION = "correction"
    CARD_DUE = "card_due"
    """Fourteen, 25, 40 or 60 years old (Law on Identification 26/2023, article 21)."""
    NATURALISATION = "naturalisation"
    CITIZENSHIP_LOSS = "citizenship_loss"


class MaritalStatus(StrEnum):
    SINGLE = "single"
    MARRIED = "married"
    WIDOWED = "widowed"
    DIVORCED = "divorced"


class Relation(StrEnum):
    """To the head of the household."""

    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    GRANDCHILD = "grandchild"
    OTHER = "other"


def check_birth(birth_date: date, *, today: date) -> None:
    """A birth on that day can be registered today. Raises Malformed: birth_in_future."""
    if birth_date > today:
        raise Malformed("birth_in_future", "The date of birth lies in the future.")


def check_parent(*, sex: Sex, expected_sex: Sex, born: date, died: date | None, birth_date: date) -> None:
    """Someone of this sex and these dates can be the parent. Raises Conflict: parent_sex, parent_age, parent_dead.

    A mother lives on the day of birth; a father may have died up to ten months before it.
    """
    if sex is not expected_sex:
        raise Conflict("parent_sex", "The person named as mother or father is not of that sex.")
    age = age_on(born, birth_date)
    if age < YOUNGEST_PARENT or (sex is Sex.FEMALE and age > OLDEST_MOTHER):
        raise Conflict("parent_age", "The parent's age on the day of birth cannot be right.")
    if died is not None and (birth_date - died).days > (0 if sex is Sex.FEMALE else 300):
        raise Conflict("parent_dead", "The parent had died before.")


def check_death(*, born: date, died: date | None, died_on: date, today: date) -> None:
    """A death on that day can be registered today. Raises Malformed: death_date; Conflict: person_dead."""
    if died is not None:
        raise Conflict("person_dead", "The death of this person is registered already.")
    if not born <= died_on <= today:
        raise Malformed("death_date", "The date of death lies before the birth or in the future.")
