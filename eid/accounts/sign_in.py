"""Signing in: PIN and password, then, where more is asked, a TOTP code, a face, or whatever else is still missing.

What fails before somebody is known is told in one sentence, whatever it was.

Tries are counted by PIN, whether or not it has an account. A browser that has signed in to this account before has a counter
of its own, so that a stranger's guessing does not keep its holder out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import bindparam, select

from eid.accounts.authenticators import (
    build_newer_hash,
    check_passcode,
    record_newer_hash,
    record_totp_use,
    verify_hash,
)
from eid.accounts.face import check_face
from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.accounts.known_browsers import issue_browser_mark, read_browser_mark
from eid.accounts.levels import AuthenticationLevel, Factor
from eid.accounts.lifecycle import AccountState
from eid.accounts.locking import record_expiry
from eid.accounts.models import Account, Authenticator, AuthenticatorKind
from eid.accounts.security import prove_password, record_recovery
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
from eid.db import db, run, table_of
from eid.errors import Unauthenticated, VerificationFailed
from eid.population.models import Person
from eid.prepared import Prepared

__all__ = [
    "GUESSED",
    "AuthenticationLevel",
    "NewSession",
    "Session",
    "begin_session_for",
    "begin_sign_in",
    "close_session",
    "close_sessions",
    "complete_sign_in",
    "complete_sign_in_by_face",
    "complete_sign_in_by_passcode",
    "complete_sign_in_by_password",
    "complete_sign_in_by_recovery",
    "find_session",
    "issue_browser_mark",
    "look_for_session",
    "raise_session",
    "refuse_sign_in",
    "touch_session",
]

GUESSED = frozenset({Factor.PASSWORD, Factor.PASSCODE, Factor.TOTP, Factor.RECOVERY})
"""What a stranger could guess at; its refusals all say the same."""


def begin_sign_in(pin: str, password: str, *, known_browser: str = "", browser: str = "") -> NewSession:
    """A session of level 1 for the holder of an active account; `browser` is the name by which its holder will know it.

    Raises Unauthenticated, after as much work, for whatever was wrong; TooManyAttempts after too many tries at this PIN.
    """
    account_id, person_id, hashed = _find_password(pin)
    subject = digest_lookup("sign-in", pin, read_browser_mark(known_browser, account_id))
    check_may_guess(GuessKind.PASSWORD, subject, now=wall_now())
    db.session.rollback()  # nobody waits for the hash
    try:
        verify_hash(password, hashed=hashed)
    except VerificationFailed as wrong:
        record_failure(GuessKind.PASSWORD, subject, now=wall_now())
        _record_attempt("begin_sign_in", person_id, result="refused")
        db.session.commit()
        raise _sign_in_failed(wrong.reason) from wrong
    newer = build_newer_hash(password, hashed=hashed)
    now = wall_now()
    record_success(GuessKind.PASSWORD, subject, now=now)
    account = db.session.scalars(_ACCOUNT, {"sought": account_id}).one()
    if record_expiry(account):
        _record_attempt("begin_sign_in", person_id, result="refused")
        db.session.commit()
        raise _sign_in_failed("the card has expired")
    record_newer_hash(account.id, AuthenticatorKind.PASSWORD, hashed=hashed, newer=newer)
    new = record_session(account, [UsedFactor(Factor.PASSWORD, now)], now=now, browser=browser)
    _record_attempt("begin_sign_in", person_id, result="done")
    db.session.commit()
    return new


def complete_sign_in(token: str, code: str, *, known_browser: str = "") -> NewSession:
    """The session has shown a TOTP code too: level 2, under a new token; the old one is worth nothing.

    Raises Unauthenticated where the code is wrong or was used before, or there is no session; TooManyAttempts.
    """
    session = find_session(token)
    browser = read_browser_mark(known_browser, session.account_id)
    return raise_session(
        token,
        Factor.TOTP,
        lambda: record_totp_use(session.account_id, session.person_id, code, now=wall_now(), browser=browser),
        session,
    )


def complete_sign_in_by_recovery(token: str, code: str) -> NewSession:
    """As complete_sign_in, with one of the holder's recovery codes, which is then spent; the holder is told by text."""
    session = find_session(token)
    return raise_session(token, Factor.RECOVERY, lambda: record_recovery(session, code), session)


