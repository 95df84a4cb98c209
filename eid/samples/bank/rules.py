"""When this bank opens an account: what it asks for, and how it judges what it was told. Pure.

The rules are the bank's own, stricter than a sign-in: who a customer is must rest on a chip that was read, not long ago.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

LEVEL = "LoA4"
"""Something known, something held and a face: nobody else could have been there."""
FRAMEWORK = "vn_decree_69_2024"
ACCOUNT_LEVEL = "level_2"
SIGN_IN_AGE = 300
"""Seconds since the customer proved who they are."""
EVIDENCE_AGE = timedelta(days=730)
"""Since the chip was read on which the customer's account rests."""
AGE = 15
"""From which years on somebody opens an account alone."""
CLAIMS = ("name", "birthdate", "pin", "address")
NEEDED = ("name", "birthdate", "pin")
ASKED: dict[str, Any] = {
    "id_token": {"acr": {"essential": True, "values": [LEVEL]}},
    "userinfo": {
        "verified_claims": {
            "verification": {
                "trust_framework": {"value": FRAMEWORK},
                "assurance_level": None,
                "time": None,
                "evidence": [
                    {
                        "type": {"value": "document"},
                        "check_details": [{"check_method": None, "organization": None, "time": None, "txn": None}],
                        "document_details": {
                            "type": None,
                            "document_number": None,
                            "date_of_issuance": None,
                            "date_of_expiry": None,
                            "issuer": {"name": None, "country_code": None},
                            "digest": {"alg": None, "value": None},
                        },
                    }
                ],
            },
            "claims": dict.fromkeys(CLAIMS),
        }
    },
}
"""No limits stand in it: a bank wants to see weak evidence and say why it does not suffice, rather than see nothing."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: its name, whether it suffices, and what was found."""

    rule: str
    holds: bool
    found: str


@dataclass(frozen=True)
class Dossier:
    """What an account is opened on."""

    claims: Mapping[str, Any]
    """As they were verified."""
    document: Mapping[str, Any]
    """The card whose chip was read; empty where none was."""
    check: Mapping[str, Any]
    """Who read it, when and how."""
    findings: tuple[Finding, ...]

    @property
    def is_accepted(self) -> bool:
        return all(finding.holds for finding in self.findings)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The rules that are not met, the first first."""
        return tuple(finding.rule for finding in self.findings if not finding.holds)


def judge(id_token: Mapping[str, Any], userinfo: Mapping[str, Any], *, now: datetime) -> Dossier:
    """The dossier of a customer, every rule judged: also those after the first that is not met.

    1. The customer signed in strongly enough, and just now.
    2. Somebody whom we accept vouches for who they are, for an account of level 2.
    3. It rests on a chip that was read, not too long ago, of a card that has not expired.
    4. All that an account needs was told, and the customer is old enough.
    """
    verified = userinfo.get("verified_claims")
    verified = verified if isinstance(verified, Mapping) else {}
    verification, claims = _part(verified, "verification"), _part(verified, "claims")
    document, check = find_chip_evidence(verification.get("evidence"))
    findings = (
        # (1)
        Finding("level", id_token.get("acr") == LEVEL, str(id_token.get("acr", ""))),
        _judge_sign_in(id_token.get("auth_time"), now),
        # (2)
        _judge_equal("framework", verification.get("trust_framework"), FRAMEWORK),
        _judge_equal("account_level", verification.get("assurance_level"), ACCOUNT_LEVEL),
        # (3)
        _judge_equal("chip", check.get("check_method"), "vcrypt"),
        _judge_evidence_age(check.get("time"), now),
        _judge_expiry(document, now.date()),
        # (4)
        Finding("complete", all(claims.get(name) for name in NEEDED), ", ".join(n for n in CLAIMS if claims.get(n))),
        _judge_age(claims.get("birthdate"), now.date()),
    )
    return Dossier(claims, document, check, findings)


def find_chip_evidence(evidence: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The identity card among the evidence that was verified by cryptography, and how; without one, what there is instead."""
    known = [one for one in evidence if isinstance(one, Mapping)] if isinstance(evidence, Sequence) else []
    pairs = [(_part(one, "document_details"), _first(one.get("check_details"))) for one in known]
    chips = [pair for pair in pairs if pair[1].get("check_method") == "vcrypt" and pair[0].get("type") == "idcard"]
    return next(iter(chips or pairs), ({}, {}))


def _judge_sign_in(auth_time: Any, now: datetime) -> Finding:
    if not isinstance(auth_time, int):
        return Finding("sign_in_age", False, "")
    at = datetime.fromtimestamp(auth_time, UTC)
    return Finding("sign_in_age", now - at <= timedelta(seconds=SIGN_IN_AGE), _write(at))


def _judge_equal(rule: str, found: Any, expected: str) -> Finding:
    return Finding(rule, found == expected, str(found or ""))


def _judge_evidence_age(found: Any, now: datetime) -> Finding:
    """A time ahead of ours is fresh: the service's world has a clock of its own, and nobody reads a chip before it is there."""
    try:
        at = datetime.fromisoformat(str(found).replace("Z", "+00:00"))
    except ValueError:
        return Finding("evidence_age", False, "")
    return Finding("evidence_age", at.tzinfo is not None and now - at <= EVIDENCE_AGE, _write(at))


def _judge_expiry(document: Mapping[str, Any], today: date) -> Finding:
    """A card without a last day is one of the elderly, which do not expire; no card at all does not suffice."""
    expires_on = document.get("date_of_expiry")
    if not document.get("document_number"):
        return Finding("card_in_force", False, "")
    if expires_on is None:
        return Finding("card_in_force", True, "–")
    day = _read_day(expires_on)
    return Finding("card_in_force", day is not None and day >= today, str(expires_on))


def _judge_age(birthdate: Any, today: date) -> Finding:
    born = _read_day(birthdate)
    if born is None:
        return Finding("age", False, "")
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return Finding("age", years >= AGE, str(years))


def _read_day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, Mapping) else {}


def _first(entries: Any) -> Mapping[str, Any]:
    found = entries[0] if isinstance(entries, list) and entries else {}
    return found if isinstance(found, Mapping) else {}


def _write(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
