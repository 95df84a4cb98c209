"""Civil status as pure rules: what an extract says, and what the register of before 2026 would have said of people it has.

Of births, marriages and divorces that were entered since the register opened, the entries say when and what; of those before,
day, place and number are made up here, always the same of the same people (Law on Civil Status 60/2014/QH13).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random

from eid.agencies.terms import add_years
from eid.agencies.values import EntitlementState
from eid.late_dataclasses import frozen
from eid.population.life.kinds import MaritalStatus
from eid.population.numbers import Sex
from eid.population.places import Commune, list_communes, populations
from eid.population.snapshot import SNAPSHOT

MARRIAGE_AGE = {Sex.MALE: 20, Sex.FEMALE: 18}
_WAITED_YEARS = 9
"""So long after both may marry is a marriage made up at the latest."""
BIRTH_TERM_DAYS = 60
"""A birth is to be registered within sixty days (article 15)."""

_NUMBERS = 900
"""About so many entries has the book of a commune in a year."""


class MarriageEnd(StrEnum):
    DIVORCE = "divorce"
    DEATH = "death"


@frozen
class Entry:
    """A line of a civil-status book."""

    number: str
    """Of the line and of the year, as in 123/2026."""
    registered_on: date
    registered_at: str
    """The commune and the province, as they were called on that day; of a divorce, the court."""


@frozen
class Relative:
    """Somebody who is named on an extract."""

    full_name: str
    birth_date: date
    nationality: str


@frozen
class BirthExtract:
    entry: Entry
    birth_place: str
    father: Relative | None
    mother: Relative | None


@frozen
class MarriageExtract:
    entry: Entry
    spouse: Relative
    ended_by: MarriageEnd | None
    ended_on: date | None


@frozen
class CivilStatusRecord:
    """What the civil-status books say about somebody today."""

    person_id: int
    pin: str
    ethnicity: str
    nationality: str
    marital_status: MaritalStatus
    birth: BirthExtract | None
    """None of those whose birth was registered abroad."""
    marriage: MarriageExtract | None
    """The last one, of which the register knows who it was with."""
    divorce: Entry | None
    """The court's decision, where that marriage ended by one."""
    state: EntitlementState
    updated_at: datetime


def draw_birth_day(person_id: int, birth_date: date) -> date:
    """When the birth of somebody whom the register was opened with was entered: within sixty days, before it opened."""
    waited = timedelta(days=_chance_of("birth", person_id).randrange(1, BIRTH_TERM_DAYS))
    return max(birth_date, min(birth_date + waited, SNAPSHOT - timedelta(days=1)))


def draw_commune(person_id: int, birth_province: str) -> Commune | None:
    """Where it was entered: a commune of the province of birth; None for provinces that ended long ago."""
    if birth_province not in populations():
        return None
    return _chance_of("commune", person_id).choice(list_communes(birth_province))


def draw_marriage_day(one: tuple[int, date, Sex], other: tuple[int, date, Sex]) -> date:
    """When two who were married when the register opened had married; each is id, birth date and sex."""
    earliest = max(add_years(born, MARRIAGE_AGE[sex]) for _, born, sex in (one, other))
    chance = _chance_of("marriage", *sorted((one[0], other[0]))).random()
    latest = SNAPSHOT - timedelta(days=1)
    day = earliest + timedelta(days=int(_WAITED_YEARS * 365 * chance**2))
    return min(day, latest)


def write_number(kind: str, on: date, *person_ids: int) -> str:
    """The number of an entry of these people: the same whoever asks, and whenever."""
    return f"{_chance_of(kind, 'number', *sorted(person_ids)).randrange(1, _NUMBERS)}/{on.year}"


def write_decision(on: date, *person_ids: int) -> str:
    """The number of a court's decision on a divorce by consent."""
    return f"{write_number('divorce', on, *person_ids)}/QĐST-HNGĐ"


def _chance_of(*what: object) -> Random:
    return Random(":".join(map(str, ("civil status", *what))))  # noqa: S311 - chance of a made-up country
