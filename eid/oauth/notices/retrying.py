"""How often, and for how long, something is told again to a service that does not answer. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LEASE = timedelta(minutes=2)
"""For how long a notice belongs to the process that took it; longer than any try can last."""

WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""After each try that failed; after the last of them it is tried once more, and given up."""

KEPT = timedelta(days=7)
"""For how long anything is kept that nobody took; then it is forgotten, delivered or not."""


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after so many tries; None where it is enough."""
    return now + WAITS[tries - 1] if tries <= len(WAITS) else None
