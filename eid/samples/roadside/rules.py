"""What an officer is told about what a driver shows: a licence, or an identity card on a screen. Pure: no network, no clock.

First everything that can be known offline; then the status, from a list fetched now or, without network, one fetched before. What
cannot be known is not guessed: then the licence is genuine and not yet verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from eid.samples.roadside.status_lists import StatusList
from eid.samples.roadside.trust import Trust
from eid.samples.signatures import NotVerified, check_expected, verify_signature

LICENCE_TYP, CARD_TYP = "eid-driving_licence+jwt", "eid-card+jwt"
CLOCKS_APART = 30
"""Seconds by which this terminal's clock and the issuer's may differ."""
CARD_LIFE = 60
"""Seconds that a card's code holds at most; one that claims more is none."""
VIETNAM = timedelta(hours=7)


class Outcome(StrEnum):
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNVERIFIED = "unverified"
    """Genuine as far as can be seen from here; something could not be looked up yet."""
    NOT_GENUINE = "not_genuine"
    IDENTITY = "identity"
    """A card's code: it says who, not whether they may drive."""


class StatusFrom(StrEnum):
    NOW = "now"
    KEPT = "kept"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Checked:
    outcome: Outcome
    reason: str
    """A key of the words, for a sentence."""
    content: Mapping[str, Any]
    """What the paper says; empty where it is not to be believed."""
    steps: tuple[tuple[str, bool], ...]
    """What was looked at, in order, and whether it held."""
    shown_until: int = 0
    """Until when the code can be shown again, by whoever has it; seconds since 1970."""
    status_place: tuple[str, int] | None = None
    """Address of the list, and the place in it."""
    status_from: StatusFrom = StatusFrom.NOWHERE
    status_at: int = 0
    """When the list was made that the status is from."""


def check_offline(scanned: str, *, trust: Trust, now: float) -> Checked:
    """What can be said without network; a licence that holds is `unverified` until its status is known.

    1. It is a licence, or a card's code: `typ`.
    2. It is signed by a key that was loaded before.
    3. It is the trusted issuer's, and, as a licence, meant for whoever it is shown to: `iss`, `aud`.
    4. It is valid now, by a clock that may be a little apart: `iat`, `exp`.
    5. A licence says whether its holder may drive.
    """
    # (1)
    typ = _read_typ(scanned)
    if typ not in (LICENCE_TYP, CARD_TYP):
        return _refuse(Outcome.NOT_GENUINE, "not_a_code", (("typ", False),))
    steps: tuple[tuple[str, bool], ...] = (("typ", True),)
    # (2), (3)
    try:
        _header, claims = verify_signature(scanned, typ=typ, keys=trust)
        steps += (("key", True), ("signature", True))
        audience = {"aud": f"{trust.issuer}/show"} if typ == LICENCE_TYP else {}
        check_expected(claims, iss=trust.issuer, **audience)
    except NotVerified as error:
        return _refuse_unverified(error.step, steps, trust)
    steps += (("issuer", True),)
    # (4)
    wrong = _judge_time(claims, now, longest=CARD_LIFE if typ == CARD_TYP else None)
    if wrong is not None:
        return _refuse(*wrong, (*steps, ("time", False)))
    steps += (("time", True),)
    until = int(claims["exp"]) + CLOCKS_APART
    if typ == CARD_TYP:
        said = {name: claims.get(name) for name in ("name", "pin", "birthdate")}
        return Checked(Outcome.IDENTITY, "identity", said, steps, until)
    # (5)
    content = claims.get("driving_licence")
    place = _read_place(claims)
    if not isinstance(content, dict) or place is None:
        return _refuse(Outcome.NOT_GENUINE, "not_a_code", (*steps, ("content", False)))
    outcome, reason = judge_content(content, today=(datetime.fromtimestamp(now, UTC) + VIETNAM).date())
    found = Checked(outcome, reason, content, (*steps, ("content", outcome is Outcome.VALID)), until, place)
    return replace(found, outcome=Outcome.UNVERIFIED, reason="status_unknown") if outcome is Outcome.VALID else found


