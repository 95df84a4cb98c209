"""Which kind of file a register is written to, told by the name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from eid.cli.lazily import load
from eid.cli.writing import flushed_or_abandoned, refusing_what_cannot_be_written, replaced_when_whole
from eid.population.files.columns import Batches
from eid.population.files.csv_file import write_csv

STDOUT = "-"


def check_suffix(out: Path, param_hint: str) -> None:
    """Raises BadParameter unless this is a name of a file that we write."""
    if str(out) != STDOUT and out.suffix not in (".csv", ".parquet"):
        raise click.BadParameter("the file's name must end in .csv or .parquet", param_hint=param_hint)


def write_register(out: Path, batches: Batches, progress: Callable[[int], None], **about: str) -> int:
    """Afterwards the file is there, whole. Returns how many people. Raises Refused: file_not_writable."""
    if str(out) == STDOUT:
        refusing, leaving = refusing_what_cannot_be_written(out), flushed_or_abandoned(sys.stdout)
        with refusing, leaving, click.open_file(STDOUT, "w", encoding="utf-8") as file:
            return write_csv(file, batches, progress=progress)
    with replaced_when_whole(out) as path:
        if out.suffix == ".csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                return write_csv(file, batches, progress=progress)
        people: int = load("eid.cli.population.parquet:write_file")(path, batches, progress, about)
        return people
