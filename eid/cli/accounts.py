"""eid accounts open | lock | unlock | close | show | lock-expired | appoint | dismiss | states"""

from __future__ import annotations

import json
from typing import Any

import click

from eid.accounts.closing import close_account
from eid.accounts.ended_grounds import lock_accounts_of_ended_grounds
from eid.accounts.lifecycle import CloseReason, LockReason
from eid.accounts.locking import lock_account, unlock_account
from eid.accounts.models import OfficerRole
from eid.accounts.officers import appoint_officer, dismiss_officer
from eid.accounts.opening import open_account
from eid.accounts.records import PersonRecord, find_record
from eid.accounts.service import find_account
from eid.accounts.state_drawing import draw_account_states, draw_request_states
from eid.audit import ActorKind
from eid.cli.context import service
from eid.population.service import find_person

OPERATOR: dict[str, Any] = {"actor_kind": ActorKind.SYSTEM, "actor": "eid accounts"}
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def accounts() -> None:
    """Open, lock, unlock and close accounts, see where one stands, and appoint officers.

    Example: eid accounts show 979085000102
    """


@accounts.command("open")
@click.argument("pin")
@click.option("--phone", help="The holder's number; in this simulation by default 0100 and the end of the PIN.")
@click.option("--email", default="", help="Where the holder gets mail besides.")
@as_json
def open_one(pin: str, phone: str | None, email: str, as_json: bool) -> None:
    """Open an account of level 2 for a person with a usable card, to be activated within seven days; one of level 1 grows.

    Example: eid accounts open 938203000104 --phone 0100000104
    """
    with service():
        account = open_account(pin, phone or f"0100{pin[-6:]}", officer="eid accounts", email=email)
        _print_record(find_record(account.person_id), as_json)


@accounts.command()
@click.argument("pin")
@click.option(
    "--reason", type=click.Choice(["holder", "terms"]), default="holder", help="Who asks, or what was broken."
)
@click.option("--note", default="", help="What the holder reads beside it.")
@as_json
def lock(pin: str, reason: str, note: str, as_json: bool) -> None:
    """Lock a person's account; its sessions end at once. What an authority asks for, two officers decide at the desk.

    Example: eid accounts lock 979085000102 --reason terms --note "Lent to somebody else"
    """
    with service():
        person_id = find_person(pin).id
        lock_account(find_account(person_id).id, LockReason(reason), note=note, **OPERATOR)
        _print_record(find_record(person_id), as_json)


@accounts.command()
@click.argument("pin")
@as_json
def unlock(pin: str, as_json: bool) -> None:
    """Lift each lock that is lifted by hand; those for a card or a death end with their ground, an authority's by request.

    Example: eid accounts unlock 979085000102
    """
    with service():
        person_id = find_person(pin).id
        unlock_account(find_account(person_id).id, **OPERATOR)
        _print_record(find_record(person_id), as_json)


@accounts.command()
@click.argument("pin")
@click.option("--reason", type=click.Choice([str(reason) for reason in CloseReason]), default="holder", help="Why.")
@as_json
def close(pin: str, reason: str, as_json: bool) -> None:
    """Close a person's account for good; the account and its history stay.

    Example: eid accounts close 979085000102 --reason death
    """
    with service():
        person_id = find_person(pin).id
        close_account(find_account(person_id).id, CloseReason(reason), **OPERATOR)
        _print_record(find_record(person_id), as_json)


@accounts.command()
@click.argument("pin")
@click.option("--role", type=click.Choice([str(role) for role in OfficerRole]), required=True, help="What they may do.")
@click.option("--place", required=True, help="The desk at which they work.")
def appoint(pin: str, role: str, place: str) -> None:
    """Let the holder of an active account of level 2 act as an officer; or give an officer another role or desk.

    Example: eid accounts appoint 979085000102 --role reviewer --place "Công an Phường Biển Thử"
    """
    with service():
        officer = appoint_officer(pin, role=role, place=place)
        click.echo(f"Appointed: {officer.role}, {officer.place}.")


@accounts.command()
@click.argument("pin")
def dismiss(pin: str) -> None:
    """End an officer's appointment; what they did keeps their name.

    Example: eid accounts dismiss 979085000102
    """
    with service():
        dismiss_officer(pin)
        click.echo("Dismissed.")


@accounts.command()
@click.argument("machine", type=click.Choice(["account", "request"]))
def states(machine: str) -> None:
    """Draw the states of an account or of a request, as the service has them in its tables, as Mermaid text.

    Example: eid accounts states request
    """
    click.echo(draw_account_states() if machine == "account" else draw_request_states())


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
    """Lock every account whose holder's card, passport or leave to stay has ended; for whoever runs the service, once a day.

    Example: eid accounts lock-expired
    """
    with service():
        click.echo(f"Locked: {lock_accounts_of_ended_grounds()}.")


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
        "email": account.email,
        "approved_at": account.approved_at.isoformat(),
        "activate_by": None if account.activated_at else account.activate_by.isoformat(),
        "activated_at": account.activated_at.isoformat() if account.activated_at else None,
        "closed_at": account.closed_at.isoformat() if account.closed_at else None,
        "card": str(record.card_state) if record.card_state else None,
    }
