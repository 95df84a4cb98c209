"""Authorization requests that wait for their citizen to sign in or to decide: kept for ten minutes, owned by the first session
that meets them, answered once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from eid.db import db
from eid.errors import Conflict, NotFound
from eid.oauth.client_suspension import check_not_suspended
from eid.oauth.interactions import SignedIn
from eid.oauth.models import AuthorizationRequest, Client
from eid.oauth.opaque import digest_of
from eid.oauth.pushed import record_pushed_answered
from eid.oauth.redirects import origin_of
from eid.oauth.requests import CheckedRequest
from eid.randomness import random_token

REQUEST_LIFE = timedelta(minutes=10)
KEPT = timedelta(days=1)
"""How long one that is over stays, so that its page can say that it is over and not that it never was."""


def record_kept(client: Client, request: CheckedRequest, now: datetime, pushed_id: int | None) -> AuthorizationRequest:
    """Add the request under an id that nobody can guess; one in 256 clears away those that were over a day ago."""
    request_id = random_token()
    if digest_of(request_id)[0] == 0:
        forget_over(now)
    kept = AuthorizationRequest(
        id=request_id,
        client_id=client.id,
        request=request.to_json(),
        pushed_id=pushed_id,
        opened_at=now,
        expires_at=now + REQUEST_LIFE,
    )
    db.session.add(kept)
    return kept


def forget_over(now: datetime) -> None:
    """Afterwards no request is kept whose time was over a day ago; the caller commits."""
    db.session.execute(delete(AuthorizationRequest).where(AuthorizationRequest.expires_at < now - KEPT))


def find_kept(request_id: str, session: SignedIn | None, now: datetime) -> AuthorizationRequest:
    """The kept request, its row locked. One sentence for every reason for which there is none."""
    query = (
        select(AuthorizationRequest)
        .where(AuthorizationRequest.id == request_id)
        .with_for_update(of=AuthorizationRequest)
    )
    kept = db.session.scalar(query.execution_options(populate_existing=True))
    if kept is None:
        raise _refuse_over("unknown")
    if kept.answered_at is not None:
        raise _refuse_over("answered")
    if kept.expires_at <= now:
        raise _refuse_over("expired")
    if kept.session_id is not None and (session is None or session.id != kept.session_id):
        raise _refuse_over("of another session")
    check_not_suspended(kept.client)
    return kept


def record_answered(kept: AuthorizationRequest, now: datetime) -> None:
    """The request is answered by this transaction and by no other; raises Conflict where another was faster."""
    answering = (
        update(AuthorizationRequest)
        .where(AuthorizationRequest.id == kept.id, AuthorizationRequest.answered_at.is_(None))
        .values(answered_at=now)
    )
    if db.session.execute(answering).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("authorization_answered", "This sign-in was already answered.")
    if kept.pushed_id is not None:
        record_pushed_answered(kept.pushed_id, now)


def find_asking_client(request_id: str) -> tuple[str, str]:
    """The name and the purpose of the service whose kept request this is. Raises NotFound."""
    client = _look_at(request_id).client
    return client.name, client.purpose


def find_client_origin(request_id: str) -> str:
    """Where the forms on the way of a kept request lead in the end. Raises NotFound."""
    return origin_of(CheckedRequest.from_json(_look_at(request_id).request).redirect_uri)


def find_login_hint(request_id: str) -> str:
    """What the citizen of this kept request might sign in with, as the service says; empty where nobody says so."""
    found = db.session.get(AuthorizationRequest, request_id[:43])
    return "" if found is None else CheckedRequest.from_json(found.request).login_hint


def _look_at(request_id: str) -> AuthorizationRequest:
    found = db.session.get(AuthorizationRequest, request_id[:43])
    if found is None:
        raise _refuse_over("unknown")
    return found


def _refuse_over(reason: str) -> NotFound:
    return NotFound(
        "authorization_request_over", "This sign-in is over. Go back to the service and start again.", reason=reason
    )
