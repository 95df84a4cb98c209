"""Who is told of a person: services with a stream for this event that the person lets read something today, and nobody else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eid.db import db
from eid.keystore import SecretUse, current_keystore
from eid.oauth.consents import is_given_by
from eid.oauth.models import Client, Consent
from eid.oauth.notices.models import NoticeKind
from eid.oauth.notices.outbox import post_notice
from eid.oauth.signals.event_types import select_delivered
from eid.oauth.signals.models import SignalRemoval, SignalStream, StreamStatus
from eid.oauth.signals.pushing import is_pushed
from eid.oauth.subjects import build_subject


def post_signal(person_id: int, event: str, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Add this event to each stream that is to have it; the caller commits."""
    for stream in find_listening_streams(person_id, event):
        post_to_stream(stream, event, payload, subject={"sub": subject_at(stream, person_id)}, now=now)


def find_listening_streams(person_id: int, event: str, *, clients: Collection[int] | None = None) -> list[SignalStream]:
    """The streams, of these clients or of all, in which this event of this person is told.

    1. The stream is not disabled, and asks for this event.
    2. The person's consent with its service is given, and not withdrawn.
    3. The service has not said that it does not want to hear of this person, and is not suspended.
    """
    # (1) (2) (3)
    query = (
        select(SignalStream)
        .join(Consent, Consent.client_id == SignalStream.client_id)
        .join(Client, Client.id == SignalStream.client_id)
        .where(is_given_by(person_id), SignalStream.status != StreamStatus.DISABLED)
        .where(Client.suspended_at.is_(None), Client.ended_at.is_(None))
        .order_by(SignalStream.id)
    )
    if clients is not None:
        query = query.where(SignalStream.client_id.in_(clients))
    streams = [s for s in db.session.scalars(query).unique() if event in select_delivered(s.events_requested)]
    return [s for s in streams if db.session.get(SignalRemoval, (s.id, subject_at(s, person_id))) is None]


def subject_at(stream: SignalStream, person_id: int) -> str:
    """The person as the stream's service knows them: the `sub` of its ID tokens."""
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return build_subject(secret, sector=stream.client.sector, person_id=person_id)


def post_to_stream(
    stream: SignalStream, event: str, payload: Mapping[str, Any], *, subject: Mapping[str, str], now: datetime
) -> None:
    """Add one event about this subject to this stream; the caller commits."""
    claims = {"event": event, "payload": dict(payload), "subject": dict(subject)}
    post_notice(
        NoticeKind.SIGNAL, client=stream.client_id, claims=claims, now=now, stream=stream.id, is_sent=is_pushed(stream)
    )
