"""What was found about something that was shown: every step with its result, and what it says where all of them passed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from eid.credentials.card_code import VerifiedCardCode
from eid.credentials.formats import VerifiedPaper
from eid.crypto.status_list import StatusReference, VerifiedStatusList
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen


class StepResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@frozen
class Step:
    step: str
    result: StepResult
    code: str | None = None
    detail: str | None = None


@frozen
class CheckedCredential:
    """What a wallet was given, or showed."""

    form: str
    """`dc+sd-jwt` or `mso_mdoc`."""
    type: str
    """`vct`, or document type."""
    claims: Mapping[str, Any]
    """As JSON; of an mdoc, name space → element → value."""
    issuer: str
    """`iss`, or the name of the certificate that signed."""
    expires_at: int | None
    """Seconds since 1970."""
    status: StatusReference | None
    is_held: bool
    """Whoever showed it proved that it is theirs, to whoever asked."""


@frozen
class Report:
    steps: tuple[Step, ...]
    paper: VerifiedPaper | None = None
    card: VerifiedCardCode | None = None
    credential: CheckedCredential | None = None
    status_list: VerifiedStatusList | None = None

    @property
    def is_verified(self) -> bool:
        return any(found is not None for found in (self.paper, self.card, self.credential, self.status_list))

    @property
    def failure(self) -> Step | None:
        return next((step for step in self.steps if step.result is StepResult.FAILED), None)


def build_steps(
    order: Sequence[str], skipped: Collection[str], failure: VerificationFailed | None, failed: str = ""
) -> tuple[Step, ...]:
    """Each step of `order`: passed, or not checked where it was skipped or comes after the one that failed, by this name."""
    at = len(order) if failure is None else order.index(failed)
    steps = []
    for number, name in enumerate(order):
        if failure is not None and number == at:
            steps.append(Step(name, StepResult.FAILED, failure.code, failure.detail))
        elif name in skipped or number > at:
            steps.append(Step(name, StepResult.NOT_CHECKED))
        else:
            steps.append(Step(name, StepResult.PASSED))
    return tuple(steps)


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
        "credential": _write_credential(report.credential) if report.credential else None,
        "status_list": _write_list(report.status_list) if report.status_list else None,
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


def _write_credential(credential: CheckedCredential) -> dict[str, Any]:
    status = credential.status
    return {
        "format": credential.form,
        "type": credential.type,
        "issuer": credential.issuer,
        "expires_at": None if credential.expires_at is None else _write_time(credential.expires_at),
        "status": None if status is None else {"uri": status.uri, "idx": status.index},
        "holder_proved": credential.is_held,
        "claims": dict(credential.claims),
    }


def _write_list(verified: VerifiedStatusList) -> dict[str, Any]:
    return {
        "uri": verified.uri,
        "issued_at": _write_time(verified.issued_at),
        "expires_at": None if verified.expires_at is None else _write_time(verified.expires_at),
        "bits": verified.statuses.bits,
        "size": len(verified.statuses),
    }


def _write_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
