"""The register's people as batches of columns, read from the database or made up: what a file is written from."""

from __future__ import annotations

from sqlalchemy import Date, String, cast, func, select

from eid.db import db
from eid.population.files.columns import KINDS, Batches
from eid.population.models import Person

PEOPLE_AT_ONCE = 20_000


def count_exported() -> int:
    """How many people an export of the register would have."""
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def export_register() -> Batches:
    """Everybody, ordered by id, dates as text; one statement, so it is the register of one moment, and memory does not grow."""
    columns = [Person.__table__.c[name] for name in KINDS]
    texts = [cast(column, String).label(column.name) if isinstance(column.type, Date) else column for column in columns]
    query = select(*texts).order_by(Person.id).execution_options(yield_per=PEOPLE_AT_ONCE)
    for rows in db.session.execute(query).partitions():
        yield dict(zip(KINDS, map(list, zip(*rows, strict=True)), strict=True))
