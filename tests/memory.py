"""Where tests keep what lives for a moment: in memory where there is enough of it, so that nobody waits for a disk."""

from __future__ import annotations

import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 2 * 1024**3
"""Bytes; a container may have 64 MiB."""


def find_memory() -> Path | None:
    """A folder in memory with room for databases, or None where there is none: then wherever temporary files go."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH else None
