"""Checking a token that was shown – a paper's, or the code of an identity card – with nothing but files: keys, and a status
list where there is one. Pure.

The result is a report that names every step; nothing is fetched, and what was not given to check against says `not_checked`.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from eid.credentials import card_code
from eid.credentials.card_code import VerifiedCardCode, verify_card_code
from eid.credentials.formats import VerifiedPaper, find_paper_of_typ, verify_paper_token
from eid.crypto.status_list import VerifiedStatusList, parse_status, verify_status_list
from eid.errors import Malformed, VerificationFailed

STEPS = ("typ", "key", "signature", "iss", "aud", "time", "content", "status")
"""In the order in which they are taken; the first that fails ends the check."""

_STEP_OF = {"claims": "content", "iat": "time", "exp": "time"}


class StepResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Step:
    step: str
    result: StepResult
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Trust:
    """Keys that are believed, and the issuer whose they are where the file says so."""

    keys: Sequence[Mapping[str, Any]]
    issuer: str | None


@dataclass(frozen=True)
class Report:
    steps: tuple[Step, ...]
    paper: VerifiedPaper | None = None
    card: VerifiedCardCode | None = None

    @property
    def is_verified(self) -> bool:
        return self.paper is not None or self.card is not None

    @property
    def failure(self) -> Step | None:
        return next((step for step in self.steps if step.result is StepResult.FAILED), None)


def parse_trust(text: str) -> Trust:
    """The keys of a JSON Web Key Set, and its `issuer` where it bears one. Raises Malformed: trust_malformed."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Malformed("trust_malformed", "The trust file is no JSON Web Key Set.") from error
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise Malformed("trust_malformed", "The trust file is no JSON Web Key Set.")
    issuer = document.get("issuer")
    return Trust(keys, issuer if isinstance(issuer, str) else None)


def check_shown_token(
    token: str,
    *,
    trust: Trust,
    now: datetime,
    expected_audience: str | None = None,
    status_list: str | None = None,
) -> Report:
    """As check_card_code or check_paper_token, whichever its header says that it is."""
    if _read_unverified(token)[0].get("typ") == card_code.TYP:
        return check_card_code(token, trust=trust, now=now)
    return check_paper_token(token, trust=trust, now=now, expected_audience=expected_audience, status_list=status_list)


def check_card_code(token: str, *, trust: Trust, now: datetime) -> Report:
    """What there is to say about the code of an identity card; it is meant for anybody and has no status, as it ends at once."""
    unverified_header, unverified_claims = _read_unverified(token)
    skipped = {"aud", "status", *(() if trust.issuer is not None else ("iss",))}
    try:
        verified = verify_card_code(
            token,
            keys=_keys_named(unverified_header, trust),
            expected_issuer=trust.issuer or str(unverified_claims.get("iss")),
            now=now,
        )
    except VerificationFailed as failure:
        return Report(_steps(skipped, failure))
    return Report(_steps(skipped, None), card=verified)


def check_paper_token(
    token: str,
    *,
    trust: Trust,
    now: datetime,
    expected_audience: str | None = None,
    status_list: str | None = None,
) -> Report:
    """What there is to say about a token under these keys at this time; `status_list` is a status list token.

    1. Its header names a kind of paper (typ) and a key that is trusted (key); its signature holds (signature).
    2. It comes from the trusted issuer (iss), is meant for the expected audience (aud), and is valid now (time).
    3. It holds the paper that it names (content), and its place in the status list says valid (status).
    """
    unverified_header, unverified_claims = _read_unverified(token)
    skipped = {
        *(() if trust.issuer is not None else ("iss",)),
        *(() if expected_audience is not None else ("aud",)),
        *(() if status_list is not None else ("status",)),
    }
    try:
        verified = verify_paper_token(
            token,
            paper=find_paper_of_typ(unverified_header.get("typ")),
            keys=_keys_named(unverified_header, trust),
            expected_issuer=trust.issuer or str(unverified_claims.get("iss")),
            expected_audience=expected_audience or str(unverified_claims.get("aud")),
            now=now,
            status_list=_read_status_list(status_list, unverified_claims, trust, now),
        )
    except VerificationFailed as failure:
        return Report(_steps(skipped, failure))
    return Report(_steps(skipped, None), paper=verified)


def write_report(report: Report) -> dict[str, Any]:
    """The report as a JSON document, in the form of `eid cards verify`."""
    return {
        "verdict": "verified" if report.is_verified else "refused",
        "steps": [
            {"step": each.step, "result": str(each.result), "code": each.code, "detail": each.detail}
            for each in report.steps
        ],
        "paper": _write_paper(report.paper) if report.paper else None,
        "card": _write_card(report.card) if report.card else None,
    }


def _write_paper(paper: VerifiedPaper) -> dict[str, Any]:
    return {
        "paper": paper.paper.name,
        "subject": paper.subject,
        "audience": paper.audience,
        "expires_at": _write_time(paper.expires_at),
        "content": dict(paper.content),
    }


def _write_card(card: VerifiedCardCode) -> dict[str, Any]:
    holder = card.holder
    return {
        "pin": holder.pin,
        "name": holder.name,
        "birthdate": holder.birth_date.isoformat(),
        "expires_at": _write_time(card.expires_at),
    }


def _write_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _steps(skipped: set[str], failure: VerificationFailed | None) -> tuple[Step, ...]:
    failed = None if failure is None else STEPS.index(_canonical(failure.step))
    steps = []
    for number, name in enumerate(STEPS):
        if failure is not None and number == failed:
            steps.append(Step(name, StepResult.FAILED, failure.code, failure.detail))
        elif name in skipped or (failed is not None and number > failed):
            steps.append(Step(name, StepResult.NOT_CHECKED))
        else:
            steps.append(Step(name, StepResult.PASSED))
    return tuple(steps)


def _canonical(step: str) -> str:
    return "status" if step.startswith("status") else _STEP_OF.get(step, step)


def _keys_named(header: Mapping[str, Any], trust: Trust) -> list[Mapping[str, Any]]:
    named = [key for key in trust.keys if key.get("kid") == header.get("kid")]
    if not named or not isinstance(header.get("kid"), str):
        raise VerificationFailed("key", "key_unknown", "None of the trusted keys is the one that the token names.")
    return named


def _read_status_list(
    token: str | None, unverified_claims: Mapping[str, Any], trust: Trust, now: datetime
) -> VerifiedStatusList | None:
    """The list, verified; that the token points to it is verified with the token itself."""
    if token is None:
        return None
    uri = parse_status(unverified_claims.get("status")).uri
    try:
        return verify_status_list(token, keys=trust.keys, expected_uri=uri, now=now)
    except VerificationFailed as failure:
        raise VerificationFailed("status", failure.code, failure.detail, reason=failure.reason) from failure


def _read_unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as they stand there, believed by nobody; empty where they cannot be read."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}, {}
    return _read_part(parts[0]), _read_part(parts[1])


def _read_part(part: str) -> dict[str, Any]:
    try:
        read = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
