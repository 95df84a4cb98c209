"""eid population export: the register as a file."""

from __future__ import annotations

from pathlib import Path

import click

from eid.cli.context import service
from eid.cli.population.file import STDOUT, check_suffix, write_register
from eid.cli.progress import progress_bar
from eid.db import check_database
from eid.population.export import count_exported, export_register


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write everybody in the register to a .csv or .parquet file, or as CSV to standard output (-).

    Example: eid population export register.parquet
    """
    check_suffix(file, "FILE")
    with service():
        check_database()
        with progress_bar("people", count_exported()) as progress:
            people = write_register(file, export_register(), progress)
    if str(file) != STDOUT:
        click.echo(f"{file} holds {people} people.")
