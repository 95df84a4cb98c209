"""The one thread of a process that makes and judges hashes of secrets, one after another, for everybody who waits for one.

Argon2 fills 19 MiB for a hash, which the C library keeps for the thread that asked: four threads that hash hold four times that
for good. A worker is meant for one core, on which hashes side by side end no sooner than one by one. A process that was forked
has a thread of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from eid.errors import Unavailable
from eid.timing import Layer, spending

Answer = TypeVar("Answer")

AT_ONCE = 50
"""Hashes under way and waited for in one process: about a second of work. `eid serve`, with four threads, never gets there."""
RETRY_SECONDS = 1


class HashingThread:
    """Starts its thread with the first hash; at most `at_once` callers are in it at a time, the first of them served."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._places = BoundedSemaphore(at_once)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="hashing")

    def call(self, hashing: Callable[[], Answer]) -> Answer:
        """What this returns or raises once it had its turn. Raises Unavailable (`hashing_busy`) where too many wait already."""
        if not self._places.acquire(blocking=False):
            raise Unavailable(
                "hashing_busy",
                "Too many ask at once; try again in a moment.",
                reason="too many hashes are waited for",
                retry_seconds=RETRY_SECONDS,
            )
        try:
            return self._executor.submit(hashing).result()
        finally:
            self._places.release()


_thread = HashingThread()


def hash_in_turn(hashing: Callable[[], Answer]) -> Answer:
    """What this returns or raises, called by this process's hashing thread; waiting for one's turn counts as hashing.

    Raises Unavailable (`hashing_busy`) where too many wait.
    """
    with spending(Layer.HASH):
        return _thread.call(hashing)


def _begin_anew() -> None:
    """A fork copies who waits for a thread, but no thread."""
    global _thread
    _thread = HashingThread()


os.register_at_fork(after_in_child=_begin_anew)
