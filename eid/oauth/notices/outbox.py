"""Posting a notice, and how many stand where. What is posted is delivered if, and only if, the transaction of the act commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from eid.db import db
from eid.late_dataclasses import frozen
from eid.oauth.notices.models import Notice, NoticeKind, Outcome
from eid.randomness import random_token


def post_notice(
    kind: NoticeKind,
    *,
    client: int,
    claims: Mapping[str, Any],
    now: datetime,
    stream: int | None = None,
    is_sent: bool = True,
) -> None:
    """Add something to tell this client; the caller commits. What is not sent waits to be fetched, or for its stream to go on."""
    db.session.add(
        Notice(
            jti=random_token(),
            client_id=client,
            kind=kind,
            stream_id=stream,
            claims=dict(claims),
            posted_at=now,
            due_at=now if is_sent else None,
            tries=0,
        )
    )


@frozen
class NoticesStanding:
    """What became of the notices of the last week."""

    waiting: int
    """To be sent, now or at the next try."""
    held: int
    """To be fetched by their service, or for its stream to go on."""
    delivered: int
    given_up: int
    oldest_waiting_at: datetime | None


def find_notices_standing() -> NoticesStanding:
    """How many notices stand where."""
    is_open, is_due = Notice.done_at.is_(None), Notice.due_at.is_not(None)
    arrived = Notice.outcome.in_([Outcome.DELIVERED, Outcome.ACKNOWLEDGED])
    found = db.session.execute(
        select(
            func.count().filter(is_open, is_due),
            func.count().filter(is_open, ~is_due),
            func.count().filter(arrived),
            func.count().filter(Notice.outcome == Outcome.GIVEN_UP),
            func.min(Notice.posted_at).filter(is_open, is_due),
        )
    ).one()
    return NoticesStanding(*found)
