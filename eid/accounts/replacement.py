"""A new authenticator in place of the old one: asked for with the password, and in force once it has shown a code.

Until then the old one stays good, so that an attempt that is broken off locks nobody out.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from eid.accounts.authenticators import generate_totp_secret, seal_totp_secret, unseal_totp_secret
from eid.accounts.models import Authenticator, AuthenticatorKind
from eid.accounts.registration import ISSUER
from eid.accounts.security import IF_NOT_YOU, prove_password, tell_holder
from eid.accounts.sessions import Session, record_sessions_ended
from eid.clock import wall_now
from eid.crypto.totp import build_otpauth_uri, verify_code
from eid.db import db
from eid.errors import Conflict, Unauthenticated, VerificationFailed
from eid.events import SecretChanged, post_event
from eid.late_dataclasses import frozen
from eid.population.service import find_person_by_id

AUTHENTICATOR_TEXT = "eid: Ung dung xac thuc cua tai khoan vua duoc thay the. " + IF_NOT_YOU


@frozen
class NewAuthenticator:
    """What the holder scans."""

    secret: str
    otpauth_uri: str


def begin_authenticator_change(session: Session, *, password: str) -> None:
    """A new secret waits to be scanned and confirmed. Raises Refused for a wrong password, TooManyAttempts."""
    prove_password(session, password)
    sealed = seal_totp_secret(generate_totp_secret(), person_id=session.person_id)
    _forget_new(session.account_id)
    db.session.add(
        Authenticator(
            account_id=session.account_id, kind=AuthenticatorKind.NEW_TOTP, sealed_secret=sealed, added_at=wall_now()
        )
    )
    db.session.commit()


def find_new_authenticator(session: Session) -> NewAuthenticator | None:
    """What waits to be scanned, if anything does."""
    waiting = _find(session.account_id, AuthenticatorKind.NEW_TOTP)
    if waiting is None or waiting.sealed_secret is None:
        return None
    secret = unseal_totp_secret(waiting.sealed_secret, person_id=session.person_id)
    pin = find_person_by_id(session.person_id).pin
    return NewAuthenticator(secret, build_otpauth_uri(secret, account=pin, issuer=ISSUER))


def confirm_authenticator_change(session: Session, code: str) -> None:
    """The new authenticator is the account's, other sessions have ended, and the holder was told.

    Raises Unauthenticated for a code that is not the new one's, Conflict where none waits.
    """
    old = _find(session.account_id, AuthenticatorKind.TOTP, lock=True)
    waiting = _find(session.account_id, AuthenticatorKind.NEW_TOTP)
    if old is None or waiting is None or waiting.sealed_secret is None:
        raise Conflict("authenticator_none", "Ask for a new authenticator first.")
    secret = unseal_totp_secret(waiting.sealed_secret, person_id=session.person_id)
    try:
        verified = verify_code(code, secret=secret, now=wall_now(), last_step=None)
    except VerificationFailed as wrong:
        raise Unauthenticated(
            "otp_wrong", "The code is not the right one. Wait for the next one and try again.", reason=wrong.code
        ) from wrong
    old.sealed_secret, old.last_step, old.added_at = waiting.sealed_secret, verified.step, wall_now()
    _forget_new(session.account_id)
    record_sessions_ended(session.account_id, except_id=session.id)
    tell_holder(session, "change_authenticator", AUTHENTICATOR_TEXT)
    post_event(SecretChanged(session.account_id, session.person_id, AuthenticatorKind.TOTP))
    db.session.commit()


def _find(account_id: int, kind: AuthenticatorKind, *, lock: bool = False) -> Authenticator | None:
    query = select(Authenticator).where(Authenticator.account_id == account_id, Authenticator.kind == kind)
    query = query.with_for_update() if lock else query
    return db.session.scalar(query.execution_options(populate_existing=True))


def _forget_new(account_id: int) -> None:
    kind = AuthenticatorKind.NEW_TOTP
    db.session.execute(delete(Authenticator).where(Authenticator.account_id == account_id, Authenticator.kind == kind))
