"""Changing a schema while others work on it (PostgreSQL): expand, backfill, contract, in transactions that hold nothing for long.

A step waits half a second for its lock, because whoever comes behind it waits as well; then it lets everybody pass and tries
again. A migration runs in a transaction of its own, so that what is done is done, and the next try goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

LOCK_TIMEOUT = "SET LOCAL lock_timeout = '500ms'"
TRIES = 240
PAUSE_SECONDS = 0.25
ROWS_AT_ONCE = 1000
"""Rows that are copied in one transaction: for so long nobody else may change them."""
ONLINE = "online"
"""The attribute of Alembic's configuration that says so: the caller has no transaction open."""

_LET_OTHERS_PASS = ("55P03", "40P01")
"""Lock not available, deadlock."""

Result = TypeVar("Result")


def try_again(attempt: Callable[[], Result], *, undo: Callable[[], None] = lambda: None) -> Result:
    """What an attempt gives that has its locks in time; many are made, each undone. Raises what the last of them raised."""
    for left in reversed(range(TRIES)):
        try:
            return attempt()
        except DBAPIError as error:
            undo()
            if left == 0 or getattr(error.orig, "sqlstate", "") not in _LET_OTHERS_PASS:
                raise
            time.sleep(PAUSE_SECONDS)
    raise AssertionError("there is always a last try")


class Steps:
    """The steps of one migration. Where its caller has a transaction open, all of them are of that one, and hold their locks."""

    def __init__(self, connection: Connection, *, are_online: bool) -> None:
        self.connection = connection
        self.are_online = are_online

    def run(self, *statements: str) -> None:
        """All of these or none, as soon as their locks are free."""
        self._in_transaction(lambda: [self.connection.execute(text(statement)) for statement in statements])

    def run_concurrently(self, statement: str) -> None:
        """One that PostgreSQL does beside other transactions, and so not within one: `{CONCURRENTLY}` stands where it says so."""
        word = "CONCURRENTLY" if self.are_online else ""
        statement = statement.replace("{CONCURRENTLY}", word)
        if self.are_online:
            try_again(lambda: self.connection.execute(text(statement)))
        else:
            self.connection.execute(text(statement))

    def ask(self, question: str, **values: object) -> Any:
        return self.connection.execute(text(question), values).scalar()

    def copy_rows(self, table: str, target: str, columns: Sequence[str]) -> None:
        """Afterwards the rows of a table are in the other one as well, by `id`, those left alone that were there before.

        What is copied is held until it is there, so that a trigger that follows changes finds them in one place or in both.
        """
        names = ", ".join(columns)
        copying = (
            f"WITH chunk AS MATERIALIZED (SELECT {names} FROM {table} WHERE id > :after ORDER BY id LIMIT {ROWS_AT_ONCE}"  # noqa: S608
            f" FOR SHARE), copied AS (INSERT INTO {target} ({names}) SELECT {names} FROM chunk ON CONFLICT DO NOTHING)"
            " SELECT max(id) FROM chunk"
        )
        self.run_in_chunks(copying)

    def run_in_chunks(self, statement: str) -> None:
        """Afterwards a statement has done its work for all rows: each time for the next ROWS_AT_ONCE after id `:after`.

        It gives the last of their ids. Each time is a transaction of its own; interrupted, it begins anew.
        """
        after: int | None = 0
        while after is not None:
            values = {"after": after}
            after = self._in_transaction(lambda values=values: self.ask(statement, **values))  # type: ignore[misc]

    def _in_transaction(self, work: Callable[[], Result]) -> Result:
        if not self.are_online:
            return work()

        def attempt() -> Result:
            self.connection.execute(text("BEGIN"))
            try:
                self.connection.execute(text(LOCK_TIMEOUT))
                result = work()
            except DBAPIError:
                self.connection.execute(text("ROLLBACK"))
                raise
            self.connection.execute(text("COMMIT"))
            return result

        return try_again(attempt)


@contextmanager
def open_steps(context: MigrationContext) -> Iterator[Steps]:
    """The steps of the migration that runs; what it did before them is committed first."""
    assert context.config is not None and context.connection is not None
    if not context.config.attributes.get(ONLINE, False):
        yield Steps(context.connection, are_online=False)
        return
    with context.autocommit_block():
        yield Steps(context.connection, are_online=True)


def wait_for_locks_briefly(connection: Connection) -> None:
    """At the beginning of a transaction."""
    raw: Any = connection.connection.driver_connection
    if not raw.autocommit:
        connection.exec_driver_sql(LOCK_TIMEOUT)
