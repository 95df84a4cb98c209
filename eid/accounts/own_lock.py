"""The holder lifts in the app what the holder locked (Decree 69/2024, article 30), after proving as much as at sign-in.

A locked account has no session, so both factors are shown at once. What fails is told in one sentence, whatever it was.
"""

from __future__ import annotations

from sqlalchemy import select

from eid.accounts.authenticators import record_totp_use, verify_hash
from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.locking import record_expiry, record_unlock
from eid.accounts.models import Account, Authenticator, AuthenticatorKind
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Unauthenticated, VerificationFailed
from eid.population.models import Person


def unlock_own_account(pin: str, password: str, code: str) -> AccountState:
    """The holder's own lock is lifted; the account's state afterwards, which is locked still where another reason holds.

    1. The password is right; tries are those of signing in, by PIN, whether or not it has an account.
    2. So is the authenticator's code, which is then spent.
    3. The holder locked the account, in this state.

    Raises Unauthenticated, in one sentence and with its trace committed, for whatever was wrong; TooManyAttempts.
    """
    found = _find_holder(pin)
    account_id, person_id, hashed = found or (None, None, None)
    # (1)
    subject = digest_lookup("sign-in", pin, "")
    check_may_guess(GuessKind.PASSWORD, subject, now=wall_now())
    db.session.rollback()  # nobody waits for the hash
    try:
        verify_hash(password, hashed=hashed)
    except VerificationFailed as wrong:
        record_failure(GuessKind.PASSWORD, subject, now=wall_now())
        raise _refuse(person_id, wrong.reason) from wrong
    assert account_id is not None and person_id is not None
    account = db.session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
    record_success(GuessKind.PASSWORD, subject, now=wall_now())
    # (2)
    try:
        record_totp_use(account_id, person_id, code, now=wall_now())
    except VerificationFailed as wrong:
        raise _refuse(person_id, wrong.code) from wrong
    # (3)
    if LockReason.HOLDER not in account.lock_reasons:
        raise _refuse(person_id, "not locked by the holder")
    record_expiry(account)
    record_unlock(account, LockReason.HOLDER, actor_kind=ActorKind.PERSON, actor=person_id)
    state = AccountState(account.state)
    db.session.commit()
    return state


def _find_holder(pin: str) -> tuple[int, int, str | None] | None:
    """Account, person and password hash of a locked account."""
    row = db.session.execute(
        select(Account.id, Account.person_id, Authenticator.secret_hash)
        .join(Person, Person.id == Account.person_id)
        .join(Authenticator, Authenticator.account_id == Account.id)
        .where(Person.pin == pin, Authenticator.kind == AuthenticatorKind.PASSWORD)
        .where(Account.state == AccountState.LOCKED)
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def _refuse(person_id: int | None, reason: str) -> Unauthenticated:
    record_act(
        "unlock_own_account",
        actor_kind=ActorKind.PERSON,
        actor=person_id or "",
        person_id=person_id,
        result="refused",
    )
    db.session.commit()
    return Unauthenticated(
        "unlock_failed",
        "That did not work: something is wrong, or there is no lock that you can lift here.",
        reason=reason,
    )
