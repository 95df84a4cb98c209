"""After the wait: what was lost is chosen anew, step by step; with the last step all of it takes effect."""

from __future__ import annotations

from eid.accounts.authenticators import build_secret_hash, unseal_totp_secret
from eid.accounts.models import Account, AuthenticatorKind
from eid.accounts.recovery_attempts import lock_attempt
from eid.accounts.recovery_effects import finish_recovery, replace_authenticator, take_new_phone
from eid.accounts.recovery_models import Recovery
from eid.accounts.recovery_rules import CHOICES, RecoveryKind, RecoveryStep
from eid.accounts.secret_policy import accept_passcode, accept_password
from eid.clock import wall_now
from eid.crypto.totp import verify_code
from eid.db import db
from eid.errors import Unauthenticated, VerificationFailed
from eid.population.service import find_person_by_id


def choose_recovered_password(token: str, password: str) -> None:
    """The new password is kept until all is chosen. Raises Malformed where the rules refuse it, else as lock_attempt."""
    account, _ = lock_attempt(token, RecoveryStep.PASSWORD)
    accepted = accept_password(password, find_person_by_id(account.person_id), phone=account.phone)
    db.session.rollback()  # nobody waits for the hash
    hashed = build_secret_hash(accepted)
    account, attempt = lock_attempt(token, RecoveryStep.PASSWORD)
    attempt.password_hash = hashed
    _finish_if_last(account, attempt, RecoveryStep.PASSWORD)


def choose_recovered_passcode(token: str, passcode: str) -> None:
    """As choose_recovered_password, with the passcode."""
    account, _ = lock_attempt(token, RecoveryStep.PASSCODE)
    accepted = accept_passcode(passcode, find_person_by_id(account.person_id), phone=account.phone)
    db.session.rollback()
    hashed = build_secret_hash(accepted)
    account, attempt = lock_attempt(token, RecoveryStep.PASSCODE)
    attempt.passcode_hash = hashed
    _finish_if_last(account, attempt, RecoveryStep.PASSCODE)


def confirm_recovered_authenticator(token: str, code: str) -> None:
    """The new authenticator shows our codes and is the account's. Raises Unauthenticated for a wrong code."""
    account, attempt = lock_attempt(token, RecoveryStep.AUTHENTICATOR)
    assert attempt.sealed_totp is not None
    secret = unseal_totp_secret(attempt.sealed_totp, person_id=account.person_id)
    try:
        verified = verify_code(code, secret=secret, now=wall_now(), last_step=None)
    except VerificationFailed as wrong:
        raise Unauthenticated(
            "otp_wrong", "The code is not the right one. Wait for the next one and try again.", reason=wrong.code
        ) from wrong
    replace_authenticator(account, AuthenticatorKind.TOTP, sealed_secret=attempt.sealed_totp, last_step=verified.step)
    _finish_if_last(account, attempt, RecoveryStep.AUTHENTICATOR)


def confirm_new_phone(token: str) -> None:
    """The wait is over and the new number is the account's."""
    account, attempt = lock_attempt(token, RecoveryStep.PHONE)
    take_new_phone(account, attempt)
    db.session.commit()


def _finish_if_last(account: Account, attempt: Recovery, step: RecoveryStep) -> None:
    if CHOICES[RecoveryKind(attempt.kind)][-1] == step:
        finish_recovery(account, attempt)
    db.session.commit()
