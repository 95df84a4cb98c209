"""Writing a register as CSV (RFC 4180, but lines end in LF): a header, UTF-8, empty where there is nothing."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import IO

from eid.population.files.columns import KINDS, Batches


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
