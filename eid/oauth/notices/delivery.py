"""Delivering what is due: at least once each, by one process at a time, and nothing is lost with a process that dies.

A notice is taken by moving its next try into the future, which is committed before anything is sent: whoever takes it and
dies leaves it to the next when that time has come. Nothing is sent inside a transaction, so nobody waits for a service.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import bindparam, select, update

from eid.clock import wall_now
from eid.config import current_settings
from eid.db import UtcDateTime, db
from eid.errors import Refusal
from eid.late_dataclasses import frozen
from eid.oauth.decoupled.pinging import find_ping_target
from eid.oauth.notices.models import Notice, NoticeKind, Outcome
from eid.oauth.notices.posting import Post
from eid.oauth.notices.retrying import LEASE, next_try
from eid.oauth.notices.signing import sign_for_client
from eid.oauth.notices.tokens import LOGOUT_TYP, build_logout_claims
from eid.oauth.signals.pushing import find_push_target
from eid.oauth.signals.tokens import sign_signal

MOST_AT_ONCE = 100
SUCCESS = (200, 202, 204)
"""Back-Channel Logout, section 2.8, has 200 and tolerates 204; RFC 8935, section 2.2, has 202."""


TOO_MANY = (408, 425, 429)
SERVERS_FAULT = 500

_NEXT = (
    select(Notice)
    .where(Notice.done_at.is_(None), Notice.due_at <= bindparam("now", type_=UtcDateTime))
    .order_by(Notice.due_at, Notice.id)
    .limit(1)
    .with_for_update(of=Notice, skip_locked=True)
    .execution_options(populate_existing=True)
)
"""On PostgreSQL a row that another is just taking is passed over; on SQLite who writes is alone."""


@frozen
class Parcel:
    """A notice that this process has taken: where its token goes, and what has to be in the request."""

    notice_id: int
    client_id: int
    kind: NoticeKind
    tries: int
    url: str
    body: bytes = field(repr=False)
    content_type: str
    authorization: str = field(default="", repr=False)


def deliver_due(post: Post, *, most: int = MOST_AT_ONCE) -> int:
    """Send what is due now, one after the other, each outcome committed; how many tries that were."""
    tried = 0
    while tried < most and (parcel := take_next()):
        deliver_parcel(parcel, post)
        tried += 1
    return tried


def take_next() -> Parcel | None:
    """The next notice that is due, which nobody else takes before its lease is over; committed. None where nothing is due.

    Where there is nowhere to send it any more, it is given up, or held, and the one after it is taken.
    """
    while True:
        now = wall_now()
        notice = db.session.scalar(_NEXT, {"now": now})
        if notice is None:
            db.session.rollback()
            return None
        parcel = _pack(notice, now)
        if parcel is not None:
            notice.due_at, notice.tries = now + LEASE, notice.tries + 1
        db.session.commit()
        if parcel is not None:
            return parcel


def deliver_parcel(parcel: Parcel, post: Post) -> bool:
    """Send it and commit what came of it; whether it arrived. A refusal of the way there is a try that failed, like any."""
    is_down = True
    try:
        status = post(parcel.url, parcel.body, parcel.content_type, parcel.authorization)
        is_down = status in TOO_MANY or status >= SERVERS_FAULT
        error = "" if status in SUCCESS else f"answered {status}"
    except Refusal as refusal:
        error = f"{refusal.code} {refusal.reason}".strip()
    if error:
        _record_failure(parcel, error, wall_now(), is_down=is_down)
    else:
        _settle(parcel, done_at=wall_now(), outcome=Outcome.DELIVERED, due_at=None, error=None)
    db.session.commit()
    return not error


def _pack(notice: Notice, now: datetime) -> Parcel | None:
    """What to send; None where there is nowhere to send it, which the notice then says."""
    form: dict[str, Any] = {
        "notice_id": notice.id,
        "client_id": notice.client_id,
        "kind": NoticeKind(notice.kind),
        "tries": notice.tries + 1,
    }
    if notice.kind == NoticeKind.SIGNAL:
        target = find_push_target(notice.stream_id)
        if target is None:
            notice.due_at = None
            return None
        token = sign_signal(notice, issuer=current_settings().public_url)
        return Parcel(
            **form,
            url=target.url,
            body=token.encode(),
            content_type="application/secevent+jwt",
            authorization=target.authorization,
        )
    if notice.kind == NoticeKind.PING:
        ping = find_ping_target(notice.claims["question"], now=now)
        if ping is None:
            notice.done_at, notice.outcome, notice.error = now, Outcome.GIVEN_UP, "over, or fetched"
            return None
        return Parcel(
            **form, url=ping.url, body=ping.body, content_type="application/json", authorization=ping.authorization
        )
    if notice.client.backchannel_logout_uri is None:
        notice.done_at, notice.outcome, notice.error = now, Outcome.GIVEN_UP, "no address"
        return None
    body = urlencode({"logout_token": _sign_logout(notice, now)}).encode()
    url = notice.client.backchannel_logout_uri
    return Parcel(**form, url=url, body=body, content_type="application/x-www-form-urlencoded")


def _sign_logout(notice: Notice, now: datetime) -> str:
    claims = build_logout_claims(
        issuer=current_settings().public_url,
        client_id=notice.client.client_id,
        jti=notice.jti,
        subject=notice.claims["sub"],
        session_identifier=notice.claims["sid"],
        issued_at=now,
    )
    return sign_for_client(notice.client, claims, typ=LOGOUT_TYP)


def _record_failure(parcel: Parcel, error: str, now: datetime, *, is_down: bool) -> None:
    """It is tried again later, or given up. Where the service is down, what else waits for it waits as long.

    Who refuses to be told of an answer finds it by polling (CIBA Core, section 10.2).
    """
    is_refused = parcel.kind == NoticeKind.PING and not is_down
    again = None if is_refused else next_try(parcel.tries, now)
    if again is None:
        _settle(parcel, done_at=now, outcome=Outcome.GIVEN_UP, due_at=None, error=error[:200])
        return
    _settle(parcel, due_at=again, error=error[:200])
    if is_down:
        others = (
            Notice.client_id == parcel.client_id,
            Notice.kind == parcel.kind,
            Notice.done_at.is_(None),
            Notice.due_at < again,
        )
        waiting = update(Notice).where(*others).values(due_at=again)
        db.session.execute(waiting.execution_options(synchronize_session=False))


def _settle(parcel: Parcel, **values: Any) -> None:
    """What came of this try, unless the lease ran out and another has tried meanwhile, whose outcome counts then."""
    mine = (Notice.id == parcel.notice_id, Notice.tries == parcel.tries, Notice.done_at.is_(None))
    db.session.execute(update(Notice).where(*mine).values(**values).execution_options(synchronize_session=False))
