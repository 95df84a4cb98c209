"""Files that a command writes: there whole, or as they were before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from eid.errors import Refused


@contextmanager
def replaced_when_whole(out: Path) -> Iterator[Path]:
    """A file beside `out` to write to, which becomes it at the end; where the writing is cut off, nothing has changed.

    Raises Refused: file_not_writable.
    """
    with refusing_what_cannot_be_written(out):
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o644)
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def refusing_what_cannot_be_written(out: Path) -> Iterator[None]:
    """A reader who has seen enough is no refusal: click ends quietly then."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused("file_not_writable", f"{out} cannot be written: {error.strerror}.") from error


@contextmanager
def flushed_or_abandoned(file: IO[str]) -> Iterator[None]:
    """All that was written has left the program at the end; what could not be written is not tried again when it ends.

    Python would, and end with a status of its own (sys.stdout, "Note on SIGPIPE").
    """
    try:
        yield
        file.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, file.fileno())
        os.close(nowhere)
        raise
