"""How a process connects to its databases: drivers' URLs, what libpq is told, how many connections are kept. Pure.

Also which of the database's failures pass by themselves, so that whoever asked can be told to ask again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from eid.errors import Unavailable
from eid.json_writing import make_writer

TRANSACTION = "transaction"
"""What EID_DATABASE_POOLER says where a pooler lends connections for a transaction at a time."""

PREPARES = "eid_prepares"
"""An execution option of an engine: whether a statement that was prepared on a connection is found there again."""

NOTICE_A_DEAD_HOST = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""What libpq does not do by itself: a host that vanished without a word would be waited for until the kernel gives up, which
takes it a quarter of an hour. Seconds, but for the last, in milliseconds."""

UNAVAILABILITIES = ("database_busy", "database_unavailable")
"""Codes of what find_unavailability finds."""
RETRY_SECONDS = 1

_write = make_writer()


def write_json(value: Any) -> str:
    """What is to stand in a column. A function of the module: psycopg keeps what it is given for ever, and warns of closures."""
    return _write(value)


USUAL: dict[str, Any] = {
    # An error that ends in the log bears its statement and not the values: those are PINs, names and digests of tokens.
    "hide_parameters": True,
    "json_serializer": write_json,
}
LAST_FIRST = {"pool_use_lifo": True}
"""The connection that was used last is lent first: what it has read of the database is still at hand, on both sides."""

PASSING = ("08", "40", "53", "57", "55P03", "25006")
"""Classes of SQLSTATE that end by themselves: connection lost, rolled back for another, out of a resource, stopped by an
operator, lock not available; and a server that turned into a replica while we held on to it."""


WITHOUT_A_SERVER = ("OperationalError", "ConnectionTimeout", "InterfaceError", "InternalError")
"""What psycopg raises without an SQLSTATE: nobody answered, or what came was no answer, such as a pooler's farewell after the
server's last word ("received 2 results")."""


def sqlalchemy_url(database_url: str) -> str:
    """The URL with the driver that we use: psycopg 3 for PostgreSQL. A SQLite file is sought from the working folder.

    Flask-SQLAlchemy would seek it from a folder of its own, instance/, which it makes.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    elif url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        url = url.set(database=str(Path(str(url.database)).absolute()))
    return url.render_as_string(hide_password=False)


def engine_options(database_url: str, *, pooler: str, pool_size: int, pool_timeout: int) -> dict[str, Any]:
    """What SQLAlchemy's engine of this URL is made with: at most `pool_size` connections, waited for `pool_timeout` seconds.

    psycopg prepares no statement: it forgets them all at each rollback, ours (eid.direct_connection) with them. Behind a pooler
    that lends connections by the transaction nor do we: a statement prepared in one would be sought in another. SQLite, a file,
    needs nothing of this.
    """
    url = make_url(database_url)
    if not is_postgresql(url):
        is_file = url.database not in (None, "", ":memory:")
        return USUAL | {"json_deserializer": read_json} | (LAST_FIRST if is_file else {})
    connect_args: dict[str, Any] = {name: value for name, value in NOTICE_A_DEAD_HOST.items() if name not in url.query}
    return (
        USUAL
        | LAST_FIRST
        | {
            "connect_args": connect_args | {"prepare_threshold": None},
            "execution_options": {PREPARES: pooler != TRANSACTION},
            "pool_size": pool_size,
            "max_overflow": 0,
            "pool_timeout": pool_timeout,
        }
    )


_decode = json.JSONDecoder().raw_decode


def read_json(text: Any) -> Any:
    """What stands in a column, which nobody but the driver has written: there is nothing around it, and no other encoding.

    SQLite keeps a lone number as one.
    """
    if text == "[]":
        return []
    return _decode(text)[0] if isinstance(text, str) else text


def is_postgresql(url: URL) -> bool:
    return url.get_backend_name() == "postgresql"


def parse_server_urls(value: str) -> tuple[str, ...]:
    """URLs of PostgreSQL servers with commas between. Raises ValueError."""
    urls = tuple(part.strip() for part in value.split(",") if part.strip())
    for each in urls:
        try:
            if not is_postgresql(make_url(each)):
                raise ValueError("not a PostgreSQL server")
        except ArgumentError as error:
            raise ValueError("not a URL") from error
    return urls


def find_unavailability(error: SQLAlchemyError) -> Unavailable | None:
    """What to tell whoever met this failure, where it passes by itself; None where it is a fault of ours."""
    if isinstance(error, PoolTimeout):
        return Unavailable(
            "database_busy",
            "Too many ask at once; try again in a moment.",
            reason="pool is empty",
            retry_seconds=RETRY_SECONDS,
        )
    if isinstance(error, DBAPIError) and _passes(error):
        reason = f"{type(error.orig).__name__} {_sqlstate_of(error)}".strip()
        return Unavailable(
            "database_unavailable", "The database does not answer.", reason=reason, retry_seconds=RETRY_SECONDS
        )
    return None


def _passes(error: DBAPIError) -> bool:
    sqlstate = _sqlstate_of(error)
    if sqlstate:
        return sqlstate.startswith(PASSING)
    # psycopg has no SQLSTATE where no server spoke; SQLite has none at all, and says this where another writes for too long
    orig = error.orig
    module = type(orig).__module__.split(".")[0]
    if module == "psycopg":
        return type(orig).__name__ in WITHOUT_A_SERVER
    return module == "sqlite3" and "database is locked" in str(orig)


def _sqlstate_of(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""
