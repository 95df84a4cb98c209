"""Of whom a stream tells, as far as its service may say so, and whether it works at all (sections 8.1.3 and 8.1.4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select

from eid.clock import wall_now
from eid.db import db, insert_unless_present
from eid.errors import Conflict, TooManyAttempts
from eid.oauth.signals.audience import post_to_stream
from eid.oauth.signals.event_types import VERIFICATION
from eid.oauth.signals.metadata import SHORTEST_VERIFICATION_INTERVAL
from eid.oauth.signals.models import SignalRemoval, StreamStatus
from eid.oauth.signals.streams import find_stream
from eid.oauth.signals.wishes import parse_stream_id, parse_subject, parse_verification

MOST_REMOVALS = 100_000


def add_subject(client_id: str, body: Any, *, issuer: str) -> None:
    """The stream tells of this subject, as it does of everybody who consented, unless told otherwise; committed.

    Nobody learns here whether there is such a person (Shared Signals Framework 1.0, section 10.1). Raises Malformed, NotFound.
    """
    subject = parse_subject(body, issuer=issuer)
    stream = find_stream(client_id, parse_stream_id(body))
    removal = (SignalRemoval.stream_id == stream.id, SignalRemoval.subject == subject)
    db.session.execute(delete(SignalRemoval).where(*removal))
    db.session.commit()


def remove_subject(client_id: str, body: Any, *, issuer: str) -> None:
    """The stream tells nothing more of this subject; committed. Raises Malformed, NotFound, Conflict: removals_many."""
    subject = parse_subject(body, issuer=issuer)
    stream = find_stream(client_id, parse_stream_id(body))
    if subject is not None:
        removed = select(func.count()).where(SignalRemoval.stream_id == stream.id)
        if (db.session.scalar(removed) or 0) >= MOST_REMOVALS:
            raise Conflict("removals_many", "Too many subjects were removed; ask for fewer events instead.")
        insert_unless_present(SignalRemoval, stream_id=stream.id, subject=subject)
    db.session.commit()


def ask_for_verification(client_id: str, body: Any) -> None:
    """A verification event with this `state` is on its way, committed. Raises Malformed, NotFound, TooManyAttempts."""
    state, now = parse_verification(body), wall_now()
    stream = find_stream(client_id, parse_stream_id(body), holds=True)
    earliest = stream.verified_at and stream.verified_at + SHORTEST_VERIFICATION_INTERVAL
    if earliest is not None and now < earliest:
        raise TooManyAttempts("verification_early", "Wait before you ask for this again.", retry_at=earliest)
    stream.verified_at = now
    if stream.status != StreamStatus.DISABLED:
        payload = {} if state is None else {"state": state}
        post_to_stream(stream, VERIFICATION, payload, subject={"stream_id": stream.stream_id}, now=now)
    db.session.commit()
