"""Who waits for whom in PostgreSQL: how many sessions of the service's database wait for a lock, looked at ten times a second
from a connection of its own. SQLite has one lock, for which a transaction waits where it begins: eid.server_timing tells of that.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from eid.connecting import sqlalchemy_url
from eid.errors import Unavailable

PERIOD = 0.1
"""Seconds between two looks."""
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() "
    "AND pid <> pg_backend_pid()"
)
_PROCESS = text("SELECT pg_backend_pid()")


class LockWatch:
    """Looks in the background within its `with` block. Raises Unavailable where the database is not PostgreSQL or does not
    answer."""

    def __init__(self, database_url: str) -> None:
        if make_url(database_url).get_backend_name() != "postgresql":
            raise Unavailable("locks_unknown", "Only PostgreSQL says who waits for a lock.")
        engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._connection = _connect(engine)
        self.process = int(self._connection.execute(_PROCESS).scalar_one())
        """Of our own session in the database server."""
        self._looks: list[int] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._connection.close()

    def take_mean(self) -> float | None:
        """How many sessions waited on average since the last call; None where nobody could look."""
        looks, self._looks = self._looks, []
        return sum(looks) / len(looks) if looks else None

    def _look(self) -> None:
        while not self._ended.wait(PERIOD):
            try:
                self._looks.append(int(self._connection.execute(_WAITING).scalar_one()))
            except SQLAlchemyError:
                return  # the database is gone; from now on nothing is known, which is what take_mean says


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except SQLAlchemyError as error:
        raise Unavailable(
            "locks_unknown", "The database does not let us see who waits for a lock.", reason=type(error).__name__
        ) from error
