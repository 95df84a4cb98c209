"""eid population spoil: known defects in a generated register."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from eid.accounts.spoiling import ACCOUNT_KINDS, find_holders
from eid.cards.spoiling import CARD_KINDS
from eid.cli.context import service
from eid.config import Settings
from eid.db import check_database
from eid.errors import Refused
from eid.population.spoiling.planting import POPULATION_KINDS, spoil_register
from eid.population.spoiling.spoiler import Kind
from eid.population.synthesis.register import MOST_SEED

KINDS: tuple[Kind, ...] = (*POPULATION_KINDS, *CARD_KINDS, *ACCOUNT_KINDS)
"""All that can be planted: into the register's own tables, into cards, into accounts."""


@click.command()
@click.option(
    "--rate", type=click.FloatRange(0, 0.02, min_open=True), required=True, help="Share of people, like 0.01."
)
@click.option("--seed", type=click.IntRange(0, MOST_SEED), required=True, help="The same seed spoils the same people.")
@click.option("--json", "as_json", is_flag=True, help="Print what was planted as one JSON document.")
def spoil(rate: float, seed: int, as_json: bool) -> None:
    """Plant known defects of every kind into a generated register, to try an audit on. Cannot be undone; demo only.

    Example: eid population spoil --rate 0.01 --seed 1
    """
    settings = Settings.from_env()
    if not settings.is_demo:
        raise Refused("demo_only", "A register can be spoilt in the demo only.")
    with service(settings):
        check_database()
        planted = spoil_register(rate=rate, seed=seed, kinds=KINDS, spared=find_holders())
    if as_json:
        click.echo(json.dumps([asdict(defect) for defect in planted], indent=2))
    else:
        click.echo(f"{len(planted)} defects of {len({p.rule for p in planted})} rules are in the register now.")
