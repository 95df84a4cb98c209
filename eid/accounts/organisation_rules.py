"""Organisations and their accounts as tables: kinds, codes, states, reasons of locks, and what a mandate allows. Pure.

Decree 69/2024, articles 6, 7 and 15; the codes of state bodies follow Decision 20/2020/QĐ-TTg.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum

from eid.errors import Conflict, Malformed, Refused
from eid.late_dataclasses import frozen

LONGEST_NAME, LONGEST_SHORT_NAME, LONGEST_ADDRESS, LONGEST_CODE = 200, 100, 300, 35
MOST_REPRESENTATIVES = 10


class OrganisationKind(StrEnum):
    ENTERPRISE = "enterprise"
    COOPERATIVE = "cooperative"
    HOUSEHOLD_BUSINESS = "household_business"
    STATE_BODY = "state_body"
    ASSOCIATION = "association"


_BUSINESS_CODE = re.compile(r"\d{10}(-\d{3})?", re.ASCII)
_BODY_CODE = re.compile(r"[A-Z0-9]+(\.[A-Z0-9]+)*", re.ASCII)
_BUSINESSES = frozenset(
    {OrganisationKind.ENTERPRISE, OrganisationKind.COOPERATIVE, OrganisationKind.HOUSEHOLD_BUSINESS}
)


class OrganisationState(StrEnum):
    WAITING = "waiting"
    """For the other representatives' consent."""
    DECLINED = "declined"
    """One of them did not agree."""
    REQUESTED = "requested"
    ACTIVE = "active"
    LOCKED = "locked"


class OrganisationEvent(StrEnum):
    AGREE = "agree"
    """The last representative has agreed."""
    DECLINE = "decline"
    APPROVE = "approve"
    LOCK = "lock"
    LIFT = "lift"
    UNLOCK = "unlock"


_S, _E = OrganisationState, OrganisationEvent
TRANSITIONS: dict[tuple[OrganisationState, OrganisationEvent], OrganisationState] = {
    (_S.WAITING, _E.AGREE): _S.REQUESTED,
    (_S.WAITING, _E.DECLINE): _S.DECLINED,
    (_S.REQUESTED, _E.APPROVE): _S.ACTIVE,
    (_S.ACTIVE, _E.LOCK): _S.LOCKED,
    (_S.LOCKED, _E.LOCK): _S.LOCKED,
    (_S.LOCKED, _E.LIFT): _S.LOCKED,
    (_S.LOCKED, _E.UNLOCK): _S.ACTIVE,
}


class OrganisationLockReason(StrEnum):
    REPRESENTATIVE = "representative"
    """A representative, or a member with that mandate, asked."""
    TERMS = "terms"
    AUTHORITY = "authority"
    DISSOLVED = "dissolved"
    """The organisation was dissolved or stopped operating; nothing lifts it."""


LIFTED_AT_DESK = frozenset(
    {OrganisationLockReason.REPRESENTATIVE, OrganisationLockReason.TERMS, OrganisationLockReason.AUTHORITY}
)


class OrganisationAct(StrEnum):
    """What a mandate can allow. A representative may do all of it, and alone gives and revokes mandates."""

    READ = "read"
    """See the organisation's pages and what was done in its name."""
    MEMBERS = "members"
    """Take in members and release them."""
    STATE = "state"
    """Issue signed statements in its name."""
    LOCK = "lock"
    """Lock its account at once."""
    SERVICES = "services"
    """Register relying services in its name, and look after them."""


class MemberRole(StrEnum):
    DEPUTY = "deputy"
    ACCOUNTANT = "accountant"
    CLERK = "clerk"
    EMPLOYEE = "employee"


@frozen
class OrganisationForm:
    """Form TK02, as far as it describes the organisation."""

    kind: str
    code: str
    name: str
    foreign_name: str
    short_name: str
    founded_on: date
    address: str


@frozen
class Term:
    """From when until when a mandate holds, and whether it was taken back."""

    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        is_over = self.valid_until is not None and moment >= self.valid_until
        return self.valid_from <= moment and not is_over and self.revoked_at is None


def parse_organisation(form: OrganisationForm, *, today: date) -> OrganisationForm:
    """The form with its code in capitals.

    Raises Malformed: organisation_kind, organisation_code, organisation_name, founded_in_future, organisation_address.
    """
    if form.kind not in list(OrganisationKind):
        raise Malformed("organisation_kind", "Choose what kind of organisation it is.")
    code = parse_code(form.code, OrganisationKind(form.kind))
    names = (form.name, form.foreign_name)
    if not form.name or any(len(name) > LONGEST_NAME for name in names) or len(form.short_name) > LONGEST_SHORT_NAME:
        raise Malformed("organisation_name", "An organisation has a name of at most 200 characters.")
    if form.founded_on > today:
        raise Malformed("founded_in_future", "The day of foundation lies in the future.")
    if not 0 < len(form.address) <= LONGEST_ADDRESS:
        raise Malformed("organisation_address", "Write the address of the head office, in at most 300 characters.")
    return replace(form, code=code)


def parse_code(code: str, kind: OrganisationKind) -> str:
    """A business's code is its registration number, a body's is groups of capitals and digits with dots between."""
    wanted, pattern = code.upper(), _BUSINESS_CODE if kind in _BUSINESSES else _BODY_CODE
    if len(wanted) > LONGEST_CODE or not pattern.fullmatch(wanted):
        raise Malformed(
            "organisation_code",
            "A business has a number of 10 digits, a branch three more after a dash; a state body a code like H26.12.3.",
        )
    return wanted


def state_after(state: OrganisationState, event: OrganisationEvent) -> OrganisationState:
    """The state to which the event leads. Raises Conflict: organisation_<state>, where it cannot happen in this state."""
    if (state, event) not in TRANSITIONS:
        raise Conflict(
            f"organisation_{state}",
            "The organisation's account is not in a state in which this can be done.",
            reason=f"{event} while {state}",
        )
    return TRANSITIONS[state, event]


def parse_acts(acts: Collection[str]) -> list[str]:
    """The acts of a mandate, in order. Raises Malformed: mandate_acts, without any, or for one that there is not."""
    if not acts or not set(acts) <= set(OrganisationAct):
        raise Malformed("mandate_acts", "Choose what the member may do.")
    return [act for act in OrganisationAct if act in acts]


def check_term(*, valid_from: datetime, valid_until: datetime | None, now: datetime) -> None:
    """Raise Malformed: mandate_term, for a mandate that would never hold from now on."""
    if valid_until is not None and (valid_until <= valid_from or valid_until <= now):
        raise Malformed("mandate_term", "A mandate ends after it begins, and not in the past.")


def check_allowed(
    act: OrganisationAct, *, state: OrganisationState, represents: bool, mandates: Collection[tuple[Term, list[str]]],
    now: datetime,
) -> None:  # fmt: skip
    """Raise Refused: mandate_missing, unless somebody may do this in the organisation's name now.

    1. A representative may do everything, a member what a mandate that holds now allows.
    2. Reading is possible while the account is locked; everything else takes an active one (Conflict: organisation_…).
    """
    # (1)
    allowed = {name for term, acts in mandates if term.holds_at(now) for name in acts}
    if not represents and act not in allowed and not (act is OrganisationAct.READ and allowed):
        raise Refused("mandate_missing", "You have no mandate for this from the organisation.")
    # (2)
    if state != OrganisationState.ACTIVE and act is not OrganisationAct.READ:
        raise Conflict(
            f"organisation_{state}", "The organisation's account is not in a state in which this can be done."
        )
