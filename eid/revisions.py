"""Which schema this version needs and which one a database has: what every start asks, so without Alembic, which takes long to
load.

Migrations are files named by their revision, numbered in order; Alembic records in `alembic_version` which one came last.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

MIGRATIONS = Path(__file__).parent.parent / "migrations"

_RECORDED = table("alembic_version", column("version_num"))


@cache
def newest_revision() -> str:
    """The schema of this version."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def find_revision(connection: Connection) -> str | None:
    """The schema that this database has; None where it has none. Raises SQLAlchemyError where it does not answer, or has two."""
    if not inspect(connection).has_table(_RECORDED.name):
        return None
    return connection.execute(select(_RECORDED.c.version_num)).scalar_one_or_none()
