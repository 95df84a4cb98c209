"""What a sample knows of whoever is there: kept in this process's memory for a quarter of an hour, never in the browser."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

KEPT_FOR = 15 * 60
"""Seconds."""
MOST = 1000

Kept = TypeVar("Kept")


class Memory(Generic[Kept]):
    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Kept]] = {}
        self._lock = threading.Lock()

    def keep(self, value: Kept) -> str:
        """The name under which it is found again: nobody guesses it."""
        name = secrets.token_urlsafe(32)
        self.put(name, value)
        return name

    def put(self, name: str, value: Kept) -> None:
        """From now on this is found under the name, for a whole quarter of an hour again."""
        with self._lock:
            self._forget_old()
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[name] = time.monotonic(), value

    def change(self, name: str, change: Callable[[Kept], Kept]) -> None:
        """What is kept under this name becomes what this makes of it, however many ask at once; nothing where nothing is kept."""
        with self._lock:
            self._forget_old()
            if name in self._kept:
                kept_at, value = self._kept[name]
                self._kept[name] = kept_at, change(value)

    def find(self, name: str) -> Kept | None:
        with self._lock:
            self._forget_old()
            found = self._kept.get(name)
            return None if found is None else found[1]

    def take(self, name: str) -> Kept | None:
        """What was kept under this name; it is gone then, so that nobody takes it twice."""
        with self._lock:
            self._forget_old()
            found = self._kept.pop(name, None)
            return None if found is None else found[1]

    def forget_where(self, judge: Callable[[Kept], bool]) -> None:
        """Whatever is judged so is gone."""
        with self._lock:
            for name in [name for name, (_kept_at, value) in self._kept.items() if judge(value)]:
                del self._kept[name]

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT_FOR
        for name in [name for name, (kept_at, _value) in self._kept.items() if kept_at < oldest]:
            del self._kept[name]
