"""What every kind of register's file is to its reader: a header, and rows of texts, some thousand at a time, unchecked."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from eid.errors import Conflict, Malformed
from eid.late_dataclasses import frozen

ROWS_AT_ONCE = 10_000


@frozen
class Rows:
    """Some rows of a file: texts as they stand there, empty where there is nothing."""

    lines: list[int]
    """Where each begins: its line in CSV, its number in Parquet; both count from one."""
    columns: dict[str, list[str]]
    misshapen: dict[int, list[str]]
    """Place in `lines` → cells, of rows with more or fewer cells than the header; in `columns` they are empty."""

    def __len__(self) -> int:
        return len(self.lines)

    def cells(self, place: int) -> list[str]:
        """One row as it stands in the file."""
        return self.misshapen.get(place) or [column[place] for column in self.columns.values()]


class RegisterFile(Protocol):
    """A file that can be read as often as is wanted."""

    header: tuple[str, ...]
    most_rows: int
    """It has no more rows than these, and hardly fewer."""

    def read(self) -> Iterator[Rows]:
        """All rows, in order. Raises Malformed where the rest cannot be read."""

    def stamp(self) -> tuple[int, ...]:
        """Another one as soon as the file has been written to."""


def stamp_of(path: Path) -> tuple[int, ...]:
    """Which file it is, its length and when it was last written. Raises Malformed: file_unreadable."""
    try:
        found = path.stat()
    except OSError as error:
        raise refuse_unreadable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise Malformed("file_unreadable", f"{path} is no file that could be read twice.")
    if not found.st_size:
        raise Malformed("file_empty", f"{path} is empty.")
    return found.st_ino, found.st_size, found.st_mtime_ns


def refuse_unreadable(path: Path, error: OSError) -> Malformed:
    """The refusal of a file that the system does not let us read."""
    return Malformed("file_unreadable", f"{path} cannot be read: {error.strerror or 'it is damaged'}.")


def read_unchanged(file: RegisterFile, stamp: tuple[int, ...]) -> Iterator[tuple[slice, Rows]]:
    """All rows, and which of the file's they are. Raises Conflict: file_changed, before rows that others have written."""
    first = 0
    for rows in file.read():
        if file.stamp() != stamp:
            raise Conflict("file_changed", "The file was written to while it was read; nothing was imported.")
        yield slice(first, first + len(rows)), rows
        first += len(rows)
