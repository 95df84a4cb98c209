"""Transactions: whoever first asks the database something begins one, and the session joins it when a model is asked for.

An app context has one at a time, of the session or of prepared statements alone (eid.prepared). `db.session` commits it, rolls
it back, or forgets it, whichever it is: most of what a sign-in asks makes no models, and a session would cost more than the
statements themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, cast

from flask import has_request_context
from flask.globals import app_ctx
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.orm import SessionTransaction, scoped_session
from sqlalchemy.pool import PoolProxiedConnection

from eid.connecting import PREPARES
from eid.flask_context import current_context
from eid.lazily import Later
from eid.timing import Layer, spends

if TYPE_CHECKING:
    from eid import direct_connection
else:
    direct_connection = Later("eid.direct_connection")

_current_context = app_ctx._get_current_object  # type: ignore[attr-defined]
_OPEN = "eid.transaction"
"""In the app context: the transaction under way that no session has joined."""


class Transaction:
    """A transaction on one connection: `driver` is that of sqlite3 or psycopg, `direct` psycopg's by libpq's own calls."""

    __slots__ = ("_connection", "_pooled", "dialect", "direct", "driver", "engine")

    def __init__(self, engine: Engine, pooled: PoolProxiedConnection, connection: Connection | None = None) -> None:
        self.engine, self.dialect = engine, engine.dialect
        self.driver: Any = pooled.driver_connection
        self.direct: Any = None if self.dialect.name == "sqlite" else _find_direct(engine, pooled)
        self._pooled, self._connection = pooled, connection

    def begin(self) -> None:
        """Raises SQLAlchemy's error."""
        if self.direct is None:
            _begin_sqlite(self.driver)
        else:
            self._ask_directly(self.direct.begin, "BEGIN")

    def join(self) -> Connection:
        """The connection as SQLAlchemy has it, in this transaction: whoever joins ends both."""
        if self.direct is not None:
            self._ask_directly(self.direct.plan_by_values, "SET")
        self._connection = Connection(self.engine, self._pooled)
        self._connection.begin()
        return self._connection

    @spends(Layer.DATABASE)
    def commit(self) -> None:
        """Raises SQLAlchemy's error, after which it can only be rolled back."""
        self._ask_directly((self.direct or self.driver).commit, "COMMIT")
        self._pooled.close()

    def roll_back(self) -> None:
        """Its connection is the pool's again. What was not committed is forgotten, also where nobody can be asked for that."""
        if self._pooled.is_valid:
            try:
                (self.direct or self.driver).rollback()
            except self.dialect.loaded_dbapi.Error as error:
                self._pooled.invalidate(error)
                return
            self._pooled.close()

    def _ask_directly(self, ask: Callable[[], None], text: str) -> None:
        try:
            ask()
        except self.dialect.loaded_dbapi.Error as error:
            raise self.translate(error, text) from error

    def translate(self, error: Any, text: str) -> SQLAlchemyError:
        """The driver's error as SQLAlchemy raises it; a connection that is lost is not used again."""
        is_lost = self.dialect.is_disconnect(error, self._pooled.dbapi_connection, None)
        translated = _translate(error, self.dialect, text, is_lost=is_lost)
        if is_lost:
            (self._connection or self._pooled).invalidate(error)
            self.driver = self.direct = _Lost()
        return translated


class _Lost:
    """In the place of a connection that is lost: what was written on it before is lost, too, so nothing may follow."""

    def __getattr__(self, _name: str) -> NoReturn:
        raise PendingRollbackError("The connection is lost; the transaction can only be rolled back.")


class ServiceSession(Session):
    """A session that takes over the transaction under way as its own begins, and knows it while it lasts."""

    _known: tuple[SessionTransaction | None, Transaction | None] = (None, None)
    _joined: Connection | None = None

    def current_transaction(self) -> Transaction:
        """That of the session, which begins with this if there is none; a savepoint is set by whoever is first within it."""
        of_session, known = self._known
        if known is None or of_session is not (self.get_nested_transaction() or self.get_transaction()):
            connection = self.connection()
            known = Transaction(connection.engine, connection.connection, connection)
            self._known = self.get_nested_transaction() or self.get_transaction(), known
        return known

    def take_over(self, transaction: Transaction) -> None:
        """What comes next on this transaction is the session's, which ends it."""
        self._joined = transaction.join()
        self.connection(bind_arguments={"bind": self._joined})
        self._known = self.get_transaction(), transaction

    def give_back(self) -> None:
        """The connection that was taken over is the pool's again."""
        joined, self._joined = self._joined, None
        if joined is not None:
            joined.close()


