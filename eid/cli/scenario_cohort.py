"""eid scenarios cohort export: the people who play as one file, for another machine."""

from __future__ import annotations

from pathlib import Path

import click

from eid.config import Settings
from eid.scenarios.cohort_archive import export_cohort


@click.group()
def cohort() -> None:
    """The people who play in load scenarios.

    Example: eid scenarios cohort export cohort.zip
    """


@cohort.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write the people of this machine's demo, their cards and the relying service's secret into one file.

    On another machine `eid scenarios run NAME --url URL --cohort FILE` plays them. Whoever has the file can do so.

    Example: eid scenarios cohort export cohort.zip
    """
    if not file.absolute().parent.is_dir():
        raise click.BadParameter(f"There is no folder {file.absolute().parent}.")
    count = export_cohort(Settings.from_env().state_dir, file)
    click.echo(f"{count} files are in {file}.")
