"""Pushed authorization requests: the client itself leaves its request here, and sends the citizen with a reference (RFC 9126)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update

from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, OAuthError
from eid.late_dataclasses import frozen
from eid.oauth.models import AuthorizationRequest, Client, PushedRequest
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.request_reading import read_request
from eid.oauth.requests import CheckedRequest
from eid.randomness import random_token

PREFIX = "urn:ietf:params:oauth:request_uri:"
"""RFC 9126, section 2.2."""
PUSHED_LIFE = timedelta(seconds=90)
"""Until the citizen has to arrive; what they then begin has the time of any other request (FAPI 2.0: less than 600 s)."""

KEPT = timedelta(hours=1)
"""How long an expired one is kept, so that it can be told from one that never was."""


@frozen
class Pushed:
    """The answer of RFC 9126, section 2.2."""

    request_uri: str
    expires_in: int


def push_authorization(client: Client, parameters: Parameters, *, issuer: str, proven_jkt: str | None = None) -> Pushed:
    """Afterwards the citizen can be sent with the request_uri, for 90 seconds; the request is checked as any other.

    `proven_jkt` is the key that the push proved, which must be proved again when the code is redeemed (RFC 9449, section 10.1).
    Raises OAuthError, for who pushed it.
    """
    if parameters.find("request_uri") is not None:
        raise OAuthError("invalid_request", "A request_uri cannot be pushed.")
    request = read_request(client, parameters, issuer=issuer, is_pushed=True, proven_jkt=proven_jkt)
    token, now = random_token(), wall_now()
    digest = digest_of(token)
    if digest[0] == 0:
        _forget_old(now)
    db.session.add(
        PushedRequest(
            uri_digest=digest,
            client_id=client.id,
            request=request.to_json(),
            pushed_at=now,
            expires_at=now + PUSHED_LIFE,
        )
    )
    db.session.commit()
    return Pushed(PREFIX + token, int(PUSHED_LIFE.total_seconds()))


def find_pushed(client: Client, request_uri: str, *, now: datetime) -> tuple[PushedRequest, CheckedRequest]:
    """What this client pushed and nobody has answered yet; looking at it uses nothing up (RFC 9126, section 4).

    Raises OAuthError(invalid_request_uri) for our own page: one sentence for every reason for which there is none.
    """
    digest = digest_of(request_uri.removeprefix(PREFIX))
    found = db.session.scalar(select(PushedRequest).where(PushedRequest.uri_digest == digest))
    reason = "unknown"
    if found is not None:
        reason = "answered" if found.answered_at else "expired" if found.expires_at <= now else ""
        reason = "another client's" if found.client_id != client.id else reason
    if found is None or reason:
        raise OAuthError(
            "invalid_request_uri", "This sign-in is over. Go back to the service and start again.", reason=reason
        )
    return found, CheckedRequest.from_json(found.request)


def _forget_old(now: datetime) -> None:
    """One push in 256 clears away what nobody can follow any more and no sign-in under way began with."""
    is_visited = exists().where(AuthorizationRequest.pushed_id == PushedRequest.id)
    db.session.execute(delete(PushedRequest).where(PushedRequest.expires_at < now - KEPT, ~is_visited))


def record_pushed_answered(pushed_id: int, now: datetime) -> None:
    """The pushed request is used up by this transaction and by no other; raises Conflict where another was faster."""
    answering = (
        update(PushedRequest)
        .where(PushedRequest.id == pushed_id, PushedRequest.answered_at.is_(None))
        .values(answered_at=now)
    )
    if db.session.execute(answering).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("authorization_answered", "This sign-in was already answered.")
