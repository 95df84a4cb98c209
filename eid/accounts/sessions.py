"""Sessions of the pages: an opaque token in the browser, its SHA-256 in the database, an idle and an absolute end.

NIST SP 800-63B-4, section 5.2 and table 5.1. A session is judged with its account: where that is not active, there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from eid.accounts.levels import (
    AccountLevel,
    AuthenticationLevel,
    Factor,
    authentication_level_of,
    authentication_methods_of,
)
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account, SignInSession
from eid.clock import wall_now
from eid.db import db
from eid.errors import Unauthenticated
from eid.randomness import random_token

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class UsedFactor:
    factor: Factor
    at: datetime


@dataclass(frozen=True)
class Session:
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

    @property
    def amr(self) -> tuple[str, ...]:
        """Authentication method references (RFC 8176)."""
        return authentication_methods_of(used.factor for used in self.factors)


@dataclass(frozen=True)
class NewSession:
    """A session and the token under which the browser will ask for it; the token is nowhere else."""

    token: str
    session: Session


def record_session(account: Account, factors: Sequence[UsedFactor], *, now: datetime) -> NewSession:
    """Add a session of the level that these factors reach; the caller commits."""
    token = random_token()
    row = SignInSession(
        token_hash=hash_token(token),
        account_id=account.id,
        level=authentication_level_of(used.factor for used in factors),
        factors=_build_factors(factors),
        authenticated_at=now,
        started_at=now,
        seen_at=now,
        expires_at=now + ABSOLUTE,
    )
    db.session.add(row)
    db.session.flush()
    return NewSession(token, _build_session(row, account))


def record_rise(token: str, factor: Factor, *, now: datetime) -> NewSession:
    """The session has shown one more factor: its level is computed anew and its token replaced; the caller commits.

    Raises Unauthenticated where the token is no longer the session's: of two rises at once, one happens.
    """
    before = find_session(token)
    factors = (*before.factors, UsedFactor(factor, now))
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
    db.session.expire_all()
    return NewSession(new_token, find_session(new_token))


def find_session(token: str) -> Session:
    """The live session of this token. Raises Unauthenticated where there is none, it has ended, or its account is not active."""
    session = look_for_session(token)
    if session is None:
        raise _no_session("unknown, over, or of an account that is not active")
    return session


def look_for_session(token: str) -> Session | None:
    """The live session of this token, if there is one."""
    now = wall_now()
    found = db.session.execute(
        select(SignInSession, Account)
        .join(Account, Account.id == SignInSession.account_id)
        .where(SignInSession.token_hash == hash_token(token))
    ).one_or_none()
    if found is None:
        return None
    row, account = found
    is_over = row.ended_at is not None or now >= row.expires_at or now >= row.seen_at + IDLE
    return None if is_over or account.state != AccountState.ACTIVE else _build_session(row, account)


def find_sessions_of(account_id: int) -> list[Session]:
    """The live sessions of an account, newest first."""
    now = wall_now()
    account = db.session.get_one(Account, account_id)
    rows = db.session.scalars(
        select(SignInSession)
        .where(_is_open(account_id), SignInSession.expires_at > now, SignInSession.seen_at > now - IDLE)
        .order_by(SignInSession.id.desc())
    )
    return [_build_session(row, account) for row in rows]


def touch_session(session: Session) -> None:
    """Note that the session is in use, at most once a minute, so that it does not end for being idle."""
    now = wall_now()
    if now < session.seen_at + TOUCH_EVERY:
        return
    db.session.rollback()  # what was read so far is no part of this; SQLite writes first or not at all
    db.session.execute(update(SignInSession).where(SignInSession.id == session.id).values(seen_at=now))
    db.session.commit()


def close_session(token: str) -> None:
    """The session of this token has ended; without one, nothing happens."""
    if not token:
        return
    db.session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == hash_token(token), SignInSession.ended_at.is_(None))
        .values(ended_at=wall_now())
    )
    db.session.commit()


def close_sessions(account_id: int, *, except_id: int | None = None) -> None:
    """Every session of the account has ended, but perhaps one."""
    record_sessions_ended(account_id, except_id=except_id)
    db.session.commit()


def record_sessions_ended(account_id: int, *, except_id: int | None = None, only_id: int | None = None) -> int:
    """End every session of the account, but one, or only one; how many were open. The caller commits."""
    statement = update(SignInSession).where(_is_open(account_id))
    if except_id is not None:
        statement = statement.where(SignInSession.id != except_id)
    if only_id is not None:
        statement = statement.where(SignInSession.id == only_id)
    ended: Any = db.session.execute(statement.values(ended_at=wall_now()))
    return int(ended.rowcount)


def hash_token(token: str) -> str:
    """What is stored of a token with 256 bits of its own: a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is_open(account_id: int) -> ColumnElement[bool]:
    return (SignInSession.account_id == account_id) & SignInSession.ended_at.is_(None)


def _build_factors(factors: Sequence[UsedFactor]) -> list[dict[str, object]]:
    return [{"factor": str(used.factor), "at": used.at.timestamp()} for used in factors]


def _build_session(row: SignInSession, account: Account) -> Session:
    used = [UsedFactor(Factor(f["factor"]), datetime.fromtimestamp(f["at"], UTC)) for f in row.factors]
    return Session(
        id=row.id,
        account_id=account.id,
        person_id=account.person_id,
        level=AuthenticationLevel(row.level),
        account_level=AccountLevel(account.level),
        factors=tuple(used),
        authenticated_at=row.authenticated_at,
        started_at=row.started_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )


def _no_session(reason: str) -> Unauthenticated:
    return Unauthenticated("session_none", "Please sign in.", reason=reason)
