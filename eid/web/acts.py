"""Entries of the audit log, and authentication methods, in words that their subject understands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from eid.audit import ActorKind, AuditEntry

ACTS: dict[str, Any] = {
    "open_account": _("Account opened"),
    "begin_activation": _("Activation begun"),
    "confirm_phone": _("Phone confirmed"),
    "activate_account": _("Account activated"),
    "reopen_activation": _("Activation allowed after a call to the hotline"),
    "begin_sign_in": _("Sign-in with password"),
    "complete_sign_in": _("Sign-in confirmed with the authenticator"),
    "lock_account": _("Account locked"),
    "unlock_account": _("Account lock lifted"),
    "look_up_person": _("Record opened"),
    "issue_card": _("Card issued"),
    "issue_card_at_desk": _("Card issued at the desk"),
    "revoke_card_at_desk": _("Card revoked at the desk"),
    "withhold_card_at_desk": _("Card withheld at the desk"),
    "return_card_at_desk": _("Card returned at the desk"),
    "end_card": _("Card ended"),
    "withhold_card": _("Card withheld"),
    "return_card": _("Card returned"),
    "issue_card_receipt": _("Card verified for a service"),
    "register_death_at_desk": _("Death registered at the desk"),
}

ACTORS: dict[str, Any] = {
    ActorKind.PERSON: _("you"),
    ActorKind.OFFICER: _("an officer"),
    ActorKind.CLIENT: _("a service"),
    ActorKind.SYSTEM: _("the system"),
}


METHODS: dict[str, Any] = {
    "pwd": _("password"),
    "pin": _("passcode"),
    "otp": _("authenticator"),
    "sc": _("identity card"),
    "swk": _("device"),
    "hwk": _("passkey"),
    "face": _("face"),
}


@dataclass(frozen=True)
class DescribedAct:
    at: datetime
    act: str
    actor: str
    purpose: str
    was_refused: bool


def describe_acts(entries: Iterable[AuditEntry]) -> list[DescribedAct]:
    """Each entry as a line to read; an act that has no words here is shown by its name."""
    return [
        DescribedAct(
            at=entry.at,
            act=str(ACTS.get(entry.act, entry.act.replace("_", " "))),
            actor=str(ACTORS[entry.actor_kind]),
            purpose=str(entry.details.get("purpose", "")),
            was_refused=entry.details.get("result") == "refused",
        )
        for entry in entries
    ]


def describe_method(method: str) -> str:
    """An authentication method reference (RFC 8176) as a word."""
    return str(METHODS.get(method, method))
