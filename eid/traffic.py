"""How many requests an address may make, counted in the database over all processes and machines (EID_RATE_LIMIT).

A storage for Flask-Limiter's fixed windows. A count in the database for each request would cost more than many a request, so
a process takes a twentieth of the limit at once: a range of numbers that nobody else has. So never more are let through than the
limit says, and what a process does not use of its range is lost to the address for the rest of the window.

An address is kept as a keyed digest, for an hour after its window.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from threading import Lock
from typing import Any

from flask import request
from limits.storage import Storage
from sqlalchemy import String, delete, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import case, select

from eid.clock import wall_now
from eid.config import current_settings
from eid.db import Base, UtcDateTime, db
from eid.keystore import SecretUse, current_keystore
from eid.retention.catalogue import Retention

SCHEME = "eid-database"
SHARE = 20
LARGEST_LEASE = 1000
MOST_LEASES = 10_000
KEPT = timedelta(hours=1)


class AddressWindow(Base):
    """How many requests of a limit the processes have taken for an address in its window under way."""

    __tablename__ = "address_windows"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed, of address and limit."""
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    taken: Mapped[int]


@dataclass
class _Lease:
    """Numbers that this process may give away: from `next` to `last`."""

    next: int
    last: int
    ends_at: datetime


def find_caller_address() -> str:
    """Whence this request came: the peer, or where a proxy of ours says that it had it from.

    Each proxy adds whom it was called by at the end of X-Forwarded-For, so the last address that no proxy of ours has is one that
    a proxy of ours has seen; what stands before it, anybody may have written.
    """
    peer = request.remote_addr or ""
    for named in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_proxy(peer) or not named.strip():
            break
        peer = named.strip()
    return peer[:64]


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


RETENTION = (Retention(AddressWindow.ends_at, KEPT, "Addresses stand there, as digests, for an hour."),)


def _find_window(key: str) -> Any:
    with db.engine.connect() as connection:
        under_way = select(AddressWindow.taken, AddressWindow.ends_at).where(
            AddressWindow.digest == _digest(key), AddressWindow.ends_at > wall_now().astimezone(UTC)
        )
        return connection.execute(under_way).one_or_none()


def _digest(key: str) -> str:
    return hmac.new(current_keystore().find_secret(SecretUse.LOOKUPS), key.encode(), hashlib.sha256).hexdigest()


def _is_proxy(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in current_settings().client_certificate_proxies)
