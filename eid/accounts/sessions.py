"""Sessions of the pages: an opaque token in the browser, its SHA-256 in the database, an idle and an absolute end.

NIST SP 800-63B-4, section 5.2 and table 5.1. A session is judged with its account: where that is not active, or the
holder's card has expired by now, there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Date, bindparam, case, insert, null, select, update

from eid.accounts.card_expiry import has_card_expired_of
from eid.accounts.levels import (
    FACTORS,
    KINDS,
    AccountLevel,
    AuthenticationLevel,
    Factor,
    FactorKind,
    authentication_level_of,
    authentication_methods_of,
)
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account, SignInSession
from eid.clock import wall_now, world_today
from eid.db import db, run, table_of
from eid.errors import Unauthenticated
from eid.events import SessionsEnded, post_event
from eid.late_dataclasses import frozen
from eid.prepared import Prepared
from eid.randomness import random_token

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
MOST_OF_A_NAME = 120
"""Characters kept of a browser's name."""


class UsedFactor(NamedTuple):
    factor: Factor
    at: datetime


class Session(NamedTuple):
    """Somebody who has proved to be an account's holder; `id` stays the same when the level rises, the token does not."""

    id: int
    account_id: int
    person_id: int
    level: AuthenticationLevel
    account_level: AccountLevel
    factors: tuple[UsedFactor, ...]
    authenticated_at: datetime
    started_at: datetime
    seen_at: datetime
    expires_at: datetime
    browser: str = ""
    """The name of the browser that it was begun in."""
    device_id: int | None = None
    """The phone that it was begun by."""

    def factors_since(self, earliest: datetime | None) -> tuple[Factor, ...]:
        """What was shown at this time or later, each by itself; everything where there is no time."""
        return tuple([used.factor for used in self.factors if earliest is None or used.at >= earliest])

    def level_since(self, earliest: datetime | None) -> AuthenticationLevel | None:
        """The level that what was shown at this time or later reaches alone; None where it proves nobody."""
        fresh = self.factors_since(earliest)
        return authentication_level_of(fresh) if {KINDS[factor] for factor in fresh} - {FactorKind.IS} else None

    @property
    def amr(self) -> tuple[str, ...]:
        """Authentication method references (RFC 8176)."""
        return authentication_methods_of(used.factor for used in self.factors)


@frozen
class NewSession:
    """A session and the token under which the browser will ask for it; the token is nowhere else."""

    token: str
    session: Session


class Holder(Protocol):
    """An account, or what a session needs of it."""

    @property
    def id(self) -> int: ...
    @property
    def person_id(self) -> int: ...
    @property
    def level(self) -> str: ...


def record_session(
    account: Holder,
    factors: Sequence[UsedFactor],
    *,
    now: datetime,
    browser: str = "",
    device_id: int | None = None,
) -> NewSession:
    """Add a session of the level that these factors reach; the caller commits."""
    token, browser = random_token(), browser[:MOST_OF_A_NAME]
    level, expires_at = authentication_level_of(used.factor for used in factors), now + ABSOLUTE
    values = {
        "token_hash": hash_token(token),
        "account_id": account.id,
        "level": level,
        "factors": _build_factors(factors),
        "authenticated_at": now,
        "started_at": now,
        "seen_at": now,
        "expires_at": expires_at,
        "browser": browser,
        "device_id": device_id,
    }
    session = Session(
        id=run(_BEGIN, values).scalar_one(),
        account_id=account.id,
        person_id=account.person_id,
        level=level,
        account_level=AccountLevel(account.level),
        factors=tuple(factors),
        authenticated_at=now,
        started_at=now,
        seen_at=now,
        expires_at=expires_at,
        browser=browser,
        device_id=device_id,
    )
    return NewSession(token, session)


def record_momentary_session(
    account: Account, factors: Sequence[Factor], *, now: datetime, device_id: int | None = None
) -> Session:
    """Add a session that is over as it begins: what its holder has just shown answers one question, and opens no page.

    The caller commits.
    """
    used = [UsedFactor(factor, now) for factor in factors]
    session = record_session(account, used, now=now, device_id=device_id).session
    db.session.execute(update(SignInSession).where(SignInSession.id == session.id).values(ended_at=now))
    return session


