"""The only reader of the wall clock, and the keeper of the world's clock.

The world's clock (ages, deadlines, cards, papers, life events) is the wall clock plus an offset that the demo can move.
The wall clock judges what an outsider's clock judges too: `iat`, `exp`, proofs, nonces, TOTP, sessions.
The offset lives in a small file beside the demo's data, so that every process of the service sees the same world.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

VIETNAM = timezone(timedelta(hours=7), "ICT")
"""Indochina Time: no daylight saving, so a fixed offset is exact."""


class _WorldOffset:
    """The offset as its file has it, read again only when the file has changed."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self._stamp: tuple[int, int] | None = None
        self._value = timedelta(0)
        self.ahead = timedelta(0)
        """By how much this process alone is ahead (advancing_world)."""

    def read(self) -> timedelta:
        if self.path is None:
            return timedelta(0)
        try:
            found = os.stat(self.path)  # noqa: PTH116 - half the cost of Path.stat, on every request
        except FileNotFoundError:
            return timedelta(0)
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            self._value = timedelta(seconds=json.loads(self.path.read_text())["offset_seconds"])
            self._stamp = stamp
        return self._value


_offset = _WorldOffset()


def keep_world_offset_in(path: Path | None) -> None:
    """From now on the world's clock follows the offset in this file; None means that the world runs on wall time."""
    _offset.__init__()  # type: ignore[misc]
    _offset.path = path


def wall_now() -> datetime:
    """The time of day as everybody else's clock has it; aware, UTC."""
    return datetime.now(UTC)


def running_seconds() -> float:
    """Seconds that only ever grow, from a beginning that means nothing: to measure how long something takes."""
    return time.monotonic()


def world_now() -> datetime:
    """The time in the simulated world; aware, UTC."""
    return world_time_of(wall_now())


def world_time_of(now: datetime) -> datetime:
    """What the world's clock shows when the wall clock shows this."""
    return now + _offset.read() + _offset.ahead


def world_today() -> date:
    """The date in the simulated world, in Vietnam."""
    return (datetime.now(VIETNAM) + _offset.read() + _offset.ahead).date()


def advance_world(by: timedelta) -> datetime:
    """Move the world's clock forward for every process; returns the new time. The world never runs backward."""
    if _offset.path is None:
        raise RuntimeError("the world's clock is not kept anywhere: keep_world_offset_in was not called")
    if by < timedelta(0):
        raise ValueError("the world's clock moves only forward")
    moved = _offset.read() + by
    _replace_file(_offset.path, json.dumps({"offset_seconds": moved.total_seconds()}))
    return wall_now() + moved


@contextmanager
def advancing_world(by: timedelta) -> Iterator[None]:
    """Within, the world's time is this much later for this process; after, unless something failed, for every process.

    What happens meanwhile is committed within, so others never see a time whose events are not there yet.
    """
    _offset.ahead = by
    try:
        yield
    finally:
        _offset.ahead = timedelta(0)
    advance_world(by)


def _replace_file(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as new:
        new.write(text)
    Path(name).replace(path)
