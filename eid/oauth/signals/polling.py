"""Events that a service fetches, and what it says of those that it has (RFC 8936)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, update

from eid.clock import wall_now
from eid.db import db
from eid.errors import NotFound
from eid.oauth.notices.models import Notice, Outcome
from eid.oauth.signals.models import DeliveryMethod, SignalStream, StreamStatus
from eid.oauth.signals.streams import find_stream
from eid.oauth.signals.tokens import sign_signal
from eid.oauth.signals.wishes import PollRequest


def record_answers(client_id: str, stream_id: str, request: PollRequest) -> None:
    """What was acknowledged or reported is done, committed, and not given again. Raises NotFound.

    A `jti` that is none of this stream's changes nothing.
    """
    stream = _find_fetched(client_id, stream_id)
    if request.acknowledged:
        _settle(stream, request.acknowledged, Outcome.ACKNOWLEDGED)
    for jti, error in request.refused.items():
        _settle(stream, [jti], Outcome.REFUSED, error)
    db.session.commit()


def fetch_signals(client_id: str, stream_id: str, *, most: int, issuer: str) -> dict[str, Any]:
    """The oldest events that are not answered yet, signed, by `jti`, and whether there are more. Raises NotFound.

    What is not answered is given again each time: at least once, until it was a week old.
    """
    stream = _find_fetched(client_id, stream_id)
    waiting = (
        select(Notice)
        .where(Notice.stream_id == stream.id, Notice.done_at.is_(None))
        .order_by(Notice.id)
        .limit(most + 1)
    )
    found = [] if stream.status != StreamStatus.ENABLED else db.session.scalars(waiting).all()
    sets = {notice.jti: sign_signal(notice, issuer=issuer) for notice in found[:most]}
    db.session.rollback()
    return {"sets": sets, "moreAvailable": len(found) > most}


def _find_fetched(client_id: str, stream_id: str) -> SignalStream:
    stream = find_stream(client_id, stream_id)
    if stream.method != DeliveryMethod.POLL:
        raise NotFound("stream_pushed", "The events of this stream are pushed.")
    return stream


def _settle(stream: SignalStream, jtis: Collection[str], outcome: Outcome, error: str | None = None) -> None:
    mine = (Notice.stream_id == stream.id, Notice.jti.in_(jtis), Notice.done_at.is_(None))
    values = {"done_at": wall_now(), "outcome": outcome, "error": error, "due_at": None}
    db.session.execute(update(Notice).where(*mine).values(**values).execution_options(synchronize_session=False))
