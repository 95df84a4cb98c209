"""A made-up register as rows that tests can ask by name."""

from collections import namedtuple
from collections.abc import Iterator
from datetime import date
from typing import Any

from eid.population.numbers import age_on
from eid.population.snapshot import SNAPSHOT
from eid.population.synthesis.batch import HOUSEHOLD_COLUMNS, PEOPLE_COLUMNS
from eid.population.synthesis.register import synthesise_batches

PersonRow: Any = namedtuple("PersonRow", PEOPLE_COLUMNS)
HouseholdRow: Any = namedtuple("HouseholdRow", HOUSEHOLD_COLUMNS)


def make_people(people: int, seed: int, **size: int) -> list[Any]:
    return [PersonRow(*row) for batch in synthesise_batches(people, seed, **size) for row in batch.people_rows()]


def make_households(people: int, seed: int, **size: int) -> list[Any]:
    return [HouseholdRow(*row) for batch in synthesise_batches(people, seed, **size) for row in batch.household_rows()]


def living(people: list[Any]) -> Iterator[Any]:
    return (person for person in people if person.died_on is None)


def born(person: Any) -> date:
    return date.fromisoformat(person.birth_date)


def died(person: Any) -> date | None:
    return date.fromisoformat(person.died_on) if person.died_on else None


def age(person: Any) -> int:
    """On the day of the snapshot, or at death."""
    return age_on(born(person), died(person) or SNAPSHOT)
