"""What a client that polls is told (CIBA Core, section 11; RFC 8628, section 3.5). Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from eid.late_dataclasses import frozen
from eid.oauth.decoupled.models import Verdict

INTERVAL = 5
"""Seconds between two polls; what both specifications assume where nothing is said."""
SLOWER_BY = 5
"""RFC 8628, section 3.5: by so many seconds for this and all that follow."""
LONGEST_INTERVAL = 60


class PollAnswer(StrEnum):
    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    EXPIRED = "expired_token"
    DENIED = "access_denied"
    SPENT = "invalid_grant"
    REDEEM = "redeem"


@frozen
class Poll:
    """How a question stands when its client asks."""

    verdict: Verdict | None
    interval: int
    polled_at: datetime | None
    expires_at: datetime
    redeemed_at: datetime | None


def judge_poll(poll: Poll, *, now: datetime) -> tuple[PollAnswer, int]:
    """The answer, and the seconds that the client has to wait from now on.

    1. What was redeemed is spent.
    2. What was denied stays denied, for as long as it is known.
    3. What is over is over, approved or not.
    4. Only who waits can wait too little.
    """
    # (1)
    if poll.redeemed_at is not None:
        return PollAnswer.SPENT, poll.interval
    # (2)
    if poll.verdict not in (None, Verdict.APPROVED):
        return PollAnswer.DENIED, poll.interval
    # (3)
    if poll.expires_at <= now:
        return PollAnswer.EXPIRED, poll.interval
    if poll.verdict == Verdict.APPROVED:
        return PollAnswer.REDEEM, poll.interval
    # (4)
    if poll.polled_at is not None and (now - poll.polled_at).total_seconds() < poll.interval:
        return PollAnswer.SLOW_DOWN, min(poll.interval + SLOWER_BY, LONGEST_INTERVAL)
    return PollAnswer.PENDING, poll.interval
