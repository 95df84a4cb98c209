"""Prepared statements on PostgreSQL: straight to libpq, as SQLAlchemy compiles them for places that are numbered ($1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from eid.prepared import Found, Plan

if TYPE_CHECKING:
    from eid.transactions import Transaction


class PostgresqlPlan(Plan):
    def find_compiling_dialect(self, dialect: Dialect) -> Dialect:
        return PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]

    def find_writer(self, kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
        """JSON is written here, and not by psycopg, which would be given a wrapper for it."""
        return JSON.bind_processor(kind, dialect) if isinstance(kind, JSON) else kind.bind_processor(dialect)  # type: ignore[no-untyped-call]

    @cached_property
    def _octets(self) -> bytes:
        return self.text.encode()

    def run(self, transaction: Transaction, parameters: Sequence[Any]) -> Found:
        direct = transaction.direct
        result = direct.execute(self._octets, parameters)
        rows = direct.read(result, self.make) if self.brings_rows else ()
        return Found(rows, result.command_tuples or 0)

    def run_each(self, transaction: Transaction, several: Sequence[Sequence[Any]]) -> None:
        transaction.direct.execute_each(self._octets, several)
