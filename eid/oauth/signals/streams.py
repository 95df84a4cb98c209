"""A service's stream: opened, read, changed, paused, closed (Shared Signals Framework 1.0, sections 8.1.1 and 8.1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.fetching import check_url
from eid.oauth.clients import find_client
from eid.oauth.models import Client
from eid.oauth.notices.models import Notice
from eid.oauth.signals.event_types import SUPPORTED, select_delivered
from eid.oauth.signals.metadata import SHORTEST_VERIFICATION_INTERVAL, build_poll_address
from eid.oauth.signals.models import DeliveryMethod, SignalRemoval, SignalStream, StreamStatus
from eid.oauth.signals.pushing import is_pushed, seal_authorization
from eid.oauth.signals.wishes import StreamWish, check_supplied, parse_stream_wish
from eid.randomness import random_token


def open_stream(client_id: str, body: Any, *, issuer: str) -> dict[str, Any]:
    """The service has a stream, enabled; its configuration. Raises Malformed, or Conflict where it has one already."""
    wish, client = parse_stream_wish(body), find_client(client_id)
    stream = SignalStream(
        stream_id=random_token(), client_id=client.id, status=StreamStatus.ENABLED, opened_at=wall_now()
    )
    _apply(stream, wish)
    db.session.add(stream)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("stream_exists", "This service has a stream already; change it, or close it first.") from error
    record_act("open_stream", actor_kind=ActorKind.CLIENT, actor=client_id, method=str(stream.method))
    db.session.commit()
    return describe_stream(stream, client, issuer)


def read_stream(client_id: str, stream_id: str, *, issuer: str) -> dict[str, Any]:
    """The configuration of this stream. Raises NotFound where it is none of this service's."""
    stream = find_stream(client_id, stream_id)
    return describe_stream(stream, stream.client, issuer)


def read_streams(client_id: str, *, issuer: str) -> list[dict[str, Any]]:
    """The configurations of all streams of this service: one, or none."""
    found: Sequence[SignalStream] = db.session.scalars(
        select(SignalStream).where(SignalStream.client_id == find_client(client_id).id)
    ).all()
    return [describe_stream(stream, stream.client, issuer) for stream in found]


def change_stream(client_id: str, stream_id: str, body: Any, *, issuer: str, replaces: bool) -> dict[str, Any]:
    """The stream is as the service says, committed; its configuration. What it does not speak of stays, or, where the whole
    is replaced, is gone. Raises NotFound, Malformed.
    """
    wish = parse_stream_wish(body)
    stream = find_stream(client_id, stream_id, holds=True)
    check_supplied(body, _describe_own(stream, stream.client, issuer))
    _apply(stream, wish, only=None if replaces else wish.given)
    settle_waiting(stream)
    record_act("change_stream", actor_kind=ActorKind.CLIENT, actor=client_id, method=str(stream.method))
    db.session.commit()
    return describe_stream(stream, stream.client, issuer)


def change_status(client_id: str, stream_id: str, status: StreamStatus, reason: str | None) -> dict[str, Any]:
    """The stream has this status, committed: what was held is due, or is held from now on, or is forgotten. Raises NotFound."""
    stream = find_stream(client_id, stream_id, holds=True)
    stream.status, stream.status_reason = status, reason
    settle_waiting(stream)
    record_act("change_stream_status", actor_kind=ActorKind.CLIENT, actor=client_id, status=str(status))
    db.session.commit()
    return describe_status(stream)


def close_stream(client_id: str, stream_id: str) -> None:
    """There is no such stream any more, and nothing left to tell in it; committed. Raises NotFound."""
    stream = find_stream(client_id, stream_id, holds=True)
    for table in (Notice, SignalRemoval):
        db.session.execute(delete(table).where(table.stream_id == stream.id))
    db.session.delete(stream)
    record_act("close_stream", actor_kind=ActorKind.CLIENT, actor=client_id)
    db.session.commit()


def find_stream(client_id: str, stream_id: str, *, holds: bool = False) -> SignalStream:
    """This service's stream of this name, its row held where it is to change. Raises NotFound."""
    query = select(SignalStream).where(SignalStream.stream_id == stream_id.replace("\x00", ""))
    if holds:
        query = query.with_for_update(of=SignalStream).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None or found.client.client_id != client_id:
        raise NotFound("stream_unknown", "This service has no such stream.")
    return found


def describe_stream(stream: SignalStream, client: Client, issuer: str) -> dict[str, Any]:
    """The configuration as section 8.1.1 has it; what the service wants to be shown is never shown to anybody else."""
    is_fetched = stream.method == DeliveryMethod.POLL
    address = build_poll_address(issuer, stream.stream_id) if is_fetched else stream.endpoint_url
    described = _describe_own(stream, client, issuer) | {
        "delivery": {"method": str(stream.method), "endpoint_url": address},
        "events_requested": stream.events_requested,
    }
    return described if stream.description is None else described | {"description": stream.description}


def describe_status(stream: SignalStream) -> dict[str, Any]:
    """Section 8.1.2.1."""
    described = {"stream_id": stream.stream_id, "status": str(stream.status)}
    return described if stream.status_reason is None else described | {"reason": stream.status_reason}


def settle_waiting(stream: SignalStream) -> None:
    """What waits in the stream is sent, held or forgotten, as the stream now is; the caller commits."""
    waiting = (Notice.stream_id == stream.id, Notice.done_at.is_(None))
    if stream.status == StreamStatus.DISABLED:
        db.session.execute(delete(Notice).where(*waiting))
    elif is_pushed(stream):
        db.session.execute(update(Notice).where(*waiting, Notice.due_at.is_(None)).values(due_at=wall_now()))
    else:
        db.session.execute(update(Notice).where(*waiting).values(due_at=None))


def _apply(stream: SignalStream, wish: StreamWish, only: frozenset[str] | None = None) -> None:
    if only is None or "delivery" in only:
        if wish.endpoint_url is not None:
            check_url(wish.endpoint_url)
        stream.method, stream.endpoint_url = wish.method, wish.endpoint_url
        stream.sealed_authorization = seal_authorization(wish.authorization_header, stream_id=stream.stream_id)
    if only is None or "events_requested" in only:
        stream.events_requested = list(wish.events_requested)
    if only is None or "description" in only:
        stream.description = wish.description


def _describe_own(stream: SignalStream, client: Client, issuer: str) -> dict[str, Any]:
    """What is ours to say of a stream."""
    return {
        "stream_id": stream.stream_id,
        "iss": issuer,
        "aud": client.client_id,
        "events_supported": list(SUPPORTED),
        "events_delivered": select_delivered(stream.events_requested),
        "min_verification_interval": int(SHORTEST_VERIFICATION_INTERVAL.total_seconds()),
    }
