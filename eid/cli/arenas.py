"""How the C library keeps memory for the threads of a process."""

from __future__ import annotations

import ctypes
import os
import sys

M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
CHOSEN = "MALLOC_ARENA_MAX"
"""The environment's own word for it (mallopt(3)), which goes before ours."""


def share_one_arena() -> None:
    """From now on threads of this process, and of those that are forked from it, take memory from one place.

    glibc gives each thread a place of its own, so that none waits for another, and what one has freed the others cannot have.
    Python runs one thread at a time, so they hardly wait. Other C libraries are left as they are.
    """
    if sys.platform != "linux" or CHOSEN in os.environ:
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
