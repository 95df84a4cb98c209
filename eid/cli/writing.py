"""Files that a command writes: there whole, or as they were before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from eid.crypto.lds import disk_file_name, parse_file_name
from eid.errors import Conflict, Refused


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


def write_public_files(files: Mapping[str, bytes], directory: Path) -> None:
    """Afterwards the directory holds these files of a chip and nothing else; where the writing is cut off, what it held
    before. Raises as check_card_folder does, and Refused (`file_not_writable`)."""
    check_card_folder(directory)
    with refusing_what_cannot_be_written(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}.") as kept:
            new, old = Path(kept) / "new", Path(kept) / "old"
            new.mkdir()
            for name, content in files.items():
                (new / disk_file_name(name)).write_bytes(content)
            if directory.exists():
                directory.rename(old)
            try:
                new.rename(directory)
            except BaseException:
                if old.exists():
                    old.rename(directory)
                raise


def check_card_folder(directory: Path) -> None:
    """Raises Conflict (`folder_in_use`) where there is anything but a folder of a chip's public files, or nothing."""
    names = [path.name if path.is_file() else "" for path in directory.iterdir()] if directory.is_dir() else []
    if not all(parse_file_name(name) for name in names) or (directory.exists() and not directory.is_dir()):
        raise Conflict("folder_in_use", f"{directory} holds other files than a chip's; name a new folder.")
