"""What was made of rows that are read again and again and hardly ever change, kept beside the rows.

A row is read each time, in the transaction that asks. What is kept saves making its values and its model anew, while the row
is the very same; so it is never older than the row, and whoever changes or ends what the row says is obeyed at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, Column, ColumnElement, Text, cast, type_coerce
from sqlalchemy.types import NullType

from eid.db import current_engine

Made = TypeVar("Made")


class KeptRows(Generic[Made]):
    """Of the last rows with these columns, of which the first is their key, what was made of them; `most` of them.

    What is made is shared by all who ask, so nobody changes it.
    """

    def __init__(self, columns: Sequence[Column[Any]], make: Callable[[dict[str, Any]], Made], *, most: int) -> None:
        self.columns = tuple(_as_it_lies(column) for column in columns)
        """To be selected by statements whose rows are looked up here: as the driver has them, which costs nothing to read."""
        self._types = tuple((column.name, column.type) for column in columns)
        self._make, self._most = make, most
        self._kept: dict[Any, tuple[Sequence[Any], Made]] = {}

    def find(self, row: Sequence[Any]) -> Made:
        """What is made of this row, which was read just now; as it was made before, where it was the same row then."""
        kept = self._kept.get(row[0])
        if kept is not None and kept[0] == row:
            return kept[1]
        made = self._build(row)
        if len(self._kept) >= self._most:
            self._kept.clear()
        self._kept[row[0]] = row, made
        return made

    def _build(self, row: Sequence[Any]) -> Made:
        """What is made of this row, made anew."""
        dialect, values = current_engine().dialect, {}
        for (name, kind), value in zip(self._types, row, strict=True):
            if isinstance(kind, JSON):
                values[name] = None if value is None else json.loads(value)
            else:
                read = kind.dialect_impl(dialect).result_processor(dialect, None)
                values[name] = value if read is None else read(value)
        return self._make(values)


def _as_it_lies(column: Column[Any]) -> ColumnElement[Any]:
    """The column without what its type makes of the driver's values. JSON as its text: of that, equal means the same."""
    raw: ColumnElement[Any] = cast(column, Text) if isinstance(column.type, JSON) else type_coerce(column, NullType())
    return raw.label(column.name)