def check_status(found: Checked, listed: StatusList | None, *, fetched: bool, now: float) -> Checked:
    """The same with the status that its list says; what is worse already stays so.

    1. Without a list, or with one that is too old to say anything, nothing is known.
    2. The list decides; it is told whether it was fetched now or before.
    """
    if found.status_place is None:
        return found
    # (1)
    if listed is None or now > listed.expires_at + CLOCKS_APART:
        return replace(found, status_from=StatusFrom.NOWHERE, status_at=listed.issued_at if listed else 0)
    # (2)
    source = StatusFrom.NOW if fetched else StatusFrom.KEPT
    told = replace(found, status_from=source, status_at=listed.issued_at)
    outcome, reason = _STATUS.get(listed.find_status(found.status_place[1]), (Outcome.UNVERIFIED, "status_strange"))
    if found.outcome is not Outcome.UNVERIFIED:
        return told
    good = outcome is Outcome.VALID
    return replace(told, outcome=outcome, reason=reason, steps=(*found.steps, ("status", good)))


_STATUS = {
    0: (Outcome.VALID, "valid"),
    1: (Outcome.REVOKED, "status_invalid"),
    2: (Outcome.SUSPENDED, "status_suspended"),
}


def judge_content(content: Mapping[str, Any], *, today: date) -> tuple[Outcome, str]:
    """What the licence itself says of whether its holder may drive; the authority's own word goes first."""
    status = content.get("licence_status")
    if status == "revoked":
        return Outcome.REVOKED, "licence_revoked"
    if status == "suspended":
        return Outcome.SUSPENDED, "licence_suspended"
    if not list_classes_in_force(content, today=today):
        return Outcome.EXPIRED, "classes_expired"
    if content.get("points") == 0:
        return Outcome.SUSPENDED, "no_points"
    if content.get("may_drive") is not True:
        return Outcome.EXPIRED, "may_not_drive"
    return Outcome.VALID, "valid"


def list_classes_in_force(content: Mapping[str, Any], *, today: date) -> tuple[str, ...]:
    """Classes without a last day, or whose last day is not over."""
    classes = content.get("classes")
    held = [one for one in classes if isinstance(one, Mapping)] if isinstance(classes, list) else []
    return tuple(str(one.get("class")) for one in held if _is_in_force(one.get("expires_on"), today))


def _is_in_force(expires_on: Any, today: date) -> bool:
    if expires_on is None:
        return True
    try:
        return date.fromisoformat(str(expires_on)) >= today
    except ValueError:
        return False


def _read_typ(scanned: str) -> str:
    try:
        return str(jws.extract_compact(scanned.encode()).headers().get("typ"))
    except (JoseError, ValueError):
        return ""


def _judge_time(claims: Mapping[str, Any], now: float, *, longest: int | None) -> tuple[Outcome, str] | None:
    """What is wrong with its times, if anything is. A code from the future says that one of two clocks is wrong."""
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        return Outcome.NOT_GENUINE, "not_a_code"
    if longest is not None and expires_at - issued_at > longest:
        return Outcome.NOT_GENUINE, "lives_too_long"
    if now > expires_at + CLOCKS_APART:
        return Outcome.EXPIRED, "code_expired"
    if now < issued_at - CLOCKS_APART:
        return Outcome.UNVERIFIED, "clock_wrong"
    return None


def _refuse_unverified(step: str, steps: tuple[tuple[str, bool], ...], trust: Trust) -> Checked:
    """A key that was not loaded may be a new one: that is no forgery yet. A signature that does not hold is."""
    if step == "key":
        return _refuse(Outcome.UNVERIFIED, "key_unknown" if trust.keys else "nothing_loaded", (*steps, ("key", False)))
    reasons = {"signature": "forged", "iss": "another_issuer", "aud": "for_somebody_else"}
    names = {"iss": "issuer", "aud": "issuer"}
    return _refuse(
        Outcome.NOT_GENUINE, reasons.get(step, "not_a_code"), (*steps, (names.get(step, "signature"), False))
    )


def _refuse(outcome: Outcome, reason: str, steps: tuple[tuple[str, bool], ...]) -> Checked:
    return Checked(outcome, reason, {}, steps)


def _read_place(claims: Mapping[str, Any]) -> tuple[str, int] | None:
    status = claims.get("status")
    listed = status.get("status_list") if isinstance(status, Mapping) else None
    if not isinstance(listed, Mapping):
        return None
    uri, index = listed.get("uri"), listed.get("idx")
    return (uri, index) if isinstance(uri, str) and isinstance(index, int) else None