def record_rise(token: str, factor: Factor, *, now: datetime, before: Session | None = None) -> NewSession:
    """The session has shown one more factor: its level is computed anew and its token replaced; the caller commits.

    A factor that is shown again counts as of now. `before` is the session where it was just found, which spares finding it.

    Raises Unauthenticated where the token is no longer the session's: of two rises at once, one happens.
    """
    before = before or find_session(token)
    factors = (*(used for used in before.factors if used.factor != factor), UsedFactor(factor, now))
    level = authentication_level_of(used.factor for used in factors)
    new_token = random_token()
    changed: Any = db.session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == hash_token(token), SignInSession.ended_at.is_(None))
        .values(
            token_hash=hash_token(new_token),
            level=level,
            factors=_build_factors(factors),
            authenticated_at=now,
            seen_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:
        raise _no_session("replaced meanwhile")
    return NewSession(new_token, before._replace(level=level, factors=factors, authenticated_at=now, seen_at=now))


def find_session(token: str) -> Session:
    """The live session of this token. Raises Unauthenticated where there is none, it has ended, or its account is not active."""
    session = look_for_session(token)
    if session is None:
        raise _no_session("unknown, over, or of an account that is not active")
    return session


_sessions, _accounts = table_of(SignInSession), table_of(Account)
_BEGIN = Prepared(insert(_sessions).returning(_sessions.c.id))
_OF_TOKEN = Prepared(
    select(
        _sessions.c.id,
        _sessions.c.level,
        _sessions.c.factors,
        _sessions.c.authenticated_at,
        _sessions.c.started_at,
        _sessions.c.seen_at,
        _sessions.c.expires_at,
        _sessions.c.browser,
        _sessions.c.device_id,
        _sessions.c.ended_at,
        _accounts.c.id.label("account_id"),
        _accounts.c.person_id,
        _accounts.c.state,
        _accounts.c.level.label("account_level"),
        has_card_expired_of(_accounts.c.person_id, bindparam("today", type_=Date)).label("is_card_expired"),
    )
    .join(_accounts, _accounts.c.id == _sessions.c.account_id)
    .where(_sessions.c.token_hash == bindparam("token_hash"))
)
"""Asked at each request of somebody who is signed in, so it is built once and reads columns, not rows of models."""


def look_for_session(token: str) -> Session | None:
    """The live session of this token, if there is one."""
    now = wall_now()
    given = {"token_hash": hash_token(token), "today": world_today()}
    row = run(_OF_TOKEN, given).one_or_none()
    if row is None or row.state != AccountState.ACTIVE or row.is_card_expired:
        return None
    is_over = row.ended_at is not None or now >= row.expires_at or now >= row.seen_at + IDLE
    return None if is_over else _build_session(row, row.account_id, row.person_id, row.account_level)


def find_sessions_of(account_id: int) -> list[Session]:
    """The live sessions of an account, newest first."""
    now = wall_now()
    account = db.session.get_one(Account, account_id)
    rows = db.session.scalars(
        select(SignInSession)
        .where(_is_open(account_id), SignInSession.expires_at > now, SignInSession.seen_at > now - IDLE)
        .order_by(SignInSession.id.desc())
    )
    return [_build_session(row, account.id, account.person_id, account.level) for row in rows]


def touch_session(session: Session) -> None:
    """Note that the session is in use, at most once a minute, so that it does not end for being idle."""
    now = wall_now()
    if now < session.seen_at + TOUCH_EVERY:
        return
    db.session.rollback()  # what was read so far is no part of this; SQLite writes first or not at all
    db.session.execute(update(SignInSession).where(SignInSession.id == session.id).values(seen_at=now))
    db.session.commit()


def close_session(token: str, *, replaced_by: Session | None = None) -> None:
    """The session of this token has ended; without one, nothing happens.

    Where the same holder has just begun another in its place, it goes on in that one: services hear nothing of it.
    """
    if not token:
        return
    heir = null() if replaced_by is None else case((SignInSession.account_id == replaced_by.account_id, replaced_by.id))
    ended = db.session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == hash_token(token), SignInSession.ended_at.is_(None))
        .values(ended_at=wall_now(), replaced_by=heir)
        .returning(SignInSession.id, SignInSession.account_id, SignInSession.replaced_by)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if ended is not None and ended.replaced_by is None:
        post_event(SessionsEnded(ended.account_id, (ended.id,)))
    db.session.commit()


def find_sessions_before(session_ids: Collection[int]) -> set[int]:
    """These sessions, and those in whose place they were begun, and so on back."""
    found = select(SignInSession.id).where(SignInSession.id.in_(session_ids)).cte("before", recursive=True)
    earlier = select(SignInSession.id).join(found, SignInSession.replaced_by == found.c.id)
    return set(db.session.scalars(select(found.union_all(earlier).c.id)))


def close_sessions(account_id: int, *, except_id: int | None = None) -> None:
    """Every session of the account has ended, but perhaps one."""
    record_sessions_ended(account_id, except_id=except_id)
    db.session.commit()


def record_sessions_ended(
    account_id: int, *, except_id: int | None = None, only_id: int | None = None, of_device: int | None = None
) -> int:
    """End every session of the account, but one, or only one, or those begun by a phone; how many were open.

    The caller commits.
    """
    statement = update(SignInSession).where(_is_open(account_id))
    if except_id is not None:
        statement = statement.where(SignInSession.id != except_id)
    if only_id is not None:
        statement = statement.where(SignInSession.id == only_id)
    if of_device is not None:
        statement = statement.where(SignInSession.device_id == of_device)
    ended = tuple(db.session.scalars(statement.values(ended_at=wall_now()).returning(SignInSession.id)))
    if ended:
        is_whole_account = except_id is None and only_id is None and of_device is None
        post_event(SessionsEnded(account_id, ended, is_whole_account))
    return len(ended)


def hash_token(token: str) -> str:
    """What is stored of a token with 256 bits of its own: a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is_open(account_id: int) -> ColumnElement[bool]:
    return (SignInSession.account_id == account_id) & SignInSession.ended_at.is_(None)


def _build_factors(factors: Sequence[UsedFactor]) -> list[dict[str, object]]:
    return [{"factor": str(used.factor), "at": used.at.timestamp()} for used in factors]


def _build_session(row: Any, account_id: int, person_id: int, account_level: str) -> Session:
    """A session from its row, or from the columns of one."""
    used = [UsedFactor(FACTORS[f["factor"]], datetime.fromtimestamp(f["at"], UTC)) for f in row.factors]
    return Session(
        id=row.id,
        account_id=account_id,
        person_id=person_id,
        level=AuthenticationLevel(row.level),
        account_level=AccountLevel(account_level),
        factors=tuple(used),
        authenticated_at=row.authenticated_at,
        started_at=row.started_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        browser=row.browser,
        device_id=row.device_id,
    )


def _no_session(reason: str) -> Unauthenticated:
    return Unauthenticated("session_none", "Please sign in.", reason=reason)
