"""Many rows at once by the engine's own bulk path: COPY on PostgreSQL, executemany on SQLite. In the session's transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, cast

from sqlalchemy import Table, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from eid.db import Base, db
from eid.population.copy_text import build_copy_text

SORT_MEMORY_MB = 64
"""What the database may use to sort for an index; SQLite keeps as many pages while a table is filled."""


def record_columns(table: str, columns: Mapping[str, Sequence[Any]]) -> None:
    """Add the rows without commit; values are as the columns take them as text, dates in ISO 8601."""
    connection = db.session.connection()
    names = ", ".join(columns)
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            copy.write(build_copy_text(list(columns.values())))
    else:
        marks = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names are ours
        raw.executemany(insert, zip(*columns.values(), strict=True))


def lock_table(table: str) -> None:
    """Until the transaction ends nobody else writes to the table. SQLite's transactions hold that lock from the start."""
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


@contextmanager
def indexes_built_afterwards(model: type[Base]) -> Iterator[None]:
    """Within, the table has no secondary indexes; after, it has them, built in one go, and its statistics.

    All of that is part of the session's transaction: one that is cut off leaves the table as it was. On PostgreSQL foreign
    keys are checked afterwards too, for all rows at once, and whoever reads the table waits for the transaction's end.
    """
    table, connection = cast(Table, model.__table__), db.session.connection()
    keys = table.foreign_key_constraints if connection.dialect.name == "postgresql" else set()
    for key in keys:
        connection.execute(DropConstraint(key))
    for index in table.indexes:
        index.drop(connection)
    with _room_to_sort():
        yield
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection)
        for key in keys:
            connection.execute(AddConstraint(key))
    connection.execute(text(f"ANALYZE {table.name}"))


@contextmanager
def _room_to_sort() -> Iterator[None]:
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL maintenance_work_mem = '{SORT_MEMORY_MB}MB'"))
        yield
        return
    before = connection.scalar(text("PRAGMA cache_size"))
    connection.execute(text(f"PRAGMA cache_size = {-1024 * SORT_MEMORY_MB}"))
    try:
        yield
    finally:
        connection.execute(text(f"PRAGMA cache_size = {before}"))


def settle_tables(*models: type[Base]) -> None:
    """After the commit of a large transaction that filled these tables.

    SQLite's log of it does not stay on the disk, unless somebody reads from it. PostgreSQL knows of each page that everybody
    may see its rows, so that an index alone answers; it would find that out by itself some minutes later.
    """
    if db.engine.dialect.name == "sqlite":
        with closing(db.engine.raw_connection()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for model in models:
            connection.execute(text(f"VACUUM {model.__tablename__}"))
