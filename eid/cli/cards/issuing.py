"""eid cards issue | make: a new card of somebody in the register, into a folder."""

from __future__ import annotations

from pathlib import Path

import click

from eid.cards.authority import publish_trust
from eid.cards.folder import write_card_folder
from eid.cards.service import IssuedCard, issue_card, make_card
from eid.cli.context import service
from eid.db import check_database

_out = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the card's files and its chip's keys.",
)


@click.command()
@click.argument("pin")
@_out
def issue(pin: str, out: Path) -> None:
    """Issue a card to the person with this PIN; the card they had is replaced.

    Example: eid cards issue 901190000101 --out card
    """
    with service():
        check_database()
        _write(issue_card(pin), out)


@click.command()
@click.argument("pin")
@_out
def make(pin: str, out: Path) -> None:
    """Make a card that waits to be handed over; the one that the person holds stays good until then.

    Example: eid cards make 901190000101 --out card
    """
    with service():
        check_database()
        _write(make_card(pin), out)


def _write(issued: IssuedCard, out: Path) -> None:
    write_card_folder(issued, out)
    trust = publish_trust()
    until = f"good until {issued.card.expires_on:%d/%m/%Y}" if issued.card.expires_on else "good without end"
    click.echo(f"Card {issued.card.document_number}, {until}, is in {out}; trust anchors are in {trust}.")
