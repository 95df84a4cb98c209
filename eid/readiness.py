"""Whether this process can serve just now: the database takes a write and has this version's schema, the keys are there, the
disk has room. Each look has a time limit, and that all is well is kept for a moment, so that asking often costs nothing.
Says no secret.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from eid.clock import wall_now
from eid.config import Settings
from eid.db import db
from eid.errors import Refusal, Unavailable
from eid.keystore import Keystore
from eid.revisions import find_revision, newest_revision

EXTENSION = "eid.readiness"
LIMIT = timedelta(seconds=2)
"""How long a look may take; what takes longer is as good as broken to whoever waits for an answer."""
KEPT = timedelta(seconds=1)
"""How long it is told again that all was well."""
LEAST_FREE = 64 * 1024 * 1024
"""Bytes that must be free where the state is: less is filled by a moment's logs."""


class Look:
    """One thing that is looked at, by one thread at a time: where a look hangs, no second one is begun."""

    def __init__(self, name: str, check: Callable[[], None], *, limit: timedelta = LIMIT) -> None:
        """`check` returns, or raises a Refusal or an error that means the same."""
        self.name = name
        self._check = check
        self._limit = limit.total_seconds()
        self._lock = Lock()
        self._ended = Event()
        self._ended.set()
        self._found: Refusal | None = None
        self._found_at: datetime | None = None

    def find_fault(self) -> Refusal | None:
        """What is wrong with it now, or was a moment ago; None where nothing is."""
        with self._lock:
            if self._ended.is_set() and not self._is_fresh():
                self._ended.clear()
                Thread(target=self._look, name=f"readiness of {self.name}", daemon=True).start()
        if not self._ended.wait(self._limit):
            return Unavailable(
                f"{self.name}_slow", "A part that this needs takes too long to answer.", reason=self.name
            )
        return self._found

    def _is_fresh(self) -> bool:
        """A fault is not kept: whoever asks after it was mended is told so."""
        if self._found is not None or self._found_at is None:
            return False
        return timedelta() <= wall_now() - self._found_at < KEPT

    def _look(self) -> None:
        found: Refusal | None = self._unavailable()
        try:
            self._check()
            found = None
        except Refusal as refusal:
            found = refusal
        except (SQLAlchemyError, OSError) as error:
            found = self._unavailable(reason=type(error).__name__)
        finally:
            self._found, self._found_at = found, wall_now()
            self._ended.set()

    def _unavailable(self, *, reason: str = "") -> Unavailable:
        return Unavailable(f"{self.name}_unavailable", "A part that this needs does not answer.", reason=reason)


class Readiness:
    """All looks of one process."""

    def __init__(
        self, settings: Settings, keystore: Keystore, context: Callable[[], AbstractContextManager[object]]
    ) -> None:
        def look_at_database() -> None:
            with context():
                check_writable()

        self.looks = (
            Look("database", look_at_database),
            Look("keys", lambda: check_keys(keystore)),
            Look("disk", lambda: check_disk(settings.state_dir)),
        )

    def find_faults(self) -> dict[str, Refusal | None]:
        """Each thing by name, and what is wrong with it."""
        return {look.name: look.find_fault() for look in self.looks}


def check_writable() -> None:
    """Raise Unavailable unless the database has exactly this version's schema and takes a write: on PostgreSQL a message of no
    consequence in its log, confirmed as every commit is, by the synchronous replica too; on SQLite its write lock.

    Raises SQLAlchemyError where it does not answer.
    """
    with db.engine.begin() as connection:
        found = find_revision(connection)
        if found != newest_revision():
            raise Unavailable("schema_outdated", "The database needs `eid db upgrade` first.", reason=f"{found}")
        _write_nothing(connection)


def _write_nothing(connection: Connection) -> None:
    """SQLite's transactions outside of a request begin with the write lock (eid.db)."""
    if connection.dialect.name != "postgresql":
        return
    closed = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"
    if connection.execute(text(closed)).scalar():
        raise Unavailable("database_read_only", "The database takes no writes just now.")
    connection.execute(text("SELECT pg_logical_emit_message(true, 'eid.ready', '')"))


def check_keys(keystore: Keystore) -> None:
    """Raise Unavailable (key_missing) where a key's file is not there and none may be made."""
    missing = [] if keystore.may_create else keystore.list_missing()
    if missing:
        raise Unavailable(
            "key_missing", "The service lacks a key; its operator must provide one.", reason=", ".join(missing)
        )


def check_disk(folder: Path, *, least: int = LEAST_FREE) -> None:
    """Raise Unavailable (disk_full) unless `least` bytes are free where the folder is. Raises OSError where it is not there."""
    if shutil.disk_usage(folder).free < least:
        raise Unavailable("disk_full", "The service's disk is full.", reason=str(folder))
