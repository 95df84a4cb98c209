"""psycopg as we use it: a cursor that describes its columns to whoever asks for one of them, and JSON read straight.

SQLAlchemy looks only whether a result has a description, and knows the columns of a statement that it has compiled before;
psycopg would make an object of each, which takes as long as all the rest of reading a short row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from psycopg import Column, Connection, Cursor
from psycopg.adapt import Loader

from eid.connecting import read_json


class DescribedLater(Sequence[Column]):
    """The description of a result, made when something of it is looked at; it is never empty, as SQLAlchemy asks by its truth."""

    def __init__(self, cursor: LeanCursor) -> None:
        self._cursor = cursor

    @overload
    def __getitem__(self, place: int) -> Column: ...
    @overload
    def __getitem__(self, place: slice) -> list[Column]: ...
    def __getitem__(self, place: int | slice) -> Column | list[Column]:
        return self._cursor.describe()[place]

    def __len__(self) -> int:
        return len(self._cursor.describe())

    def __bool__(self) -> bool:
        return True


class LeanCursor(Cursor[Any]):
    @property
    def description(self) -> Any:
        result = self.pgresult
        return DescribedLater(self) if result is not None and result.nfields else super().description

    def describe(self) -> list[Column]:
        """What psycopg says of the result."""
        return super().description or []


class LeanJson(Loader):
    """JSON as the server sends it, in the encoding of the connection, UTF-8; psycopg would look for its encoding first."""

    def load(self, data: Any) -> Any:
        return read_json(bytes(data).decode())


def read_json_straight(connection: Connection[Any]) -> None:
    for kind in ("json", "jsonb"):
        connection.adapters.register_loader(kind, LeanJson)
