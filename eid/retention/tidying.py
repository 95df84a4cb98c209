"""Deleting what has ended and was kept for long enough: page by page, the oldest first, each page a transaction.

Whoever is killed has deleted whole pages, and the next one goes on. Several may try at once: one at a time has a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)

from eid.db import db
from eid.late_dataclasses import frozen
from eid.online import LOCK_TIMEOUT, try_again
from eid.retention.catalogue import Retention, list_retention

PAGE = 500
"""Rows that one transaction looks at, and deletes at most."""
TIDIERS_LOCK = 0x0E1D_7D1E
"""The advisory lock of PostgreSQL that one tidier holds for a page; on SQLite, who writes is alone."""


Key = tuple[Any, ...]


@frozen
class Tidied:
    """What a pass deleted, or would have."""

    rows: dict[str, int]
    """Table → rows, in the order of the catalogue."""
    is_whole: bool = True
    """False where it was told to stop, or another was at work, who goes on."""

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@frozen
class _Page:
    deleted: int
    place: Row[Any] | None
    """Where the next page begins; None after the last one."""


def tidy(
    *,
    dry_run: bool = False,
    report_progress: Callable[[int], None] = lambda rows: None,
    is_stopping: Callable[[], bool] = lambda: False,
    page: int = PAGE,
) -> Tidied:
    """No row is left whose time in the catalogue is over; each page is committed. A dry run counts them and deletes nothing.

    Raises what the database raised where a lock was not to be had in many tries.
    """
    tidied = Tidied({})
    for entry in list_retention():
        until, place = entry.clock() - entry.kept, None
        tidied.rows[entry.name] = 0
        while True:
            if is_stopping():
                return replace(tidied, is_whole=False)
            done = _work_at_page(entry, until, place, page, dry_run=dry_run)
            if done is None:
                return replace(tidied, is_whole=False)
            tidied.rows[entry.name] += done.deleted
            report_progress(done.deleted)
            place = done.place
            if place is None:
                break
    return tidied


def _work_at_page(
    entry: Retention, until: datetime, place: Row[Any] | None, size: int, *, dry_run: bool
) -> _Page | None:
    """One page, committed; None where another has a page at this moment."""

    def attempt() -> _Page | None:
        if not dry_run and not _is_alone():
            db.session.rollback()
            return None
        rows = db.session.execute(build_page(entry, until, place, size)).all()
        width = len(_key(entry))
        going = _drop_referred(
            entry, [tuple(row)[:width] for row in rows if row.is_old and row.is_free], dry_run=dry_run
        )
        deleted = len(going) if dry_run or not going else _delete(entry, until, going)
        db.session.commit()
        is_last = len(rows) < size or not any(row.is_old for row in rows)
        return _Page(deleted, None if is_last else rows[-1])

    return try_again(attempt, undo=db.session.rollback)


def _is_alone() -> bool:
    if db.session.get_bind().dialect.name != "postgresql":
        return True
    db.session.execute(text(LOCK_TIMEOUT))
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(TIDIERS_LOCK))))


def build_page(entry: Retention, until: datetime, place: Row[Any] | None, size: int) -> Select[Any]:
    """The next rows after this place: their keys, whether they are old enough, and whether nothing keeps them."""
    key, order = _key(entry), _order(entry)
    is_old = entry.time < until
    page = select(*key, *(column.label(f"place_{n}") for n, column in enumerate(order)), is_old.label("is_old"))
    page = page.add_columns(_build_freedom(entry, until + entry.kept).label("is_free")).order_by(*order).limit(size)
    if not entry.by_number:
        page = page.where(is_old)  # by the index; by number, a page without any ends it
    if place is not None:
        reached = [getattr(place, f"place_{n}") for n in range(len(order))]
        values = [literal(value, column.type) for value, column in zip(reached, order, strict=True)]
        page = page.where(order[0] >= values[0], tuple_(*order) > tuple_(*values))
    return page


def _delete(entry: Retention, until: datetime, keys: Sequence[Key]) -> int:
    """Delete the rows of these keys that nobody holds, and that are still old now that we do; the caller commits."""
    table, key = entry.table, _key(entry)
    holding = select(*key).where(_is_one_of(key, keys), entry.time < until).with_for_update(skip_locked=True)
    held = [tuple(row) for row in db.session.execute(holding)]
    if not held:
        return 0
    for column in find_referring(entry, to_itself=True):  # an ended row may forget which one it followed
        db.session.execute(update(table).where(column.in_([first for first, *_ in held])).values({column: None}))
    db.session.execute(delete(table).where(_is_one_of(key, held)))
    return len(held)


def _is_one_of(key: tuple[Column[Any], ...], keys: Sequence[Key]) -> ColumnElement[bool]:
    return key[0].in_([first for first, *_ in keys]) if len(key) == 1 else tuple_(*key).in_(keys)


def _drop_referred(entry: Retention, keys: list[Key], *, dry_run: bool) -> list[Key]:
    """Those of these keys to which nothing of another table refers; in a dry run, nothing that would not go itself."""
    for column in find_referring(entry):
        if not keys:
            break
        referring = select(column).where(column.in_([first for first, *_ in keys])).distinct()
        if dry_run:
            referring = referring.where(*_find_what_stays(column.table.name))
        kept = set(db.session.scalars(referring))
        keys = [key for key in keys if key[0] not in kept]
    return keys


def _find_what_stays(name: str) -> list[ColumnElement[bool]]:
    """Of this table's rows those that would not go; all, where the catalogue does not have it."""
    for entry in list_retention():
        if entry.name == name:
            now = entry.clock()
            stays = entry.time >= now - entry.kept
            return [stays if entry.unless is None else or_(stays, entry.unless(now))]
    return []


def _build_freedom(entry: Retention, now: datetime) -> ColumnElement[bool]:
    """The row is none that stays, nor the one whose number must not be given again."""
    free: list[ColumnElement[bool]] = [] if entry.unless is None else [not_(entry.unless(now))]
    if entry.is_named:
        number, numbered = _key(entry)[0], entry.table.alias()
        free.append(number < select(func.max(numbered.c[number.name])).scalar_subquery())
    return and_(true(), *free)


def _key(entry: Retention) -> tuple[Column[Any], ...]:
    return tuple(entry.table.primary_key.columns)


def _order(entry: Retention) -> tuple[Column[Any], ...]:
    return _key(entry) if entry.by_number else (entry.table.c[entry.ended.key], *_key(entry))


@cache
def _referring_columns(name: str) -> tuple[Column[Any], ...]:
    return tuple(
        foreign.parent
        for table in db.metadata.sorted_tables
        for foreign in table.foreign_keys
        if foreign.column.table.name == name
    )


def find_referring(entry: Retention, *, to_itself: bool = False) -> list[Column[Any]]:
    """The columns of other tables, or of this one, that are foreign keys to it."""
    return [column for column in _referring_columns(entry.name) if (column.table is entry.table) == to_itself]
