"""eid accounts open | lock | unlock | show | lock-expired"""

from __future__ import annotations

import json
from typing import Any

import click

from eid.accounts.lifecycle import LockReason
from eid.accounts.locking import lock_account, lock_accounts_of_expired_cards, unlock_account
from eid.accounts.opening import open_account
from eid.accounts.records import PersonRecord, find_record
from eid.accounts.service import find_account
from eid.audit import ActorKind
from eid.cli.context import service
from eid.population.service import find_person

OPERATOR: dict[str, Any] = {"actor_kind": ActorKind.SYSTEM, "actor": "eid accounts"}
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def accounts() -> None:
    """Open, lock and unlock accounts, and see where one stands.

    Example: eid accounts show 979085000102
    """


@accounts.command("open")
@click.argument("pin")
@click.option("--phone", help="The holder's number; in this simulation by default 0100 and the end of the PIN.")
@as_json
def open_one(pin: str, phone: str | None, as_json: bool) -> None:
    """Open an account of level 2 for a person with a usable card; it is to be activated within seven days.

    Example: eid accounts open 938203000104 --phone 0100000104
    """
    with service():
        account = open_account(pin, phone or f"0100{pin[-6:]}", officer="eid accounts")
        _print_record(find_record(account.person_id), as_json)


@accounts.command()
@click.argument("pin")
@click.option("--reason", type=click.Choice(["holder", "authority"]), default="holder", help="Who asks for it.")
@as_json
def lock(pin: str, reason: str, as_json: bool) -> None:
    """Lock a person's account; its sessions end at once.

    Example: eid accounts lock 979085000102 --reason authority
    """
    with service():
        person_id = find_person(pin).id
        lock_account(find_account(person_id).id, LockReason(reason), **OPERATOR)
        _print_record(find_record(person_id), as_json)


@accounts.command()
@click.argument("pin")
@as_json
def unlock(pin: str, as_json: bool) -> None:
    """Lift each lock that is lifted by hand; those for a card or a death end with their ground.

    Example: eid accounts unlock 979085000102
    """
    with service():
        person_id = find_person(pin).id
        unlock_account(find_account(person_id).id, **OPERATOR)
        _print_record(find_record(person_id), as_json)


@accounts.command()
@click.argument("pin")
@as_json
def show(pin: str, as_json: bool) -> None:
    """Say where a person's account and card stand.

    Example: eid accounts show 979085000102 --json
    """
    with service():
        person_id = find_person(pin).id
        find_account(person_id)
        _print_record(find_record(person_id), as_json)


@accounts.command("lock-expired")
def lock_expired() -> None:
    """Lock every account whose holder's card has expired; for whoever runs the service, once a day.

    Example: eid accounts lock-expired
    """
    with service():
        click.echo(f"Locked: {lock_accounts_of_expired_cards()}.")


def _print_record(record: PersonRecord, as_json: bool) -> None:
    facts = _describe(record)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for name, value in facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name.replace('_', ' '):14}  {shown if shown else '-'}")


def _describe(record: PersonRecord) -> dict[str, Any]:
    account = record.account
    assert account is not None
    return {
        "pin": record.person.pin,
        "name": record.person.full_name,
        "state": str(account.state),
        "locked_for": sorted(map(str, account.lock_reasons)),
        "level": str(account.level),
        "phone": account.phone,
        "approved_at": account.approved_at.isoformat(),
        "activate_by": None if account.activated_at else account.activate_by.isoformat(),
        "activated_at": account.activated_at.isoformat() if account.activated_at else None,
        "card": str(record.card_state) if record.card_state else None,
    }
