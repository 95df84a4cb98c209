"""How much of something long may go on at once in one process, so that threads stay free for everybody else."""

from __future__ import annotations

import threading
from datetime import timedelta

from eid.clock import wall_now
from eid.errors import TooManyAttempts

RETRY_AFTER = timedelta(seconds=30)


class Slot:
    """Given back once, however often it is asked for."""

    def __init__(self, free: threading.Semaphore) -> None:
        self._free: threading.Semaphore | None = free

    def give_back(self) -> None:
        free, self._free = self._free, None
        if free is not None:
            free.release()


class Slots:
    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    def take(self) -> Slot:
        """A slot, to be given back. Raises TooManyAttempts where all are taken."""
        if not self._free.acquire(blocking=False):
            raise TooManyAttempts(
                "batches_busy",
                "Others send batches just now; try again in half a minute.",
                retry_at=wall_now() + RETRY_AFTER,
            )
        return Slot(self._free)
