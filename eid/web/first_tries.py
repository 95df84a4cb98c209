"""What to try first with each of the cast: where it begins, and the code that their authenticator shows just now."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from eid.cast import CastMember
from eid.clock import wall_now
from eid.crypto.totp import build_code
from eid.late_dataclasses import frozen
from eid.web.formats import write_clock
from eid.web.navigation import is_routed

ACTIVATE = (lazy_gettext("Activate the account"), "/citizen/activate")
HOTLINE = (lazy_gettext("Call the hotline"), "/citizen/activate/hotline")
SIGN_IN = (lazy_gettext("Sign in"), "/citizen/sign-in")
DESK = (lazy_gettext("To the desk"), "/desk/")

STATES = {
    "active": (lazy_gettext("active"), "success"),
    "approved": (lazy_gettext("to be activated"), "warning"),
    "locked": (lazy_gettext("locked"), "danger"),
    "none": (lazy_gettext("no account"), ""),
}
DAYS_TO_ACTIVATE = 7


@frozen
class FirstTry:
    member: CastMember
    state: Any
    kind: str
    """Which colour the state has."""
    label: Any
    address: str
    """Where the story begins; empty where this build has no such page."""
    code: str
    code_at: str


def find_try(member: CastMember) -> FirstTry:
    """Where the story of one of the cast begins; `code` is what their authenticator shows now, if they have one."""
    now = wall_now()
    state, kind = (lazy_gettext("officer"), "info") if member.role == "officer" else STATES[member.account]
    label, address = _beginning(member)
    code = build_code(member.totp_secret, now=now) if member.totp_secret else ""
    return FirstTry(member, state, kind, label, address if is_routed(address) else "", code, write_clock(now))


def _beginning(member: CastMember) -> tuple[Any, str]:
    if member.role == "officer" or member.account == "none":
        return DESK
    if member.account == "approved":
        return HOTLINE if member.approved_days_ago > DAYS_TO_ACTIVATE else ACTIVATE
    return SIGN_IN
