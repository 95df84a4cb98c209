"""eid cards hand-over | cancel | withhold | return | report-lost | revoke | show | due: what happens to cards later."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from eid.cards.service import (
    DueCard,
    cancel_card,
    hand_over_card,
    list_cards,
    list_due_cards,
    report_card_lost,
    return_card,
    revoke_card,
    withhold_card,
)
from eid.cli.context import service
from eid.clock import VIETNAM, world_today
from eid.db import check_database
from eid.population.service import find_person

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_reason = click.option("--reason", required=True, help="Why, in the words of who decides it; at most 200 characters.")


@click.command("hand-over")
@click.argument("pin")
@_json
def hand_over(pin: str, as_json: bool) -> None:
    """Hand the card that waits over to its holder; the card they had is replaced.

    Example: eid cards hand-over 901190000101
    """
    with service():
        check_database()
        hand_over_card(find_person(pin).id)
        _print_cards(pin, as_json)


@click.command()
@click.argument("pin")
@_reason
@_json
def cancel(pin: str, reason: str, as_json: bool) -> None:
    """Cancel the card that waits for somebody, who never collected it; the one that they hold stays.

    Example: eid cards cancel 901190000101 --reason "never collected"
    """
    with service():
        check_database()
        cancel_card(find_person(pin).id, reason=reason)
        _print_cards(pin, as_json)


@click.command()
@click.argument("pin")
@_reason
@_json
def withhold(pin: str, reason: str, as_json: bool) -> None:
    """Withhold somebody's card until it is returned; their account is locked as long.

    Example: eid cards withhold 901190000101 --reason custody
    """
    with service():
        check_database()
        withhold_card(find_person(pin).id, reason=reason)
        _print_cards(pin, as_json)


@click.command("return")
@click.argument("pin")
@_json
def give_back(pin: str, as_json: bool) -> None:
    """Return a withheld card to its holder.

    Example: eid cards return 901190000101
    """
    with service():
        check_database()
        return_card(find_person(pin).id)
        _print_cards(pin, as_json)


@click.command("report-lost")
@click.argument("pin")
@click.option("--reason", default="", help="What the holder says.")
@_json
def report_lost(pin: str, reason: str, as_json: bool) -> None:
    """Report somebody's card lost, for good; their account is locked until they have a new one.

    Example: eid cards report-lost 901190000101
    """
    with service():
        check_database()
        report_card_lost(find_person(pin).id, reason=reason)
        _print_cards(pin, as_json)


@click.command()
@click.argument("pin")
@_reason
@_json
def revoke(pin: str, reason: str, as_json: bool) -> None:
    """Revoke somebody's card, for good; their account is locked until they have a new one.

    Example: eid cards revoke 901190000101 --reason "wrongly issued"
    """
    with service():
        check_database()
        revoke_card(find_person(pin).id, reason=reason)
        _print_cards(pin, as_json)


@click.command()
@click.argument("pin")
@_json
def show(pin: str, as_json: bool) -> None:
    """Show every card that was ever made for somebody, with its state today.

    Example: eid cards show 901190000101 --json
    """
    with service():
        check_database()
        _print_cards(pin, as_json)


@click.command()
@click.option(
    "--within", type=click.IntRange(0, 36_525), default=60, show_default=True, metavar="DAYS", help="How far ahead."
)
@click.option("--limit", type=click.IntRange(1), help="How many at most, the most urgent first.")
@_json
def due(within: int, limit: int | None, as_json: bool) -> None:
    """List the cards that must be replaced: at 14, 25, 40 and 60 years, expired ones, those of revoked signers.

    Example: eid cards due --within 30
    """
    with service():
        check_database()
        found = [_describe_due(card) for card in list_due_cards(within=timedelta(days=within), limit=limit)]
    _print_rows(found, as_json)


def _describe_due(due: DueCard) -> dict[str, Any]:
    return {
        "pin": due.person.pin,
        "name": due.person.full_name,
        "expires_on": _iso(due.card.expires_on),
        "age": due.age,
        "signer_revoked": due.signer_is_revoked,
        "new_card_waits": due.is_waited_for,
    }


def _print_cards(pin: str, as_json: bool) -> None:
    today = world_today()
    rows = [
        {
            "document_number": card.document_number,
            "state": str(card.state_on(today)),
            "issued_on": _iso(card.issued_on),
            "handed_over_on": _iso(card.handed_over_at.astimezone(VIETNAM).date() if card.handed_over_at else None),
            "expires_on": _iso(card.expires_on),
            "reason": card.reason,
            "signer": card.signer_serial,
        }
        for card in list_cards(find_person(pin).id)
    ]
    _print_rows(rows, as_json)


def _print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo("There are none.")
        return
    table = Table(*(name.replace("_", " ") for name in rows[0]), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in row.values()))
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
