"""PostgreSQL by libpq's own calls, on a connection of psycopg: a prepared statement costs a quarter of what a cursor takes.

Values and rows are psycopg's still, by its adapters; so are errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from psycopg import Connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import OperationalError, error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy.pool import PoolProxiedConnection

_KEPT = "eid.direct_connection"
MOST_AT_ONCE = 32
_IN_ORDER = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class DirectConnection:
    """Beside a connection of psycopg for as long as that lasts; its statements are as many as the service has written down."""

    def __init__(self, driver: Connection[Any], *, prepares: bool) -> None:
        self._pgconn, self._prepares = driver.pgconn, prepares
        self._transformer = Transformer(driver)
        self._names: dict[bytes, bytes] = {}

    def begin(self) -> None:
        self._check(self._pgconn.exec_(b"BEGIN"))

    def commit(self) -> None:
        self._check(self._pgconn.exec_(b"COMMIT"))

    def rollback(self) -> None:
        self._check(self._pgconn.exec_(b"ROLLBACK"))

    def execute(self, text: bytes, parameters: Sequence[Any]) -> PGresult:
        """What the server answers to this statement, whose parameters are $1 and so on. Raises psycopg.Error."""
        values = self._dump(parameters)
        if self._prepares:
            return self._check(self._pgconn.exec_prepared(self._names.get(text) or self._prepare(text), values))
        return self._check(self._pgconn.exec_params(text, values))

    def execute_each(self, text: bytes, several: Sequence[Sequence[Any]]) -> None:
        """The statement for each of these parameters, a few dozen at once, by one trip to the server (libpq's pipeline mode).

        More are sent by parts: what the server answers meanwhile must find room on its way. Raises psycopg.Error.
        """
        name = self._names.get(text) or self._prepare(text) if self._prepares else None
        for first in range(0, len(several), MOST_AT_ONCE):
            self._pgconn.enter_pipeline_mode()
            try:
                for parameters in several[first : first + MOST_AT_ONCE]:
                    self._send(name, text, self._dump(parameters))
                self._pgconn.pipeline_sync()
                answers = self._read_until_synchronised()
            finally:
                self._pgconn.exit_pipeline_mode()
            for answer in answers:
                self._check(answer)

    def read(self, result: PGresult, make: Callable[[Sequence[Any]], Any]) -> list[Any]:
        """All rows, each made by `make` of its values."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, make)

    def _dump(self, parameters: Sequence[Any]) -> Sequence[Any]:
        return self._transformer.dump_sequence(parameters, (PyFormat.TEXT,) * len(parameters))

    def _prepare(self, text: bytes) -> bytes:
        name = f"eid_{len(self._names)}".encode()
        self._check(self._pgconn.prepare(name, text))
        self._names[text] = name
        return name

    def _send(self, name: bytes | None, text: bytes, values: Sequence[Any]) -> None:
        if name is None:
            self._pgconn.send_query_params(text, values)
        else:
            self._pgconn.send_query_prepared(name, values)

    def _read_until_synchronised(self) -> list[PGresult]:
        """The first that went wrong is followed by others that were not tried."""
        answers = []
        while self._pgconn.status == ConnStatus.OK:
            answer = self._pgconn.get_result()  # nothing, between two answers
            if answer is not None and answer.status == ExecStatus.PIPELINE_SYNC:
                break
            if answer is not None:
                answers.append(answer)
        return answers

    def _check(self, result: PGresult) -> PGresult:
        if result.status in _IN_ORDER:
            return result
        error = error_from_result(result, encoding="utf-8")
        if error.sqlstate is None and self._pgconn.status == ConnStatus.BAD:  # nobody answered
            raise OperationalError(str(error))
        raise error


def find_direct_connection(pooled: PoolProxiedConnection, *, prepares: bool) -> DirectConnection:
    """The one beside this connection of the pool. `prepares`: whether what it prepared is there the next time."""
    known: DirectConnection | None = pooled.info.get(_KEPT)
    if known is None:
        known = pooled.info[_KEPT] = DirectConnection(
            cast("Connection[Any]", pooled.driver_connection), prepares=prepares
        )
    return known
