"""eid population: each command in a module of its own, imported when it is run."""

from __future__ import annotations

import click

from eid.cli.lazily import Lazy, LazyGroup

COMMANDS = {
    "audit": Lazy(
        "eid.cli.population.inspection:audit",
        "Say how correct, sufficient, clean and live the register is, rule by rule.",
    ),
    "picture": Lazy(
        "eid.cli.population.pictures:picture",
        "Draw ages, marriages, households, ethnic groups, surnames and a map of the provinces, as SVG files.",
    ),
    "export": Lazy(
        "eid.cli.population.export:export",
        "Write everybody in the register to a .csv or .parquet file, or as CSV to standard output (-).",
    ),
    "import": Lazy(
        "eid.cli.population.importing:import_file",
        "Import people from a .csv or .parquet file; rows that cannot be right go to a file of their own, with reasons.",
    ),
    "live": Lazy(
        "eid.cli.population.live:live",
        "Move the world forward and let the country live: births, deaths, weddings, moves, at national rates.",
    ),
    "find": Lazy(
        "eid.cli.population.find:find",
        "Find people by a PIN or by words of their name, in any order, with or without accents.",
    ),
    "spoil": Lazy(
        "eid.cli.population.spoiling:spoil",
        "Plant known defects of every kind into a generated register, to try an audit on.",
    ),
    "synthesise": Lazy(
        "eid.cli.population.synthesis:synthesise", "Make up people in households, into the database or into a file."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def population() -> None:
    """Make up a country's people, and see how good their register is.

    Example: eid population synthesise --people 10000 --seed 1
    """
