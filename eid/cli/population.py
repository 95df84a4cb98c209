"""eid population synthesise"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from eid.cli.context import service
from eid.db import check_database
from eid.errors import Refused
from eid.population.export import write_people_csv
from eid.population.service import load_population
from eid.population.synthesis.numbering import MOST_PEOPLE
from eid.population.synthesis.register import MOST_SEED


@click.group()
def population() -> None:
    """Make up a country's people.

    Example: eid population synthesise --people 10000 --seed 1
    """


@population.command()
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
        with service(), _progress(people) as progress:
            check_database()
            load_population(people=people, seed=seed, progress=progress)
        click.echo(f"The register holds {people} people of seed {seed}.")
    elif str(out) == "-":
        with click.open_file("-", "w", encoding="utf-8") as file:
            write_people_csv(file, people=people, seed=seed)
    else:
        _write_file(out, people, seed)
        click.echo(f"{out} holds {people} people of seed {seed}.")


def _write_file(out: Path, people: int, seed: int) -> None:
    """Afterwards the file is there, whole; where the writing is cut off, whatever was there before is untouched."""
    if out.suffix != ".csv":
        raise click.BadParameter("the file's name must end in .csv", param_hint="--out")
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    except OSError as error:
        raise Refused("file_not_writable", f"{out} cannot be written: {error.strerror}.") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file, _progress(people) as progress:
            write_people_csv(file, people=people, seed=seed, progress=progress)
        temporary.chmod(0o644)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _progress(people: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("people", total=people)
        yield lambda more: bar.update(task, advance=more)
