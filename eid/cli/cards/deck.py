"""eid cards mutants: a deck of cards that are wrong in one way each."""

from __future__ import annotations

from pathlib import Path

import click

from eid.cards.folder import read_chip_folder, write_deck
from eid.cards.mutants import build_deck, make_key
from eid.cli.cards.world import find_world_day
from eid.clock import world_now
from eid.randomness import system_rng

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("directory", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="Folder for the deck.")
def mutants(directory: Path, out: Path) -> None:
    """Make a deck of chips that are wrong in one way each out of one good card, to test a verifier with. Needs no database.

    The deck has an authority of its own: its anchors are in OUT/trust. Each mutant is a folder with an expected.json that
    says at which step and with which code the strict policy must refuse it; the card `good` must be accepted.

    Example: eid cards mutants var/cards/901190000101 --out deck
    """
    find_world_day()
    deck = build_deck(read_chip_folder(directory), at=world_now(), make_key=make_key, rng=system_rng())
    write_deck(deck, out)
    click.echo(
        f"{len(deck.mutants) - 1} mutants and one good card are in {out}, their trust anchors in {out / 'trust'}."
    )
