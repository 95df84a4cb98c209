"""How long the ended rows of a table are kept, and why, as data. Each subject says it of its own tables; app.py has them all.

What law keeps is not here: the audit log ends by `eid audit drop` and `eid db partitions drop`, after five years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import InstrumentedAttribute

from eid.clock import wall_now
from eid.db import Base, table_of
from eid.late_dataclasses import frozen


@frozen
class Retention:
    """A row goes once its time is `kept` ago, unless another row still refers to it."""

    ended: InstrumentedAttribute[Any]
    """The column that says when the row is over, whatever became of it."""
    kept: timedelta
    """For how long after that it stays."""
    why: str
    """What needs it for so long."""
    by_number: bool = False
    """Rows of this table last about equally long, so those with the lowest numbers are the oldest: no index by time is needed.
    A page of them without an old one ends the search."""
    is_named: bool = False
    """Others keep its number without a foreign key, so the highest one stays: SQLite would give it again."""
    clock: Callable[[], datetime] = wall_now
    """The clock that wrote the column."""
    unless: Callable[[datetime], ColumnElement[bool]] | None = None
    """Rows that stay even then."""

    @property
    def table(self) -> Table:
        model: Any = self.ended.class_
        return table_of(model)

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def time(self) -> ColumnElement[Any]:
        column: ColumnElement[Any] = self.table.c[self.ended.key]
        return column


@frozen
class Stay:
    """A table whose rows stay although they end."""

    model: type[Base]
    why: str


_catalogue: tuple[Retention, ...] = ()


def register_retention(entries: Iterable[Retention]) -> None:
    """Afterwards this is the catalogue: what refers to rows stands before them."""
    global _catalogue
    _catalogue = tuple(entries)


def list_retention() -> tuple[Retention, ...]:
    """The catalogue, in the order in which it is worked through."""
    return _catalogue
