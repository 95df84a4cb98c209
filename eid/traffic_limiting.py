"""Counting the requests of each address in the database, over all processes and machines.

A storage for Flask-Limiter's fixed windows. A count in the database for each request would cost more than many a request, so
a process takes a twentieth of the limit at once: a range of numbers that nobody else has. So never more are let through than the
limit says, and what a process does not use of its range is lost to the address for the rest of the window.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from flask import Blueprint, Flask
from flask_limiter import Limiter
from limits.storage import Storage
from sqlalchemy import delete, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import case, select

from eid.clock import wall_now
from eid.db import UtcDateTime, db
from eid.keystore import SecretUse, current_keystore
from eid.traffic import KEPT, AddressWindow, find_caller_address

SCHEME = "eid-database"
SHARE = 20
LARGEST_LEASE = 1000
MOST_LEASES = 10_000


def limit_addresses(app: Flask, limit: str, *, but: Blueprint) -> None:
    """From now on an address that asks more often than this is refused, except for the addresses of this blueprint."""
    app.config.update(RATELIMIT_STORAGE_URI=f"{SCHEME}://")
    Limiter(find_caller_address, app=app, default_limits=[limit]).exempt(but)


@dataclass
class _Lease:
    """Numbers that this process may give away: from `next` to `last`."""

    next: int
    last: int
    ends_at: datetime


class DatabaseStorage(Storage):
    """Counters of fixed windows. A window begins with an address's first request in it and ends for all processes alike."""

    STORAGE_SCHEME = [SCHEME]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._leases: dict[str, _Lease] = {}
        self._lock = Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """The number of this request in its window; it is let through where that is no larger than the limit."""
        now = wall_now()
        with self._lock:
            lease = self._leases.get(key)
            if lease is None or lease.ends_at <= now or lease.next + amount - 1 > lease.last:
                lease = self._keep(key, _take_lease(key, timedelta(seconds=expiry), amount, now))
            number = lease.next + amount - 1
            lease.next += amount
            return number

    def get(self, key: str) -> int:
        row = _find_window(key)
        return row.taken if row is not None else 0

    def get_expiry(self, key: str) -> float:
        row = _find_window(key)
        return (row.ends_at if row is not None else wall_now()).timestamp()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self._lock:
            self._leases.clear()
        with db.engine.begin() as connection:
            return connection.execute(delete(AddressWindow)).rowcount

    def clear(self, key: str) -> None:
        with self._lock:
            self._leases.pop(key, None)
        with db.engine.begin() as connection:
            connection.execute(delete(AddressWindow).where(AddressWindow.digest == _digest(key)))

    def _keep(self, key: str, lease: _Lease) -> _Lease:
        if len(self._leases) >= MOST_LEASES:
            self._leases.clear()
        self._leases[key] = lease
        return lease


def lease_of(key: str) -> int:
    """How many numbers to take at once; the library ends a key with the limit: requests, windows, unit."""
    allowed = key.split("/")[-3]
    return max(1, min(int(allowed) // SHARE, LARGEST_LEASE)) if allowed.isdigit() else 1


def _take_lease(key: str, length: timedelta, amount: int, now: datetime) -> _Lease:
    """The next numbers of the window under way, or the first of a new one; committed apart from the request."""
    size, table = max(amount, lease_of(key)), AddressWindow.__table__
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[db.engine.dialect.name]
    first = insert(table).values(digest=_digest(key), ends_at=now + length, taken=size)
    is_over = table.c.ends_at <= literal(now, UtcDateTime)
    taking = first.on_conflict_do_update(
        index_elements=["digest"],
        set_={
            "taken": case((is_over, size), else_=table.c.taken + size),
            "ends_at": case((is_over, first.excluded.ends_at), else_=table.c.ends_at),
        },
    ).returning(table.c.taken, table.c.ends_at)
    with db.engine.begin() as connection:
        taken, ends_at = connection.execute(taking).one()
        if taken == size:
            connection.execute(delete(AddressWindow).where(AddressWindow.ends_at < now - KEPT))
    return _Lease(taken - size + 1, taken, ends_at)


def _find_window(key: str) -> Any:
    with db.engine.connect() as connection:
        under_way = select(AddressWindow.taken, AddressWindow.ends_at).where(
            AddressWindow.digest == _digest(key), AddressWindow.ends_at > wall_now().astimezone(UTC)
        )
        return connection.execute(under_way).one_or_none()


def _digest(key: str) -> str:
    return hmac.new(current_keystore().find_secret(SecretUse.LOOKUPS), key.encode(), hashlib.sha256).hexdigest()
