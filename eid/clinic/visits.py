"""Visits under way: kept in this process's memory for a quarter of an hour, never in the browser."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eid.clinic.cards import CardVisit
from eid.clinic.papers import Paper

KEPT_FOR = 15 * 60
"""Seconds."""
MOST = 1000


@dataclass(frozen=True)
class Visit:
    patient: Mapping[str, Any]
    """The claims of the ID token and of userinfo."""
    papers: tuple[Paper, ...]
    checked: tuple[tuple[str, str], ...]
    """What was verified of the sign-in: (step, what was found)."""


class Visits:
    def __init__(self) -> None:
        self._visits: dict[str, tuple[float, Visit | CardVisit]] = {}
        self._lock = threading.Lock()

    def begin(self, visit: Visit | CardVisit) -> str:
        """The name under which the visit is found again."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._forget_old()
            self._visits[name] = time.monotonic(), visit
        return name

    def find(self, name: str) -> Visit | CardVisit | None:
        with self._lock:
            self._forget_old()
            return self._visits.get(name, (0.0, None))[1]

    def end(self, name: str) -> None:
        with self._lock:
            self._visits.pop(name, None)

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT_FOR
        for name in [name for name, (began_at, _visit) in self._visits.items() if began_at < oldest]:
            del self._visits[name]
        while len(self._visits) >= MOST:
            del self._visits[next(iter(self._visits))]
