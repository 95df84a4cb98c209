"""How much a client may ask for: requests a minute, sign-ins a day. Pure; eid.oauth.client_limits counts.

A window begins at a whole minute or day of UTC. Processes take their share of it in leases, so that most requests cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from threading import Lock

LARGEST_LEASE = 1000
_SHARE = 20
"""A lease is so small a part of a limit that what other processes have left of theirs hardly matters."""
MOST_LEASES = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Limit(StrEnum):
    REQUESTS = "requests"
    """A minute, at the token, pushed-request and introspection addresses together."""
    SIGN_INS = "sign_ins"
    """A day."""


WINDOWS = {Limit.REQUESTS: timedelta(minutes=1), Limit.SIGN_INS: timedelta(days=1)}
KEPT = {Limit.REQUESTS: timedelta(hours=1), Limit.SIGN_INS: timedelta(days=31)}
"""How long the count of a window that is over is kept."""


def window_of(limit: Limit, now: datetime) -> datetime:
    """When the window of this moment began."""
    return _EPOCH + (now - _EPOCH) // WINDOWS[limit] * WINDOWS[limit]


def lease_of(allowed: int) -> int:
    """How much of a limit a process takes at once."""
    return max(1, min(allowed // _SHARE, LARGEST_LEASE))


@dataclass
class _Lease:
    began_at: datetime
    left: int


class Leases:
    """What this process may still give away of each client's windows without asking the database."""

    def __init__(self) -> None:
        self._leases: dict[tuple[str, Limit], _Lease] = {}
        self._lock = Lock()

    def take(self, client_id: str, limit: Limit, began_at: datetime) -> bool | None:
        """Whether one was left of this window; None where nothing is known of it."""
        with self._lock:
            lease = self._leases.get((client_id, limit))
            if lease is None or lease.began_at != began_at:
                return None
            if lease.left > 0:
                lease.left -= 1
                return True
            return False if lease.left < 0 else None

    def keep(self, client_id: str, limit: Limit, began_at: datetime, left: int) -> None:
        """From now on so much is left; -1 where the whole window is used up, for everybody."""
        with self._lock:
            if len(self._leases) >= MOST_LEASES:
                self._leases.clear()
            self._leases[client_id, limit] = _Lease(began_at, left)