def complete_sign_in_by_password(token: str, password: str) -> NewSession:
    """As complete_sign_in, with the password: for a session that began with something else, or whose password is too old.

    Raises Refused where it is wrong, with the try counted; TooManyAttempts.
    """
    session = find_session(token)
    prove_password(session, password)
    return raise_session(token, Factor.PASSWORD, _is_proved, session, act="complete_sign_in_by_password")


def complete_sign_in_by_passcode(token: str, passcode: str) -> NewSession:
    """As complete_sign_in_by_password, with the passcode."""
    session = find_session(token)
    check_passcode(session.account_id, passcode)
    return raise_session(token, Factor.PASSCODE, _is_proved, session, act="complete_sign_in_by_passcode")


def complete_sign_in_by_face(token: str, image: bytes) -> NewSession:
    """The session has shown the holder's face too. Raises VerificationFailed, step "face"; TooManyAttempts."""
    session = find_session(token)
    return raise_session(
        token,
        Factor.FACE,
        lambda: check_face(session.person_id, image),
        session,
        act="complete_sign_in_by_face",
    )


def _is_proved() -> None:
    """What is judged outside of any transaction was judged before."""


def raise_session(
    token: str, factor: Factor, prove: Callable[[], None], session: Session, *, act: str = "complete_sign_in"
) -> NewSession:
    """The session has shown one more factor, under a new token; `prove` proves it in this transaction and never commits.

    `act` is the use case's name in the audit log. Where `prove` raises VerificationFailed, its trace is committed; what was
    guessed at is then refused as Unauthenticated, anything else as it is.
    """
    try:
        prove()
    except VerificationFailed as wrong:
        _record_attempt(act, session.person_id, result="refused")
        db.session.commit()
        if factor not in GUESSED:
            raise
        raise _sign_in_failed(wrong.code) from wrong
    raised = record_rise(token, factor, now=wall_now(), before=session)
    _record_attempt(act, session.person_id, result="done", level=raised.session.level)
    db.session.commit()
    return raised


def begin_session_for(
    account_id: int, factors: Sequence[Factor], *, act: str, browser: str = "", device_id: int | None = None
) -> NewSession:
    """A session for whoever has just shown these factors of an active account; commits what proved them with it.

    `act` is the use case's name in the audit log. Raises Unauthenticated, with its trace committed, where the account cannot
    be used.
    """
    account = db.session.get_one(Account, account_id, populate_existing=True)
    if account.state != AccountState.ACTIVE or record_expiry(account):
        _record_attempt(act, account.person_id, result="refused")
        db.session.commit()
        raise _sign_in_failed("the account is not active, or its holder's card has expired")
    now = wall_now()
    used = [UsedFactor(factor, now) for factor in factors]
    new = record_session(account, used, now=now, browser=browser, device_id=device_id)
    _record_attempt(act, account.person_id, result="done", level=new.session.level)
    db.session.commit()
    return new


def refuse_sign_in(act: str, person_id: int | None, *, reason: str) -> Unauthenticated:
    """The one refusal of signing in, to be raised; its trace is committed with what the caller has changed."""
    _record_attempt(act, person_id, result="refused")
    db.session.commit()
    return _sign_in_failed(reason)


_accounts, _persons, _authenticators = map(table_of, (Account, Person, Authenticator))
_PASSWORD_OF = Prepared(
    select(_accounts.c.id, _accounts.c.person_id, _accounts.c.state, _authenticators.c.secret_hash)
    .join(_persons, _persons.c.id == _accounts.c.person_id)
    .join(_authenticators, _authenticators.c.account_id == _accounts.c.id)
    .where(_persons.c.pin == bindparam("pin"), _authenticators.c.kind == AuthenticatorKind.PASSWORD)
)
_ACCOUNT = select(Account).where(Account.id == bindparam("sought")).execution_options(populate_existing=True)


def _find_password(pin: str) -> tuple[int | None, int | None, str | None]:
    """Account, person and password hash of an active account; no hash for one that cannot sign in."""
    found = run(_PASSWORD_OF, {"pin": pin}).one_or_none()
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
