"""A register as CSV (RFC 4180): a header, UTF-8, empty where there is nothing.

Written with lines that end in LF; read with either ending and with or without a byte order mark. A row that cannot be told
from its neighbours (quotation marks that do not add up) refuses the file, one with a cell too many only itself.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO

from eid.errors import Malformed
from eid.population.files.columns import KINDS, Batches
from eid.population.files.reading import ROWS_AT_ONCE, Rows, refuse_unreadable, stamp_of

LONGEST_ROW = 2**20
"""Bytes. A file without line ends must not fill the memory."""
BYTES_AT_ONCE = 2**23
"""Rows are some two hundred bytes long; of longer ones fewer are held at once."""


def write_csv(file: IO[str], batches: Batches, *, progress: Callable[[int], None] | None = None) -> int:
    """Write them as they come; memory does not grow with their number. Returns how many people."""
    writer, people = csv.writer(file, lineterminator="\n"), 0
    writer.writerow(KINDS)
    for columns in batches:
        writer.writerows(zip(*(columns[name] for name in KINDS), strict=True))
        people += len(columns["id"])
        if progress is not None:
            progress(len(columns["id"]))
    return people


class CsvRegister:
    """A register's CSV file, to be read. Raises Malformed: file_unreadable, file_empty, file_encoding, file_csv."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.stamp()
        self.header = tuple(next((cells for _line, cells, _bytes in self._records()), []))
        if not self.header:
            raise Malformed("file_empty", f"{path} is empty.")
        self.most_rows = self._count_rows()

    def stamp(self) -> tuple[int, ...]:
        return stamp_of(self._path)

    def read(self) -> Iterator[Rows]:
        records = self._records()
        next(records)
        lines: list[int] = []
        rows: list[list[str]] = []
        held = 0
        for line, cells, size in records:
            lines.append(line)
            rows.append(cells)
            held += size
            if len(rows) >= ROWS_AT_ONCE or held >= BYTES_AT_ONCE:
                yield self._build_rows(lines, rows)
                lines, rows, held = [], [], 0
        if rows:
            yield self._build_rows(lines, rows)

    def _build_rows(self, lines: list[int], rows: list[list[str]]) -> Rows:
        width = len(self.header)
        misshapen = {place: cells for place, cells in enumerate(rows) if len(cells) != width}
        for place in misshapen:
            rows[place] = [""] * width
        columns = dict(zip(self.header, map(list, zip(*rows, strict=True)), strict=True))
        return Rows(lines, columns, misshapen)

    def _records(self) -> Iterator[tuple[int, list[str], int]]:
        """Line at which it begins, cells and bytes of each record; lines without anything are passed over."""
        try:
            with self._path.open("rb") as file:
                lines = _Lines(file, self._path)
                reader = csv.reader(lines, strict=True)
                while True:
                    begins, lines.taken = lines.number + 1, 0
                    cells = next(reader, None)
                    if cells is None:
                        return
                    if cells:
                        yield begins, cells, lines.taken
        except csv.Error as error:
            raise Malformed("file_csv", f"{self._path} is no CSV from line {begins} on: {error}.") from error
        except OSError as error:
            raise refuse_unreadable(self._path, error) from error

    def _count_rows(self) -> int:
        """After the header's; the last need not end."""
        with self._path.open("rb") as file:
            ends = sum(block.count(b"\n") for block in iter(lambda: file.read(LONGEST_ROW), b""))
            file.seek(-1, os.SEEK_END)
            return ends - (file.read() == b"\n")


class _Lines:
    """The lines of a file as text, counted. Raises Malformed: file_encoding, file_csv."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path
        self.number = 0
        self.taken = 0
        """Bytes since somebody set it to nought."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_ROW + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken += len(line)
        if self.taken > LONGEST_ROW:
            raise Malformed("file_csv", f"{self._path} is no CSV: the row that ends at line {self.number} has no end.")
        try:
            return line.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("file_encoding", f"{self._path} is not UTF-8: see line {self.number}.") from error
