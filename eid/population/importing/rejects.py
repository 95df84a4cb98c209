"""The file of refused rows: why, and what they say, so that it can be mended and imported in its turn."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from typing import IO

from eid.population.files.reading import RegisterFile, Rows, read_unchanged
from eid.population.importing.crowd_rules import Verdict, reasons_of
from eid.population.importing.header import REFUSAL_COLUMNS
from eid.population.importing.reasons import REASONS, Reason
from eid.population.importing.row_rules import find_reasons, read_columns

_COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet computes. No such cell is good, so it has to be mended with its apostrophe."""


def write_rejects(out: IO[str], file: RegisterFile, stamp: tuple[int, ...], verdict: Verdict) -> Counter[str]:
    """Each refused row with its line, every reason and its own cells, in the file's order. Returns rows by code.

    Raises Conflict: file_changed.
    """
    own = [name for name in file.header if name not in REFUSAL_COLUMNS]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*REFUSAL_COLUMNS, *own])
    counts: Counter[str] = Counter()
    for rows, place, reasons in _find_refused(file, stamp, verdict):
        counts.update({reason.code for reason in reasons})
        writer.writerow([*_describe(rows.lines[place], reasons), *map(_disarm, _own_cells(rows, place))])
    return counts


def _find_refused(
    file: RegisterFile, stamp: tuple[int, ...], verdict: Verdict
) -> Iterator[tuple[Rows, int, list[Reason]]]:
    for here, rows in read_unchanged(file, stamp):
        refused, marks = verdict.refused[here].nonzero()[0].tolist(), verdict.marks[here]
        own = find_reasons(rows, read_columns(rows)) if refused else {}
        for place in refused:
            yield rows, place, own.get(place, []) + reasons_of(int(marks[place]))


def _describe(line: int, reasons: list[Reason]) -> list[str]:
    columns = "; ".join(reason.column or "row" for reason in reasons)
    codes = "; ".join(reason.code for reason in reasons)
    return [str(line), columns, codes, " ".join(dict.fromkeys(REASONS[reason.code] for reason in reasons))]


def _own_cells(rows: Rows, place: int) -> list[str]:
    """Without what an earlier file of refused rows said; a misshapen row is given back as it is."""
    if place in rows.misshapen:
        return rows.misshapen[place][sum(name in REFUSAL_COLUMNS for name in rows.columns) :]
    return [column[place] for name, column in rows.columns.items() if name not in REFUSAL_COLUMNS]


def _disarm(cell: str) -> str:
    """Cells as they stand, but nothing that a spreadsheet computes; line ends of one kind, as the file's own are."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{cell}" if cell.startswith(_COMPUTED) else cell
