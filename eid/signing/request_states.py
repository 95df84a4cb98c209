"""How it stands with something that a holder was asked to sign. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from eid.late_dataclasses import frozen

HANDLE_LIFE = timedelta(seconds=300)
"""From the question to its answer, and again from the answer to the signature."""
MOST_DIGESTS = 20
"""That one question may be about: as many as a holder may be expected to look through."""
MOST_UNANSWERED = 5
"""Questions within UNANSWERED_WITHIN that nobody answered: then nobody may ask on."""
UNANSWERED_WITHIN = timedelta(hours=1)


class Verdict(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"
    REPLACED = "replaced"
    """Something else was asked before it was answered."""
    REVOKED = "revoked"
    """The certificate ended meanwhile."""


class RequestState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"
    EXPIRED = "expired"
    SIGNED = "signed"
    OVER = "over"


@frozen
class Standing:
    verdict: str | None
    expires_at: datetime
    decided_at: datetime | None
    used_at: datetime | None


def judge_request(standing: Standing, *, now: datetime) -> RequestState:
    """A request that was approved in time can be signed for as long as it would have waited."""
    if standing.used_at is not None:
        return RequestState.SIGNED
    if standing.verdict in (Verdict.REPLACED, Verdict.REVOKED):
        return RequestState.OVER
    if standing.verdict in (Verdict.REFUSED, Verdict.WRONG_NUMBER):
        return RequestState(standing.verdict)
    until = standing.expires_at if standing.decided_at is None else standing.decided_at + HANDLE_LIFE
    if now >= until:
        return RequestState.EXPIRED
    return RequestState.APPROVED if standing.verdict == Verdict.APPROVED else RequestState.WAITING
