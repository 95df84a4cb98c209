"""`verified_claims`: claims with how they were verified (OpenID Connect for Identity Assurance 1.0, and the schema of OpenID
Identity Assurance Schema Definition 1.0). Pure.

What is told of a verification is that which this account rests on: the card whose chip activated it, and the desk that received
its holder. What is not asked for is not told; what does not meet a wish is left out, never refused.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from eid.late_dataclasses import frozen
from eid.oauth.claims_request import meets_wish

TRUST_FRAMEWORK = "vn_decree_69_2024"
"""Decree 69/2024/NĐ-CP on electronic identification and authentication."""
VERIFIABLE_CLAIMS = (
    "name",
    "family_name",
    "middle_name",
    "given_name",
    "birthdate",
    "gender",
    "address",
    "pin",
)
EVIDENCE_TYPES = ("document",)
DOCUMENT_TYPES = ("idcard", "passport")
METHODS = ("eid", "pipp")
CHECK_METHODS = ("vcrypt", "vpip")
"""Of the predefined values: by cryptography, and in person."""
_ALWAYS = frozenset({"type", "check_method", "trust_framework"})
"""Members without which an element would not be valid."""
_LIMITS = ("value", "values", "max_age")


class _Missed(Exception):
    """A wish within `verification` is not met."""


class _Nothing:
    """What is not asked for, or not there."""


_NOTHING = _Nothing()


@frozen
class CardCheck:
    """The verification of a chip that activated the account."""

    reference: str
    at: datetime
    document_number: str
    sod_sha256: bytes
    issued_on: date
    expires_on: date | None
    verifier: str


@frozen
class DeskCheck:
    """A desk that received the holder in person."""

    at: datetime
    place: str
    document_type: str


def build_verification(
    *, assurance_level: str, card: CardCheck | None, desk: DeskCheck | None
) -> dict[str, Any] | None:
    """All that can be told of how an account's holder was verified; None where the account rests on nothing that is kept."""
    if card is None and desk is None:
        return None
    evidence = [_describe_card(card)] if card else []
    evidence += [_describe_desk(desk)] if desk else []
    found = {
        "trust_framework": TRUST_FRAMEWORK,
        "assurance_level": assurance_level,
        "time": _moment(card.at if card else desk.at),  # type: ignore[union-attr]
        "evidence": evidence,
    }
    return found | ({"verification_process": card.reference} if card else {})


def select_verified_claims(
    asked: Any,
    *,
    verification: Mapping[str, Any] | None,
    values: Mapping[str, Any],
    may_tell: Callable[[str], bool],
    now: datetime,
) -> Any:
    """What answers a request's verified_claims, in its own form: an object, or a list of those that can be met; None for none.

    1. Something of the verification is known, and every wish within `verification` is met; else the element is left out whole.
    2. Of the claims, those that exist, are granted and meet their wish; without any, the element is left out.

    Elements are judged each for itself.
    """
    elements = asked if isinstance(asked, list) else [asked]
    given = [_answer(element, verification, values, may_tell, now) for element in elements]
    found = [element for element in given if element is not None]
    if not found:
        return None
    return found if isinstance(asked, list) else found[0]


def _answer(
    element: Mapping[str, Any],
    verification: Mapping[str, Any] | None,
    values: Mapping[str, Any],
    may_tell: Callable[[str], bool],
    now: datetime,
) -> dict[str, Any] | None:
    # (1)
    if verification is None:
        return None
    try:
        told = _pick(element["verification"], verification, now)
    except _Missed:
        return None
    # (2)
    claims = {
        name: values[name]
        for name, wish in element["claims"].items()
        if name in VERIFIABLE_CLAIMS and name in values and may_tell(name) and meets_wish(wish, values[name], now)
    }
    return {"verification": told, "claims": claims} if claims else None


def _pick(wish: Any, have: Any, now: datetime) -> Any:
    """What of `have` is wished for. Raises _Missed."""
    if isinstance(have, Mapping):
        return _pick_members(wish if isinstance(wish, Mapping) else {}, have, now)
    if isinstance(have, Sequence) and not isinstance(have, str):
        return _pick_entries(wish, have, now)
    if not meets_wish(wish, have, now):
        raise _Missed
    return have


def _pick_members(wish: Mapping[str, Any], have: Mapping[str, Any], now: datetime) -> Any:
    if any(name not in have and _is_limited(wished) for name, wished in wish.items() if name not in _LIMITS):
        raise _Missed
    names = [name for name in have if name in wish or name in _ALWAYS]
    picked = {name: _pick(wish.get(name), have[name], now) for name in names}
    found = {name: value for name, value in picked.items() if value is not _NOTHING}
    return found or _NOTHING


def _pick_entries(wish: Any, have: Sequence[Any], now: datetime) -> Any:
    """Each entry that one of the templates fits, cut to the first that does; templates are alternatives."""
    if not isinstance(wish, list):
        return _NOTHING
    found = [entry for entry in (_fit(one, wish, now) for one in have) if entry is not _NOTHING]
    if wish and not found:
        raise _Missed
    return found or _NOTHING


def _fit(entry: Any, templates: Sequence[Any], now: datetime) -> Any:
    for template in templates:
        try:
            return _pick(template, entry, now)
        except _Missed:
            continue
    return _NOTHING


def _is_limited(wish: Any) -> bool:
    """Whether a wish says more than that something be told."""
    if isinstance(wish, list):
        return any(_is_limited(one) for one in wish)
    if not isinstance(wish, Mapping):
        return False
    return any(name in wish for name in _LIMITS) or any(_is_limited(one) for one in wish.values())


def _describe_card(card: CardCheck) -> dict[str, Any]:
    document = {
        "type": "idcard",
        "document_number": card.document_number,
        "date_of_issuance": card.issued_on.isoformat(),
        "issuer": {"name": card.verifier, "country_code": "VNM"},
        "digest": {"alg": "sha-256", "value": base64.b64encode(card.sod_sha256).decode()},
    }
    if card.expires_on is not None:
        document["date_of_expiry"] = card.expires_on.isoformat()
    check = {
        "check_method": "vcrypt",
        "organization": card.verifier,
        "time": _moment(card.at),
        "txn": card.reference,
    }
    return _describe("eid", check, document)


def _describe_desk(desk: DeskCheck) -> dict[str, Any]:
    check = {"check_method": "vpip", "organization": desk.place, "time": _moment(desk.at)}
    return _describe("pipp", check, {"type": desk.document_type})


def _describe(method: str, check: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence under the names of the final specification, and under those of its third draft, which many still ask by."""
    return {
        "type": "document",
        "check_details": [check],
        "document_details": document,
        "method": method,
        "time": check["time"],
        "verifier": {"organization": check["organization"]},
        "document": document,
    }


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
