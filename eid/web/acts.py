"""Entries of the audit log, and authentication methods, in words that their subject understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    "change_password": _("Password changed"),
    "change_passcode": _("Passcode changed"),
    "change_authenticator": _("Authenticator replaced"),
    "issue_recovery_codes": _("New recovery codes"),
    "use_recovery_code": _("Recovery code used"),
    "close_session": _("Session ended"),
    "lock_account": _("Account locked"),
    "unlock_account": _("Account lock lifted"),
    "look_up_person": _("Record opened"),
    "issue_card": _("Card issued"),
    "issue_card_at_desk": _("Card issued at the desk"),
    "make_card": _("Card made"),
    "make_card_at_desk": _("Card made at the desk"),
    "hand_over_card": _("Card handed over"),
    "hand_over_card_at_desk": _("Card handed over at the desk"),
    "cancel_card": _("Card cancelled"),
    "cancel_card_at_desk": _("Card cancelled at the desk"),
    "report_card_lost": _("Card reported lost"),
    "report_card_lost_at_desk": _("Card reported lost at the desk"),
    "revoke_card": _("Card revoked"),
    "revoke_card_at_desk": _("Card revoked at the desk"),
    "withhold_card_at_desk": _("Card withheld at the desk"),
    "return_card_at_desk": _("Card returned at the desk"),
    "end_card": _("Card ended"),
    "withhold_card": _("Card withheld"),
    "return_card": _("Card returned"),
    "inspect_card_at_desk": _("Card read at the desk"),
    "issue_card_receipt": _("Card verified for a service"),
    "preview_life_event_at_desk": _("Life event prepared at the desk"),
    "register_life_event_at_desk": _("Life event entered at the desk"),
    "register_birth": _("Birth registered"),
    "register_death": _("Death registered"),
    "register_marriage": _("Marriage registered"),
    "register_divorce": _("Divorce registered"),
    "register_move": _("Move registered"),
    "correct_person": _("Entry in the register corrected"),
    "naturalise_person": _("Naturalisation registered"),
    "end_citizenship": _("Loss of citizenship registered"),
    "issue_health_insurance": _("Health insurance issued"),
    "issue_driving_licence": _("Driving licence issued"),
    "deduct_licence_points": _("Licence points deducted"),
    "restore_licence_points": _("Licence points restored"),
    "issue_code": _("Signed in to a service and shared data"),
    "deny_authorization": _("Sharing with a service refused"),
    "withdraw_consent": _("Consent withdrawn"),
    "issue_credentials": _("Paper put into a wallet"),
    "issue_paper_token": _("Paper read by a service"),
    "present_paper": _("Paper shown as a code"),
    "disclose_paper_by_card": _("Paper read by a service to which the card was held out"),
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
    service: str
    """The relying service that was concerned, by its name; empty where none was."""
    purpose: str
    was_refused: bool


def describe_acts(entries: Iterable[AuditEntry], services: Mapping[str, str]) -> list[DescribedAct]:
    """Each entry as a line to read; `services` has the names of relying services by their client id."""
    return [
        DescribedAct(
            at=entry.at,
            act=str(ACTS.get(entry.act, entry.act.replace("_", " "))),
            actor=str(ACTORS[entry.actor_kind]),
            service=services.get(client_of(entry), ""),
            purpose=str(entry.details.get("purpose", "")),
            was_refused=entry.details.get("result") == "refused",
        )
        for entry in entries
    ]


def client_of(entry: AuditEntry) -> str:
    """The client id of the relying service that an act concerned; empty where none was."""
    return entry.actor if entry.actor_kind == ActorKind.CLIENT else str(entry.details.get("client", ""))


def describe_method(method: str) -> str:
    """An authentication method reference (RFC 8176) as a word."""
    return str(METHODS.get(method, method))
