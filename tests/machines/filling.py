"""Rows for a schema that no model describes any more: each column gets something of its type."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

_BY_TYPE = {
    "bigint": "g",
    "integer": "1",
    "smallint": "1",
    "boolean": "false",
    "date": "date '1990-01-01'",
    "timestamp with time zone": "now()",
    "json": "'{}'",
    "bytea": "decode(md5({column} || g::text) || md5(g::text), 'hex')",
}


def fill(connection: psycopg.Connection[Any], table: str, rows: int, **given: str) -> None:
    """So many rows, numbered from 1 as `g`; what is `given` is SQL, what may be left out is left out."""
    columns = connection.execute(
        "SELECT column_name, data_type, coalesce(character_maximum_length, 32) FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_nullable = 'NO' AND column_default IS NULL",
        (table,),
    ).fetchall()
    values = {name: _value(name, kind, longest) for name, kind, longest in columns} | given
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM generate_series(1, {}) AS g").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ".join(values.values())),  # type: ignore[arg-type]
            sql.Literal(rows),
        )
    )


def _value(name: str, kind: str, longest: int) -> str:
    if kind in _BY_TYPE:
        return _BY_TYPE[kind].replace("{column}", f"'{name}'")
    return (
        f"left(lpad(g::text, 10, '0') || md5('{name}' || g::text), {longest})"
        if longest > 10
        else f"left(lpad(g::text, {longest}, '0'), {longest})"
    )
