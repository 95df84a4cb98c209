"""Requests in words: what was asked for, where it stands, who has it, and what the form says."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from eid.accounts.models import OfficerRole
from eid.accounts.request_lifecycle import RequestState
from eid.accounts.request_models import Request
from eid.accounts.request_plans import RequestForm, RequestKind, StageName

KINDS: dict[str, Any] = {
    RequestKind.ACCOUNT_LEVEL_1: _("An account of level 1"),
    RequestKind.ACCOUNT_LEVEL_2: _("An account of level 2"),
    RequestKind.ACCOUNT_CHILD: _("An account for a child"),
    RequestKind.ACCOUNT_FOREIGNER: _("An account for a foreigner"),
    RequestKind.ORGANISATION: _("An account for an organisation"),
    RequestKind.LOCK_BY_AUTHORITY: _("Locking, as an authority asks"),
    RequestKind.UNLOCK_BY_AUTHORITY: _("Unlocking, as an authority asks"),
    RequestKind.LOCK_BY_HOLDER: _("Locking, as the holder asks"),
    RequestKind.UNLOCK_BY_HOLDER: _("Unlocking, as the holder asks"),
    RequestKind.CLOSE_ACCOUNT: _("Closing the account"),
    RequestKind.CHANGE_PHONE: _("Another phone number"),
    RequestKind.CHANGE_EMAIL: _("Another mail address"),
    RequestKind.CHANGE_RESIDENCE: _("Another place of residence"),
    RequestKind.APPEAL: _("Appeal against a refusal"),
}

STATES: dict[str, tuple[Any, str]] = {
    RequestState.REQUESTED: (_("waiting"), "info"),
    RequestState.IN_REVIEW: (_("in review"), "info"),
    RequestState.APPROVED: (_("approved"), "success"),
    RequestState.REFUSED: (_("refused"), "danger"),
    RequestState.WITHDRAWN: (_("withdrawn"), ""),
}
"""Word and kind of tag."""

STAGES: dict[str, Any] = {
    StageName.REVIEW: _("Review"),
    StageName.DECISION: _("Decision"),
}

FORMS: dict[str, Any] = {
    RequestForm.TK01: _("Request for a person’s identification account"),
    RequestForm.TK02: _("Request for an organisation’s identification account"),
    RequestForm.TK03: _("Request to lock, unlock or close an identification account"),
}

ROLES: dict[str, tuple[Any, Any]] = {
    OfficerRole.DESK: (_("Desk"), _("Receives people and does what is done at once.")),
    OfficerRole.HOTLINE: (_("Hotline"), _("Answers the telephone.")),
    OfficerRole.REVIEWER: (_("Reviewer"), _("Receives people, and examines what was asked for.")),
    OfficerRole.APPROVER: (_("Approver"), _("Does all that, decides what needs two officers, and appoints others.")),
}
"""Word, and what it allows."""

WISHES: dict[str, Any] = {
    "health_insurance": _("Health insurance"),
    "social_insurance": _("Social insurance"),
    "driving_licence": _("Driving licence"),
    "vehicle": _("Vehicle registration"),
    "civil_status": _("Civil status"),
}

DETAILS: dict[str, Any] = {
    "phone": _("Phone number"),
    "email": _("Mail address"),
    "wishes": _("Papers to be shown in the account"),
    "authority": _("Body that asks"),
    "document": _("Document"),
    "why": _("Reason given"),
    "level": _("Account level"),
}
"""What a form says besides, in the order in which it stands there; nothing else of the details is shown."""


def describe_details(request: Request) -> list[tuple[str, str]]:
    """What the form says besides, as (name, value) pairs to read."""
    return [
        (str(word), _write(name, request.details.get(name)))
        for name, word in DETAILS.items()
        if name in request.details
    ]


def _write(name: str, value: Any) -> str:
    if name == "wishes":
        return ", ".join(str(WISHES.get(wish, wish)) for wish in value)
    return "" if value is None else str(value)
