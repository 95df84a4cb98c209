"""eid population synthesise: people into the database, or into a file, for which no database is loaded."""

from __future__ import annotations

from pathlib import Path

import click

from eid.cli.lazily import load
from eid.cli.population.file import STDOUT, check_suffix, write_register
from eid.cli.progress import progress_bar
from eid.population.synthesis.numbering import MOST_PEOPLE
from eid.population.synthesis.register import MOST_SEED, synthesise_batches


@click.command()
@click.option("--people", type=click.IntRange(1, MOST_PEOPLE), required=True, help="How many people.")
@click.option("--seed", type=click.IntRange(0, MOST_SEED), required=True, help="The same seed gives the same people.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A .csv or .parquet file, or - for CSV on standard output; else the database.",
)
def synthesise(people: int, seed: int, out: Path | None) -> None:
    """Make up people in households, into the database or into a file.

    Example: eid population synthesise --people 10000 --seed 1 --out people.csv
    """
    if out is None:
        load("eid.cli.population.filling:fill_database")(people=people, seed=seed)
        click.echo(f"The register holds {people} people of seed {seed}.")
        return
    check_suffix(out, "--out")
    batches = (batch.people for batch in synthesise_batches(people, seed))
    with progress_bar("people", people) as progress:
        write_register(out, batches, progress, seed=str(seed), people=str(people))
    if str(out) != STDOUT:
        click.echo(f"{out} holds {people} people of seed {seed}.")
