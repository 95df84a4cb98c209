"""Through which stages a request goes: who has each, and how many working days it may take. Pure.

Decree 69/2024, articles 10 to 12 for accounts, 29 and 30 for locks. Where the decree names no time, three days, and seven for
an appeal, are this service's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from eid.late_dataclasses import frozen


class RequestKind(StrEnum):
    """What is asked for."""

    ACCOUNT_LEVEL_1 = "account_level_1"
    ACCOUNT_LEVEL_2 = "account_level_2"
    ACCOUNT_CHILD = "account_child"
    ACCOUNT_FOREIGNER = "account_foreigner"
    ORGANISATION = "organisation"
    LOCK_BY_AUTHORITY = "lock_by_authority"
    UNLOCK_BY_AUTHORITY = "unlock_by_authority"
    LOCK_BY_HOLDER = "lock_by_holder"
    """At the desk or by telephone; in the app nothing is requested, it is done."""
    UNLOCK_BY_HOLDER = "unlock_by_holder"
    CLOSE_ACCOUNT = "close_account"
    CHANGE_PHONE = "change_phone"
    CHANGE_EMAIL = "change_email"
    CHANGE_RESIDENCE = "change_residence"
    APPEAL = "appeal"
    """Against a refusal: Request.appeal_of."""


class RequestForm(StrEnum):
    """The paper form behind a request (Decree 69/2024, annex)."""

    TK01 = "TK01"
    """A person's account."""
    TK02 = "TK02"
    """An organisation's account."""
    TK03 = "TK03"
    """Locking and unlocking."""


class StageName(StrEnum):
    REVIEW = "review"
    """Examined where it came in."""
    DECISION = "decision"
    """Decided by another officer than examined it."""


@frozen
class Stage:
    name: StageName
    days: int
    """Working days from the moment at which the request enters it."""


Plan = tuple[Stage, ...]

BY_AUTHORITY = frozenset({RequestKind.LOCK_BY_AUTHORITY, RequestKind.UNLOCK_BY_AUTHORITY})
"""Asked for by a lawful body; whom it is about learns of the decision, not of the asking."""

BY_HOLDER = frozenset({RequestKind.LOCK_BY_HOLDER, RequestKind.UNLOCK_BY_HOLDER, RequestKind.CLOSE_ACCOUNT})
"""Asked for by the holder, about an account that there is."""

ONE_AT_A_TIME = BY_AUTHORITY | {
    RequestKind.ACCOUNT_LEVEL_1,
    RequestKind.ACCOUNT_LEVEL_2,
    RequestKind.CLOSE_ACCOUNT,
}
"""About one person there is never more than one open request of such a kind."""

_TWO_OFFICERS: Plan = (Stage(StageName.REVIEW, 1), Stage(StageName.DECISION, 2))
_DEFAULT_DAYS = 3
_APPEAL_DAYS = 7


def plan_of(kind: RequestKind, details: Mapping[str, Any]) -> Plan:
    """The stages of a request of this kind that says this, in order.

    What decides about the days stands in the details: `level` ("1": asked for in the app), `card` ("none": issued together
    with the account), `on_record` (false: biometrics, or the organisation, are in no database yet).
    """
    if kind in BY_AUTHORITY:
        return _TWO_OFFICERS
    return (Stage(StageName.REVIEW, _days_of(kind, details)),)


def _days_of(kind: RequestKind, details: Mapping[str, Any]) -> int:
    is_on_record = details.get("on_record", True)
    if kind == RequestKind.APPEAL:
        return _APPEAL_DAYS
    if kind == RequestKind.ACCOUNT_LEVEL_1 or str(details.get("level", "")) == "1":
        return 1
    if kind == RequestKind.ORGANISATION:
        return _DEFAULT_DAYS if is_on_record else 15
    needs_more = details.get("card") == "none" or not is_on_record
    return 7 if needs_more else _DEFAULT_DAYS


def form_of(kind: RequestKind) -> RequestForm:
    """The form that a request of this kind is written on."""
    if kind == RequestKind.ORGANISATION:
        return RequestForm.TK02
    return RequestForm.TK03 if kind in BY_AUTHORITY | BY_HOLDER else RequestForm.TK01
