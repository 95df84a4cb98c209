"""Signing in: PIN and password, then, where more is asked, a TOTP code. What fails is told in one sentence, whatever it was.

Tries are counted by PIN, whether or not it has an account. A browser that has signed in to this account before has a counter
of its own, so that a stranger's guessing does not keep its holder out.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from sqlalchemy import select

from eid.accounts.authenticators import record_totp_use, verify_hash
from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.accounts.levels import AuthenticationLevel, Factor
from eid.accounts.lifecycle import AccountState
from eid.accounts.locking import record_expiry
from eid.accounts.models import Account, Authenticator, AuthenticatorKind
from eid.accounts.security import record_recovery
from eid.accounts.sessions import (
    NewSession,
    Session,
    UsedFactor,
    close_session,
    close_sessions,
    find_session,
    look_for_session,
    record_rise,
    record_session,
    touch_session,
)
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Unauthenticated, VerificationFailed
from eid.population.models import Person
from eid.randomness import random_token

__all__ = [
    "AuthenticationLevel",
    "NewSession",
    "Session",
    "begin_sign_in",
    "close_session",
    "close_sessions",
    "complete_sign_in",
    "complete_sign_in_by_recovery",
    "find_session",
    "look_for_session",
    "touch_session",
]


def begin_sign_in(pin: str, password: str, *, known_browser: str = "") -> NewSession:
    """A session of level 1 for the holder of an active account.

    Raises Unauthenticated, after as much work, for whatever was wrong; TooManyAttempts after too many tries at this PIN.
    """
    account_id, person_id, hashed = _find_password(pin)
    subject = digest_lookup("sign-in", pin, _verified_browser(known_browser, account_id))
    check_may_guess(GuessKind.PASSWORD, subject, now=wall_now())
    db.session.rollback()  # nobody waits for the hash
    try:
        verify_hash(password, hashed=hashed)
    except VerificationFailed as wrong:
        record_failure(GuessKind.PASSWORD, subject, now=wall_now())
        _record_attempt("begin_sign_in", person_id, result="refused")
        db.session.commit()
        raise _sign_in_failed(wrong.reason) from wrong
    now = wall_now()
    record_success(GuessKind.PASSWORD, subject, now=now)
    account = db.session.get_one(Account, account_id, populate_existing=True)
    if record_expiry(account):
        _record_attempt("begin_sign_in", person_id, result="refused")
        db.session.commit()
        raise _sign_in_failed("the card has expired")
    new = record_session(account, [UsedFactor(Factor.PASSWORD, now)], now=now)
    _record_attempt("begin_sign_in", person_id, result="done")
    db.session.commit()
    return new


def complete_sign_in(token: str, code: str) -> NewSession:
    """The session has shown a TOTP code too: level 2, under a new token; the old one is worth nothing.

    Raises Unauthenticated where the code is wrong or was used before, or there is no session; TooManyAttempts.
    """
    session = find_session(token)
    return _raise_session(
        token,
        Factor.TOTP,
        lambda: record_totp_use(session.account_id, session.person_id, code, now=wall_now()),
        session,
    )


def complete_sign_in_by_recovery(token: str, code: str) -> NewSession:
    """As complete_sign_in, with one of the holder's recovery codes, which is then spent; the holder is told by text."""
    session = find_session(token)
    return _raise_session(token, Factor.RECOVERY, lambda: record_recovery(session, code), session)


def _raise_session(token: str, factor: Factor, prove: Callable[[], None], session: Session) -> NewSession:
    """The session has shown a second factor, proved in this transaction; refusals leave their trace."""
    try:
        prove()
    except VerificationFailed as wrong:
        _record_attempt("complete_sign_in", session.person_id, result="refused")
        db.session.commit()
        raise _sign_in_failed(wrong.code) from wrong
    raised = record_rise(token, factor, now=wall_now())
    _record_attempt("complete_sign_in", session.person_id, result="done", level=raised.session.level)
    db.session.commit()
    return raised


def issue_browser_mark(account_id: int) -> str:
    """A mark by which a browser is known to have been signed in to this account; it proves nothing else."""
    nonce = random_token()
    return f"{nonce}.{digest_lookup('known-browser', account_id, nonce)}"


def _verified_browser(mark: str, account_id: int | None) -> str:
    """The mark's nonce where it is this account's, else nothing."""
    nonce, _, digest = mark.partition(".")
    expected = digest_lookup("known-browser", account_id or 0, nonce)
    return nonce if hmac.compare_digest(digest.encode(), expected.encode()) else ""


def _find_password(pin: str) -> tuple[int | None, int | None, str | None]:
    """Account, person and password hash of an active account; no hash for one that cannot sign in."""
    found = db.session.execute(
        select(Account.id, Account.person_id, Account.state, Authenticator.secret_hash)
        .join(Person, Person.id == Account.person_id)
        .join(Authenticator, Authenticator.account_id == Account.id)
        .where(Person.pin == pin, Authenticator.kind == AuthenticatorKind.PASSWORD)
    ).one_or_none()
    if found is None:
        return None, None, None
    account_id, person_id, state, secret_hash = found
    return account_id, person_id, secret_hash if state == AccountState.ACTIVE else None


def _record_attempt(act: str, person_id: int | None, **details: str) -> None:
    record_act(act, actor_kind=ActorKind.PERSON, actor=person_id or "", person_id=person_id, **details)


def _sign_in_failed(reason: str) -> Unauthenticated:
    return Unauthenticated(
        "sign_in_failed",
        "That did not work: the PIN, the password or the code is wrong, or the account cannot be used.",
        reason=reason,
    )
