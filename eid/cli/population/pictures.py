"""eid population picture: what a register looks like, as SVG files, made up on the spot or read from the database."""

from __future__ import annotations

from pathlib import Path

import click

from eid.cli.lazily import load
from eid.errors import Refused
from eid.population.pictures.gallery import draw_gallery
from eid.population.pictures.tally import tally_people
from eid.population.snapshot import SNAPSHOT
from eid.population.synthesis.numbering import MOST_PEOPLE
from eid.population.synthesis.register import MOST_SEED, synthesise_batches


@click.command()
@click.option(
    "--people", type=click.IntRange(1, MOST_PEOPLE), help="Make up so many people; else the database is read."
)
@click.option("--seed", type=click.IntRange(0, MOST_SEED), help="The same seed gives the same people.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The directory.")
def picture(people: int | None, seed: int | None, out: Path) -> None:
    """Draw ages, marriages, households, ethnic groups, surnames and a map of the provinces, as SVG files.

    Example: eid population picture --people 100000 --seed 1 --out pictures
    """
    if (people is None) != (seed is None):
        raise click.UsageError("--people and --seed belong together")
    if people is None or seed is None:
        tally = load("eid.cli.population.picturing:tally_database")()
    else:
        tally = tally_people((batch.people for batch in synthesise_batches(people, seed)), SNAPSHOT)
    pictures = draw_gallery(tally)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, svg in pictures.items():
            (out / name).write_text(svg, encoding="utf-8")
    except OSError as error:
        raise Refused("file_not_writable", f"{out} cannot be written: {error.strerror}.") from error
    click.echo(f"{out} holds {len(pictures)} pictures of {tally.people} living people.")
