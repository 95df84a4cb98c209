"""Rows of any table, with whatever they must have, for tests to which only one column matters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import Column, Date, DateTime, LargeBinary, Table, insert, select
from sqlalchemy.types import JSON, Boolean, Integer, TypeDecorator

from eid.db import UtcDateTime, db

_numbers = count(10_000)


def add_row(table: Table, **values: Any) -> tuple[Any, ...]:
    """Afterwards there is such a row, and one for each row that it must refer to; its primary key. The caller commits."""
    for column in table.columns:
        if column.name not in values and _must_be_given(column):
            values[column.name] = _make(column)
    adding = insert(table).values(**values).returning(*table.primary_key.columns)
    return tuple(db.session.execute(adding).one())


def is_there(table: Table, key: tuple[Any, ...]) -> bool:
    matching = [column == value for column, value in zip(table.primary_key.columns, key, strict=True)]
    return db.session.execute(select(*table.primary_key.columns).where(*matching)).one_or_none() is not None


def _must_be_given(column: Column[Any]) -> bool:
    is_numbered = column.primary_key and column.autoincrement is not False and isinstance(column.type, Integer)
    is_alone = len(column.table.primary_key.columns) == 1
    if is_numbered and is_alone and not column.foreign_keys:
        return False
    return not column.nullable and column.default is None and column.server_default is None


def _make(column: Column[Any]) -> Any:
    number = next(_numbers)
    for foreign in column.foreign_keys:
        return add_row(foreign.column.table)[0]
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(column.type, UtcDateTime) or isinstance(kind, DateTime):
        return datetime.now(UTC)
    made: list[tuple[type, Any]] = [
        (Date, date(2026, 1, 1)),
        (Boolean, False),
        (Integer, number),
        (LargeBinary, number.to_bytes(32, "big")),
        (JSON, []),
    ]
    for of_kind, value in made:
        if isinstance(kind, of_kind):
            return value
    return str(number)[-(getattr(kind, "length", None) or 12) :]
