"""Lists of names in JSON columns, read as tuples.

Thousands of rows hold the same few lists: what a service asks for, what people let it have. Each is parsed once.
"""

from __future__ import annotations

import json
from functools import lru_cache

from sqlalchemy import ColumnElement, Text, cast, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.schema import Column
from sqlalchemy.types import TypeDecorator


class _Names(TypeDecorator[tuple[str, ...]]):
    """A JSON list of texts, of a column that is cast to its text, as a tuple; NULL as None."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else _parse(value)


def names_of(column: Column[list[str]] | Column[list[str] | None]) -> ColumnElement[tuple[str, ...]]:
    """What a JSON column of names holds, as a tuple, under the column's own name."""
    return type_coerce(cast(column, Text), _Names()).label(column.name)


@lru_cache(maxsize=1024)
def _parse(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
