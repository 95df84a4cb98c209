"""eid population synthesise: people into the database, or into a file, for which no database is loaded."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from eid.cli.lazily import load
from eid.cli.progress import progress_bar
from eid.errors import Refused
from eid.population.export import write_people_csv
from eid.population.synthesis.numbering import MOST_PEOPLE
from eid.population.synthesis.register import MOST_SEED


@click.command()
@click.option("--people", type=click.IntRange(1, MOST_PEOPLE), required=True, help="How many people.")
@click.option("--seed", type=click.IntRange(0, MOST_SEED), required=True, help="The same seed gives the same people.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="A .csv file, or - for standard output; else the database."
)
def synthesise(people: int, seed: int, out: Path | None) -> None:
    """Make up people in households, into the database or into a file.

    Example: eid population synthesise --people 10000 --seed 1 --out people.csv
    """
    if out is None:
        load("eid.cli.population.filling:fill_database")(people=people, seed=seed)
        click.echo(f"The register holds {people} people of seed {seed}.")
    elif str(out) == "-":
        with _refusing_what_cannot_be_written(out), click.open_file("-", "w", encoding="utf-8") as file:
            write_people_csv(file, people=people, seed=seed)
    elif out.suffix != ".csv":
        raise click.BadParameter("the file's name must end in .csv", param_hint="--out")
    else:
        with _refusing_what_cannot_be_written(out):
            _write_file(out, people, seed)
        click.echo(f"{out} holds {people} people of seed {seed}.")


def _write_file(out: Path, people: int, seed: int) -> None:
    """Afterwards the file is there, whole; where the writing is cut off, whatever was there before is untouched."""
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file, progress_bar("people", people) as progress:
            write_people_csv(file, people=people, seed=seed, progress=progress)
        temporary.chmod(0o644)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _refusing_what_cannot_be_written(out: Path) -> Iterator[None]:
    """A reader who has seen enough is no refusal: click ends quietly then."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused("file_not_writable", f"{out} cannot be written: {error.strerror}.") from error
