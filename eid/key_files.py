"""Files of keys: each is written once and whole, readable by its owner alone, and made by whoever needs it first."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from eid.clock import wall_now
from eid.errors import Unavailable

SETTLED = 2.0
"""Seconds after which a folder that has not changed is taken for what was read of it."""


def find_stamp(folder: Path) -> int | None:
    """When the folder changed last, in nanoseconds; None where it is not there, or where that was a moment ago, and may look the
    same after the next change: file systems count in steps of up to two seconds."""
    try:
        changed = os.stat(folder)  # noqa: PTH116 - for each signature
    except FileNotFoundError:
        return None
    return changed.st_mtime_ns if wall_now().timestamp() - changed.st_mtime > SETTLED else None


def is_unchanged(folder: str, stamp: int) -> bool:
    """Whether the folder changed last when this stamp says, which find_stamp gave: so it had settled by then."""
    try:
        return os.stat(folder).st_mtime_ns == stamp  # noqa: PTH116 - for each signature
    except FileNotFoundError:
        return False


def read_or_create(path: Path, make: Callable[[], bytes], *, may_create: bool) -> bytes:
    """What the file holds; where there is none, what is made for it. Raises Unavailable (key_missing) where none may be made."""
    if not path.exists():
        if not may_create:
            raise Unavailable(
                "key_missing", "The service lacks a key; its operator must provide one.", reason=str(path)
            )
        write_once(path, make())
    return path.read_bytes()


def write_once(path: Path, content: bytes) -> None:
    """Afterwards the file exists, whole: with this content, or with that of whoever was first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    finally:
        temporary.unlink()


def replace_whole(path: Path, content: bytes) -> None:
    """Afterwards the file has this content; whoever reads it meanwhile finds all of the old or all of the new."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