class Sessions(scoped_session[ServiceSession]):
    """The session of an app context, made when it is asked for, and the transaction under way without one."""

    def current_transaction(self) -> Transaction:
        """The one under way, of the session or without one; begun by this if there is none. Raises SQLAlchemy's errors."""
        context = _current_context()
        transaction: Transaction | None = context.g.get(_OPEN)
        if transaction is not None:
            return transaction
        engine: Engine = context.app.extensions["sqlalchemy"].engine
        if is_heard(engine) or (self.registry.has() and self.registry().in_transaction()):
            return self.registry().current_transaction()
        transaction = context.g.__dict__[_OPEN] = begin(engine)
        return transaction

    def commit(self) -> None:
        transaction: Transaction | None = _current_context().g.get(_OPEN)
        if transaction is None:
            super().commit()
            return
        transaction.commit()
        _take_open()

    def rollback(self) -> None:
        transaction = _take_open()
        if transaction is not None:
            transaction.roll_back()
        if self.registry.has():
            super().rollback()

    def remove(self) -> None:
        transaction = _take_open()
        if transaction is not None:
            transaction.roll_back()
        super().remove()


def begin(engine: Engine) -> Transaction:
    """A transaction on a connection from the pool. Raises SQLAlchemy's errors."""
    try:
        pooled = engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise _translate(
            error, engine.dialect, None, is_lost=engine.dialect.is_disconnect(error, None, None)
        ) from error
    transaction = Transaction(engine, pooled)
    try:
        transaction.begin()
    except SQLAlchemyError:
        transaction.roll_back()
        raise
    return transaction


def _find_direct(engine: Engine, pooled: PoolProxiedConnection) -> Any:
    """Of an engine that says nothing of it, nobody knows whether what is prepared would be there again."""
    prepares = engine.get_execution_options().get(PREPARES, False)
    return direct_connection.find_direct_connection(pooled, prepares=prepares)


def is_heard(engine: Engine) -> bool:
    """Whether somebody listens to what the engine is asked, who hears only what goes through SQLAlchemy."""
    return bool(engine.dispatch.before_cursor_execute)


def only_reads() -> bool:
    """Whether this is a request that writes nothing: GET or HEAD, for a view that does not say `writes`."""
    if not has_request_context():
        return False
    context = current_context()
    if context.request.method not in ("GET", "HEAD"):
        return False
    view = context.app.view_functions.get(context.request.endpoint or "")
    return not getattr(view, "writes", False)


def register_sessions(sessions: Sessions) -> None:
    """From now on their transactions begin and end with those under way."""
    event.listen(sessions, "after_transaction_create", _take_over)
    event.listen(sessions, "after_transaction_end", _give_back)


def _take_over(session: ServiceSession, of_session: SessionTransaction) -> None:
    """A session of another app context than this one takes over nothing."""
    context = _current_context()
    if of_session.parent is None and _OPEN in context.g and context.app.extensions["sqlalchemy"].session() is session:
        session.take_over(context.g.get(_OPEN))
        _take_open()


def _give_back(session: ServiceSession, of_session: SessionTransaction) -> None:
    if of_session.parent is None:
        session.give_back()


@event.listens_for(Engine, "begin")
def _begin_of_connection(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection) and not driver.in_transaction:
        _begin_sqlite(driver)


@spends(Layer.LOCK)
def _begin_sqlite(driver: sqlite3.Connection) -> None:
    """A SQLite transaction that reads first and writes later fails at once when another one wrote in between.

    So a transaction takes the write lock at its start, unless it belongs to a request that only reads.
    """
    statement = "BEGIN" if only_reads() else "BEGIN IMMEDIATE"
    try:
        driver.execute(statement)
    except sqlite3.Error as error:
        raise OperationalError(statement, None, error) from error  # as SQLAlchemy says of any other statement


def _take_open() -> Transaction | None:
    transaction: Transaction | None = _current_context().g.pop(_OPEN, None)
    return transaction


def _translate(error: Any, dialect: Dialect, text: str | None, *, is_lost: bool) -> SQLAlchemyError:
    translated = DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
    return cast(SQLAlchemyError, translated)
