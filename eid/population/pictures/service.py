"""Counts the people of the database for the pictures, row by row as they are read; changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import func, select

from eid.db import db
from eid.errors import Refused
from eid.population.life.kinds import LifeEventKind
from eid.population.models import LifeEvent, Person
from eid.population.pictures.tally import COLUMNS, Tally, tally_people

ROWS = 20_000
"""Read at a time."""


def tally_register(day: date) -> Tally:
    """The living of the register, and its recorded births and deaths by month. Raises Refused: nobody_registered."""
    tally = tally_people(_read_people(), day)
    if not tally.people:
        raise Refused("nobody_registered", "Nobody lives in the register.")
    tally.households = _count_households()
    tally.births = _count_months(LifeEventKind.BIRTH)
    tally.deaths = _count_months(LifeEventKind.DEATH)
    return tally


def _read_people() -> Iterator[dict[str, tuple[Any, ...]]]:
    columns = [getattr(Person, name) for name in COLUMNS]
    rows = db.session.execute(select(*columns).execution_options(yield_per=ROWS))
    for part in rows.partitions():
        yield dict(zip(COLUMNS, zip(*part, strict=True), strict=True))


def _count_households() -> Counter[int]:
    """A household's members need not be read one after another, so the database counts them."""
    sizes = (
        select(func.count().label("members"))
        .where(Person.household_id.is_not(None), Person.died_on.is_(None))
        .group_by(Person.household_id)
        .subquery()
    )
    rows = db.session.execute(select(sizes.c.members, func.count()).group_by(sizes.c.members))
    return Counter({int(row[0]): int(row[1]) for row in rows})


def _count_months(kind: LifeEventKind) -> Counter[tuple[int, int]]:
    day = LifeEvent.effective_on
    year, month = func.extract("year", day), func.extract("month", day)
    rows = db.session.execute(select(year, month, func.count()).where(LifeEvent.kind == kind).group_by(year, month))
    return Counter({(int(year), int(month)): count for year, month, count in rows})
