"""Columns as PostgreSQL's COPY reads them in text format (PostgreSQL manual, COPY, "Text Format"). Pure.

A whole block at a time, because a call for each row costs more than the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def build_copy_text(columns: Sequence[Sequence[Any]]) -> bytes:
    """One line a row, fields parted by tabs, None as \\N. Columns are of one length; values are str, int or None."""
    marked = [_mark_nulls(column) for column in columns]
    text = _join(marked)
    if _needs_escapes(text, columns):
        text = _join([_mark_nulls(_escape(column)) for column in columns])
    return text.encode()


def _join(columns: Sequence[Sequence[Any]]) -> str:
    line = "\t".join(["%s"] * len(columns)) + "\n"
    return "".join([line % row for row in zip(*columns, strict=True)])


def _mark_nulls(column: Sequence[Any]) -> Sequence[Any]:
    return ["\\N" if value is None else value for value in column] if None in column else column


def _needs_escapes(text: str, columns: Sequence[Sequence[Any]]) -> bool:
    """Whether a value holds one of the four signs, told by how often they are in the text: hardly ever, so it is asked once."""
    rows, nulls = len(columns[0]), sum(column.count(None) for column in columns)
    found = (text.count("\n"), text.count("\t"), text.count("\\"), text.count("\r"))
    return found != (rows, rows * (len(columns) - 1), nulls, 0)


def _escape(column: Sequence[Any]) -> list[Any]:
    return [value.translate(_ESCAPES) if isinstance(value, str) else value for value in column]
