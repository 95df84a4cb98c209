"""Authorization requests that wait for their citizen to sign in or to decide: kept for ten minutes, owned by the first session
that meets them, answered once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, insert, select, update

from eid.db import db, run, table_of
from eid.errors import Conflict, NotFound
from eid.late_dataclasses import frozen
from eid.oauth.client_suspension import check_not_suspended
from eid.oauth.interactions import SignedIn
from eid.oauth.models import AuthorizationRequest, Client
from eid.oauth.opaque import digest_of
from eid.oauth.pushed import record_pushed_answered
from eid.oauth.read_clients import READ_CLIENTS
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


@frozen
class Kept:
    """A kept request and its client as they were read; neither belongs to a session of the database."""

    id: str
    pushed_id: int | None
    session_id: int | None
    opened_at: datetime
    request: CheckedRequest
    client: Client


_requests, _clients = table_of(AuthorizationRequest), table_of(Client)
_KEEP = Prepared(insert(_requests))
_KEPT = Prepared(
    select(*READ_CLIENTS.columns, *(column.label(f"kept_{column.name}") for column in _requests.c))
    .join(_requests, _requests.c.client_id == _clients.c.id)
    .where(_requests.c.id == bindparam("sought"))
    .with_for_update(of=_requests)
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


def find_kept(request_id: str, session: SignedIn | None, now: datetime) -> Kept:
    """The kept request, its row locked. One sentence for every reason for which there is none."""
    row: Any = run(_KEPT, {"sought": request_id}).one_or_none()
    if row is None:
        raise _refuse_over("unknown")
    _check_open(
        session, now, answered_at=row.kept_answered_at, expires_at=row.kept_expires_at, owner=row.kept_session_id
    )
    check_not_suspended(row)
    return Kept(
        id=row.kept_id,
        pushed_id=row.kept_pushed_id,
        session_id=row.kept_session_id,
        opened_at=row.kept_opened_at,
        request=CheckedRequest.from_json(row.kept_request),
        client=READ_CLIENTS.find(row[: len(READ_CLIENTS.columns)]),
    )


def hold_kept(request_id: str, session: SignedIn, now: datetime) -> Held:
    """As find_kept, for whoever has the request and its client already: judged anew, and not read anew."""
    row: Any = run(_HELD, {"sought": request_id}).one_or_none()
    if row is None:
        raise _refuse_over("unknown")
    _check_open(session, now, answered_at=row.answered_at, expires_at=row.expires_at, owner=row.session_id)
    check_not_suspended(row)
    held: Held = row
    return held


def _check_open(
    session: SignedIn | None,
    now: datetime,
    *,
    answered_at: datetime | None,
    expires_at: datetime,
    owner: int | None,
) -> None:
    """Raise NotFound unless a request with these columns is there for this session to answer."""
    if answered_at is not None:
        raise _refuse_over("answered")
    if expires_at <= now:
        raise _refuse_over("expired")
    if owner is not None and (session is None or session.id != owner):
        raise _refuse_over("of another session")


def own_kept(kept: Kept, session: SignedIn) -> None:
    """From now on no other session may answer the request. Committed."""
    run(_OWN, {"sought": kept.id, "session": session.id})
    db.session.commit()


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


def find_asked(request_id: str) -> CheckedRequest:
    """What the service of this kept request asks for, to be looked at on the way of signing in. Raises NotFound."""
    found = run(_ASKED, {"sought": request_id[:43]}).one_or_none()
    if found is None:
        raise _refuse_over("unknown")
    return CheckedRequest.from_json(found[0])


def _look_at(request_id: str) -> AuthorizationRequest:
    found = db.session.get(AuthorizationRequest, request_id[:43])
    if found is None:
        raise _refuse_over("unknown")
    return found


def _refuse_over(reason: str) -> NotFound:
    return NotFound(
        "authorization_request_over", "This sign-in is over. Go back to the service and start again.", reason=reason
    )
