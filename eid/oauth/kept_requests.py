"""Authorization requests that wait for their citizen to sign in or to decide: kept for ten minutes, owned by the first session
that meets them, answered once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, insert, select, update

from eid.db import commit_keeping, db, run, table_of
from eid.errors import Conflict, NotFound
from eid.oauth.client_suspension import check_not_suspended
from eid.oauth.interactions import SignedIn
from eid.oauth.models import AuthorizationRequest, Client
from eid.oauth.opaque import digest_of
from eid.oauth.pushed import record_pushed_answered
from eid.oauth.redirects import origin_of
from eid.oauth.requests import CheckedRequest
from eid.prepared import Prepared
from eid.randomness import random_token

REQUEST_LIFE = timedelta(minutes=10)
KEPT = timedelta(days=1)
"""How long one that is over stays, so that its page can say that it is over and not that it never was."""


class Held(Protocol):
    """What answering a kept request needs of it."""

    @property
    def id(self) -> str: ...
    @property
    def pushed_id(self) -> int | None: ...
    @property
    def opened_at(self) -> datetime: ...


_requests, _clients = table_of(AuthorizationRequest), table_of(Client)
_KEEP = Prepared(insert(_requests))
_KEPT = (
    select(AuthorizationRequest)
    .where(AuthorizationRequest.id == bindparam("sought"))
    .with_for_update(of=AuthorizationRequest)
    .execution_options(populate_existing=True)
)
_HELD = Prepared(
    select(*(column for column in _requests.c if column.name != "request"), _clients.c.suspended_at)
    .join(_clients, _clients.c.id == _requests.c.client_id)
    .where(_requests.c.id == bindparam("sought"))
    .with_for_update(of=_requests)
)
_ASKED = Prepared(select(_requests.c.request).where(_requests.c.id == bindparam("sought")))
_OWN = Prepared(update(_requests).where(_requests.c.id == bindparam("sought")).values(session_id=bindparam("session")))
_ANSWER = Prepared(
    update(_requests)
    .where(_requests.c.id == bindparam("sought"), _requests.c.answered_at.is_(None))
    .values(answered_at=bindparam("now"))
)
"""Asked at each sign-in by form, so they are built once."""


def record_kept(
    client: Client, request: CheckedRequest, now: datetime, pushed_id: int | None, *, session_id: int | None = None
) -> str:
    """Keep the request under an id that nobody can guess; one in 256 clears away those that were over a day ago."""
    request_id = random_token()
    if digest_of(request_id)[0] == 0:
        forget_over(now)
    values = {
        "id": request_id,
        "client_id": client.id,
        "request": request.to_json(),
        "pushed_id": pushed_id,
        "session_id": session_id,
        "opened_at": now,
        "expires_at": now + REQUEST_LIFE,
    }
    run(_KEEP, values)
    return request_id


def forget_over(now: datetime) -> None:
    """Afterwards no request is kept whose time was over a day ago; the caller commits."""
    db.session.execute(delete(AuthorizationRequest).where(AuthorizationRequest.expires_at < now - KEPT))


def find_kept(request_id: str, session: SignedIn | None, now: datetime) -> AuthorizationRequest:
    """The kept request, its row locked. One sentence for every reason for which there is none."""
    kept: AuthorizationRequest | None = db.session.scalar(_KEPT, {"sought": request_id})
    if kept is None:
        raise _refuse_over("unknown")
    _check_open(kept, session, now)
    check_not_suspended(kept.client)
    return kept


def hold_kept(request_id: str, session: SignedIn, now: datetime) -> Held:
    """As find_kept, for whoever has the request and its client already: judged anew, and not read anew."""
    row: Any = run(_HELD, {"sought": request_id}).one_or_none()
    if row is None:
        raise _refuse_over("unknown")
    _check_open(row, session, now)
    check_not_suspended(row)
    held: Held = row
    return held


def _check_open(kept: Any, session: SignedIn | None, now: datetime) -> None:
    """`kept` is a kept request, or columns of one."""
    if kept.answered_at is not None:
        raise _refuse_over("answered")
    if kept.expires_at <= now:
        raise _refuse_over("expired")
    if kept.session_id is not None and (session is None or session.id != kept.session_id):
        raise _refuse_over("of another session")


def own_kept(kept: AuthorizationRequest, session: SignedIn) -> None:
    """From now on no other session may answer the request. Committed; its client stays as it was read."""
    run(_OWN, {"sought": kept.id, "session": session.id})
    commit_keeping(kept.client)


def record_answered(kept: Held, now: datetime) -> None:
    """The request is answered by this transaction and by no other; raises Conflict where another was faster."""
    if run(_ANSWER, {"sought": kept.id, "now": now}).rowcount != 1:
        raise Conflict("authorization_answered", "This sign-in was already answered.")
    if kept.pushed_id is not None:
        record_pushed_answered(kept.pushed_id, now)


def find_asking_client(request_id: str) -> tuple[str, str]:
    """The name and the purpose of the service whose kept request this is. Raises NotFound."""
    client = _look_at(request_id).client
    return client.name, client.purpose


def find_client_origin(request_id: str) -> str:
    """Where the forms on the way of a kept request lead in the end. Raises NotFound."""
    asked = _find_asked(request_id)
    if asked is None:
        raise _refuse_over("unknown")
    return origin_of(asked.redirect_uri)


def find_login_hint(request_id: str) -> str:
    """What the citizen of this kept request might sign in with, as the service says; empty where nobody says so."""
    asked = _find_asked(request_id)
    return "" if asked is None else asked.login_hint


def _find_asked(request_id: str) -> CheckedRequest | None:
    found = run(_ASKED, {"sought": request_id[:43]}).one_or_none()
    return None if found is None else CheckedRequest.from_json(found[0])


def _look_at(request_id: str) -> AuthorizationRequest:
    found = db.session.get(AuthorizationRequest, request_id[:43])
    if found is None:
        raise _refuse_over("unknown")
    return found


def _refuse_over(reason: str) -> NotFound:
    return NotFound(
        "authorization_request_over", "This sign-in is over. Go back to the service and start again.", reason=reason
    )
