"""Entries of the audit log, and authentication methods, in words that their subject understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from eid.audit import ActorKind, AuditEntry
from eid.late_dataclasses import frozen
from eid.web import (
    acts_agencies,
    acts_declarations,
    acts_devices,
    acts_disclosures,
    acts_entitlements,
    acts_recovery,
    acts_representation,
    acts_requests,
    acts_services,
    acts_signing,
)

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
    "register_vehicle": _("Vehicle registered"),
    "transfer_vehicle": _("Vehicle sold"),
    "deregister_vehicle": _("Vehicle taken off the road"),
    "register_taxpayer": _("Registered with the tax authority"),
    "add_tax_dependant": _("Dependant counted for tax"),
    "remove_tax_dependant": _("Dependant no longer counted for tax"),
    "ask_for_paper": _("Paper asked for"),
    **acts_agencies.ACTS,
    "issue_code": _("Signed in to a service and shared data"),
    "deny_authorization": _("Sharing with a service refused"),
    "withdraw_consent": _("Consent withdrawn"),
    "issue_consent_receipt": _("Receipt for a consent"),
    "issue_credentials": _("Paper put into a wallet"),
    "present_credential": _("Paper shown from a wallet"),
    "open_showing": _("Code made that shows papers"),
    "check_shown_papers": _("Papers read by who scanned your code"),
    "make_offer": _("Paper offered to a wallet"),
    "defer_credentials": _("Paper asked for by a wallet, which waits for the agency"),
    "record_wallet_event": _("Told by a wallet what became of a paper"),
    "issue_paper_token": _("Paper read by a service"),
    "present_paper": _("Paper shown as a code"),
    "disclose_paper_by_card": _("Paper read by a service to which the card was held out"),
    **acts_requests.ACTS,
    **acts_representation.ACTS,
    **acts_devices.ACTS,
    **acts_recovery.ACTS,
    **acts_disclosures.ACTS,
    **acts_declarations.ACTS,
    **acts_services.ACTS,
    **acts_signing.ACTS,
    **acts_entitlements.ACTS,
}
"""The words of every act; an act has them in one place."""

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
    "pop": _("passkey"),
    "face": _("face"),
}


@frozen
class DescribedAct:
    at: datetime
    act: str
    actor: str
    service: str
    """The relying service that was concerned, by its name; empty where none was."""
    purpose: str
    was_refused: bool


def describe_acts(
    entries: Iterable[AuditEntry],
    services: Mapping[str, str],
    *,
    reader: int | None = None,
    names: Mapping[int, str] | None = None,
) -> list[DescribedAct]:
    """Each entry as a line to read; `services` has the names of relying services by their client id.

    The reader is whom the entry is about, unless told; `names` has those of other people, where the reader knows them.
    """
    return [
        DescribedAct(
            at=entry.at,
            act=str(ACTS.get(entry.act, entry.act.replace("_", " "))),
            actor=_write_actor(entry, reader, names or {}),
            service=services.get(client_of(entry), ""),
            purpose=str(entry.details.get("purpose", "")),
            was_refused=entry.details.get("result") == "refused",
        )
        for entry in entries
    ]


def _write_actor(entry: AuditEntry, reader: int | None, names: Mapping[int, str]) -> str:
    if entry.actor_kind != ActorKind.PERSON:
        return str(ACTORS[entry.actor_kind])
    actor = int(entry.actor) if entry.actor.isdigit() else entry.person_id
    if actor == (entry.person_id if reader is None else reader):
        return str(ACTORS[ActorKind.PERSON])
    return names.get(actor or 0, "") or str(_("another person"))


def client_of(entry: AuditEntry) -> str:
    """The client id of the relying service that an act concerned; empty where none was."""
    return entry.actor if entry.actor_kind == ActorKind.CLIENT else str(entry.details.get("client", ""))


def describe_method(method: str) -> str:
    """An authentication method reference (RFC 8176) as a word."""
    return str(METHODS.get(method, method))
