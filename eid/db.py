"""The database: engine, session, naming of constraints, the UTC column type, whether the schema is this version's.

SQLite (WAL, foreign keys on) is the embedded default, PostgreSQL the other; both see the same models.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, Integer, MetaData, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, sessionmaker
from sqlalchemy.types import TypeDecorator

from eid.errors import Unavailable
from eid.lazily import Later
from eid.prepared import Found, Prepared
from eid.revisions import find_revision, newest_revision
from eid.transactions import ServiceSession, Sessions, is_heard, register_sessions

if TYPE_CHECKING:
    from eid import lean_cursor, upgrading
else:
    lean_cursor = Later("eid.lean_cursor")
    upgrading = Later("eid.upgrading")

View = TypeVar("View", bound=Callable[..., Any])


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"class_": ServiceSession, "join_transaction_mode": "control_fully"})
sessions = Sessions(cast("sessionmaker[ServiceSession]", db.session.session_factory), db.session.registry.scopefunc)
"""`db.session`, with what only `run` asks of it."""
db.session = sessions  # type: ignore[assignment]
register_sessions(sessions)

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit surrogate key that the database hands out; SQLite does that for INTEGER only."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC, on both databases; a naive one is refused.

    SQLite keeps text, written and read here by one call of a C function each.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _write_text if dialect.name == "sqlite" else _write_time

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return _read_text if dialect.name == "sqlite" else _read_time


def _write_time(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a time without a zone is not a time")
    return value.astimezone(UTC)


def _write_text(value: datetime | None) -> str | None:
    written = _write_time(value)
    return None if written is None else written.replace(tzinfo=None).isoformat(" ", "microseconds")


def _read_time(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


def _read_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def writes(view: View) -> View:
    """Mark a GET view that writes, so that SQLite takes its write lock at the start and not in the middle."""
    view.writes = True  # type: ignore[attr-defined]
    return view


def insert_unless_present(model: type[Base], **values: Any) -> bool:
    """Afterwards there is a row with this key: this one (True), or the one that was there before. Never fails for being
    second."""
    dialects = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    insert: Any = dialects[db.session.get_bind().dialect.name]
    table = model.__table__
    inserting = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return db.session.execute(inserting).first() is not None


def table_of(model: type[Base]) -> Table:
    """The table that a model is of, for statements that make no models."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def run(statement: Prepared, given: Mapping[str, Any]) -> Found:
    """A prepared statement with its parameters, within the transaction under way, or in one that begins with it.

    What every sign-in asks is run so. Changes to models that were not flushed are not seen by it.
    """
    transaction = sessions.current_transaction()
    if is_heard(transaction.engine):
        return cast(Found, sessions.connection().execute(statement.statement, given))
    return statement.run(transaction, given)


def run_each(statement: Prepared, given: Sequence[Mapping[str, Any]]) -> None:
    """As `run` for each of these parameters, of which there is one at least."""
    transaction = sessions.current_transaction()
    if len(given) == 1:
        run(statement, given[0])
    elif is_heard(transaction.engine):
        sessions.connection().execute(statement.statement, given)
    else:
        statement.run_each(transaction, given)


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        lean_cursor.read_json_straight(connection)
        return
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "do_connect")
def _connect_with_lean_cursors(dialect: Dialect, _record: Any, _args: Any, given: dict[str, Any]) -> None:
    if dialect.driver == "psycopg":
        given.setdefault("cursor_factory", lean_cursor.LeanCursor)


def upgrade_schema() -> None:
    """Afterwards the database has the schema of this version, its data kept. On PostgreSQL others may work on meanwhile."""
    with db.engine.connect() as connection:
        upgrading.upgrade(connection)


def current_engine() -> Engine:
    """The engine of the running application, for whoever listens to it."""
    return db.engine


def close_database() -> None:
    """Every connection of this process is closed, what was not committed forgotten."""
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()


def check_database() -> None:
    """Raise Unavailable unless the database answers and has exactly the schema of this version."""
    try:
        with db.engine.connect() as connection:
            found = find_revision(connection)
    except SQLAlchemyError as error:
        raise Unavailable(
            "database_unavailable", "The database does not answer.", reason=type(error).__name__
        ) from error
    newest = newest_revision()
    if found != newest:
        raise Unavailable(
            "schema_outdated", "The database needs `eid db upgrade` first.", reason=f"{found} instead of {newest}"
        )
