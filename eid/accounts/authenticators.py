"""What proves a holder: making it, sealing it, and judging what somebody offers, with every wrong try counted.

A hash is judged outside of any transaction, because it takes a while; its result is told only after a try was counted.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import bindparam, select, update

from eid.accounts.guessing import GuessKind, digest_lookup, record_failure, record_success
from eid.accounts.hashing import hash_in_turn
from eid.accounts.models import Account, Authenticator, AuthenticatorKind
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.passwords import SALT_BYTES, build_decoy_hash, costs_otherwise, hash_secret, verify_secret
from eid.crypto.sealing import NONCE_BYTES, read_head, seal_secret, unseal_secret
from eid.crypto.totp import SECRET_BYTES, build_totp_secret, verify_code
from eid.db import db, run, table_of
from eid.errors import Refused, VerificationFailed
from eid.keystore import SecretUse, current_keystore
from eid.prepared import Prepared
from eid.randomness import random_bytes


def build_secret_hash(secret: str) -> str:
    """The Argon2id hash of a password or passcode at the cost that the settings say, with a fresh salt."""
    cost, salt = current_settings().argon2, random_bytes(SALT_BYTES)
    return hash_in_turn(partial(hash_secret, secret, cost=cost, salt=salt))


def generate_totp_secret() -> str:
    return build_totp_secret(random_bytes(SECRET_BYTES))


def seal_totp_secret(secret: str, *, person_id: int) -> bytes:
    key = current_keystore().find_secret(SecretUse.SEALING)
    return seal_secret(secret.encode(), key=key, nonce=random_bytes(NONCE_BYTES), context=_totp_context(person_id))


def unseal_totp_secret(sealed: bytes, *, person_id: int) -> str:
    key = current_keystore().find_sealing_key(read_head(sealed))
    return unseal_secret(sealed, key=key, context=_totp_context(person_id)).decode()


def record_authenticators(
    account: Account,
    *,
    password_hash: str,
    passcode_hash: str,
    sealed_totp: bytes | None,
    totp_step: int | None = None,
) -> None:
    """Give the account these authenticators; the caller commits."""
    now = wall_now()
    account.authenticators.append(
        Authenticator(kind=AuthenticatorKind.PASSWORD, secret_hash=password_hash, added_at=now)
    )
    account.authenticators.append(
        Authenticator(kind=AuthenticatorKind.PASSCODE, secret_hash=passcode_hash, added_at=now)
    )
    if sealed_totp is not None:
        account.authenticators.append(
            Authenticator(kind=AuthenticatorKind.TOTP, sealed_secret=sealed_totp, last_step=totp_step, added_at=now)
        )


def verify_hash(secret: str, *, hashed: str | None) -> None:
    """Raise VerificationFailed unless the secret is the hashed one; without a hash that takes as long, and fails."""
    cost = current_settings().argon2

    def verify() -> None:
        decoy = build_decoy_hash(cost.time_cost, cost.memory_kib, cost.parallelism)
        verify_secret(secret, hashed=hashed or decoy)

    hash_in_turn(verify)
    if hashed is None:
        raise VerificationFailed("secret", "secret_wrong", "The secret is not the right one.", reason="there is none")


def build_newer_hash(secret: str, *, hashed: str | None) -> str | None:
    """A hash of the secret at today's cost, where `hashed` cost otherwise; to be called outside of any transaction."""
    is_old = hashed is not None and costs_otherwise(hashed, cost=current_settings().argon2)
    return build_secret_hash(secret) if is_old else None


def record_newer_hash(account_id: int, kind: AuthenticatorKind, *, hashed: str | None, newer: str | None) -> None:
    """The newer hash, if there is one, is in the place of this one, unless the secret was changed meanwhile; never commits."""
    if newer is not None:
        db.session.execute(
            update(Authenticator)
            .where(
                Authenticator.account_id == account_id, Authenticator.kind == kind, Authenticator.secret_hash == hashed
            )
            .values(secret_hash=newer)
        )


_authenticators = table_of(Authenticator).c
_HASH_OF = Prepared(
    select(_authenticators.secret_hash).where(
        _authenticators.account_id == bindparam("account"), _authenticators.kind == bindparam("kind")
    )
)


def find_secret_hash(account_id: int, kind: AuthenticatorKind) -> str | None:
    """The hash of the account's password or passcode, if it has one."""
    found: str | None = run(_HASH_OF, {"account": account_id, "kind": kind}).scalar()
    return found


def record_totp_use(account_id: int, person_id: int, code: str, *, now: datetime, browser: str = "") -> None:
    """The code was right and its step is spent; the caller commits. A browser known to the account has a counter of its own.

    Raises VerificationFailed where it was wrong or used before, with the try counted (the caller commits that too), and
    TooManyAttempts where there was no try left.
    """
    subject = digest_lookup(GuessKind.TOTP, account_id, *filter(None, [browser]))
    query = select(Authenticator).where(
        Authenticator.account_id == account_id, Authenticator.kind == AuthenticatorKind.TOTP
    )
    totp = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    try:
        if totp is None or totp.sealed_secret is None:
            raise VerificationFailed("otp", "otp_none", "The code is not the right one.", reason="no TOTP enrolled")
        secret = unseal_totp_secret(totp.sealed_secret, person_id=person_id)
        verified = verify_code(code, secret=secret, now=now, last_step=totp.last_step)
    except VerificationFailed:
        record_failure(GuessKind.TOTP, subject, now=now)
        raise
    record_success(GuessKind.TOTP, subject, now=now)
    totp.last_step = verified.step


def check_passcode(account_id: int, passcode: str) -> None:
    """Return where this is the account's passcode. Raises Refused where it is not, TooManyAttempts after too many tries."""
    record_passcode_use(account_id, passcode)
    db.session.commit()


def record_passcode_use(account_id: int, passcode: str) -> None:
    """As check_passcode, but the caller commits: wrong tries are forgotten together with what the right one was shown for.

    A wrong one is counted whatever follows, which is committed here. What was read before is of a transaction that is over.
    """
    subject = digest_lookup(GuessKind.PASSCODE, account_id)
    hashed = find_secret_hash(account_id, AuthenticatorKind.PASSCODE)
    db.session.rollback()  # nobody waits for the hash
    try:
        verify_hash(passcode, hashed=hashed)
    except VerificationFailed as wrong:
        record_failure(GuessKind.PASSCODE, subject, now=wall_now())
        db.session.commit()
        raise Refused("passcode_wrong", "The passcode is not the right one.", reason=wrong.reason) from wrong
    newer = build_newer_hash(passcode, hashed=hashed)
    record_success(GuessKind.PASSCODE, subject, now=wall_now())
    record_newer_hash(account_id, AuthenticatorKind.PASSCODE, hashed=hashed, newer=newer)


def _totp_context(person_id: int) -> str:
    return f"totp of person {person_id}"
