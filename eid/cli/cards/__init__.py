"""eid cards: each command in a module of its own, imported when it is run."""

from __future__ import annotations

import click

from eid.cli.lazily import Lazy, LazyGroup

COMMANDS = {
    "emulate": Lazy(
        "eid.cli.cards.emulate:emulate",
        "Put a card into a virtual reader, where any program that reads cards finds it, until Ctrl-C takes it out.",
    ),
    "issue": Lazy(
        "eid.cli.cards.issuing:issue", "Issue a card to the person with this PIN; the card they had is replaced."
    ),
    "mutants": Lazy(
        "eid.cli.cards.deck:mutants",
        "Make a deck of chips that are wrong in one way each out of one good card, to test a verifier with.",
    ),
    "read": Lazy(
        "eid.cli.cards.read:read",
        "Read the public files of a card in a reader into a folder.",
    ),
    "verify": Lazy(
        "eid.cli.cards.verification:verify",
        "Verify a chip's files: structure, digests, signatures, chain, profiles, consistency.",
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def cards() -> None:
    """Issue chip cards, and verify the chips of any country.

    Example: eid cards verify var/cards/901190000101 --trust var/trust
    """
