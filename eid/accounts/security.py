"""What a holder changes about their own authenticators: password, passcode, recovery codes, sessions.

Whoever changes a secret proves the password again, besides the session; every change ends the other sessions or is told by text.
"""

from __future__ import annotations

from base64 import b32encode
from typing import Any

from sqlalchemy import delete, func, select, update

from eid.accounts.authenticators import (
    build_newer_hash,
    build_secret_hash,
    find_secret_hash,
    record_newer_hash,
    verify_hash,
)
from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.accounts.models import Account, Authenticator, AuthenticatorKind, RecoveryCode
from eid.accounts.secret_policy import accept_passcode, accept_password
from eid.accounts.sessions import Session, record_sessions_ended
from eid.accounts.telling import tell_holder_everywhere
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import NotFound, Refused, VerificationFailed
from eid.events import SecretChanged, post_event
from eid.population.service import find_person_by_id
from eid.randomness import random_bytes

RECOVERY_CODES = 10
RECOVERY_LETTERS = 15
"""Base32: 75 bits each, so that they are good for recovery too (NIST SP 800-63B-4, section 4.2.1.1)."""
_GROUP = 5

_MISREAD = str.maketrans("018", "OIB")
"""Digits that base32 does not have, for the letters that they are taken for."""

IF_NOT_YOU = "Neu khong phai ban, hay goi duong day nong."
PASSWORD_TEXT = "eid: Mat khau tai khoan cua ban vua duoc thay doi. " + IF_NOT_YOU
PASSCODE_TEXT = "eid: Ma passcode cua ban vua duoc thay doi. " + IF_NOT_YOU
CODES_TEXT = "eid: Ban vua nhan bo ma khoi phuc moi; bo cu khong con gia tri. " + IF_NOT_YOU
RECOVERED_TEXT = "eid: Tai khoan cua ban vua duoc dang nhap bang ma khoi phuc, con {left} ma. " + IF_NOT_YOU


def change_password(session: Session, *, current: str, new: str) -> None:
    """The account has a new password, every other session has ended, and the holder was told.

    Raises Refused where the current one is wrong, TooManyAttempts, Malformed where the rules refuse the new one.
    """
    person = find_person_by_id(session.person_id)
    accepted = accept_password(new, person, phone=_phone_of(session))
    prove_password(session, current)
    if accepted == current:
        raise Refused("password_same", "The new password must be another than the old one.")
    hashed = build_secret_hash(accepted)
    _replace_hash(session, AuthenticatorKind.PASSWORD, hashed)
    record_sessions_ended(session.account_id, except_id=session.id)
    tell_holder(session, "change_password", PASSWORD_TEXT)
    post_event(SecretChanged(session.account_id, session.person_id, AuthenticatorKind.PASSWORD))
    db.session.commit()


def change_passcode(session: Session, *, password: str, new: str) -> None:
    """The account has a new passcode, and the holder was told. Raises as change_password."""
    person = find_person_by_id(session.person_id)
    accepted = accept_passcode(new, person, phone=_phone_of(session))
    prove_password(session, password)
    hashed = build_secret_hash(accepted)
    _replace_hash(session, AuthenticatorKind.PASSCODE, hashed)
    tell_holder(session, "change_passcode", PASSCODE_TEXT)
    post_event(SecretChanged(session.account_id, session.person_id, AuthenticatorKind.PASSCODE))
    db.session.commit()


def issue_recovery_codes(session: Session, *, password: str) -> list[str]:
    """Ten new codes, each good once in place of the authenticator's code; earlier ones are worth nothing any more.

    They are shown this once and stored as keyed digests. Raises as change_password.
    """
    prove_password(session, password)
    codes = [b32encode(random_bytes(RECOVERY_LETTERS)).decode()[:RECOVERY_LETTERS] for _ in range(RECOVERY_CODES)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == session.account_id))
    for code in codes:
        db.session.add(RecoveryCode(account_id=session.account_id, digest=_digest(session.account_id, code)))
    tell_holder(session, "issue_recovery_codes", CODES_TEXT)
    db.session.commit()
    return ["-".join(code[at : at + _GROUP] for at in range(0, RECOVERY_LETTERS, _GROUP)) for code in codes]


def count_recovery_codes(account_id: int) -> int:
    """How many codes the holder has left."""
    unused = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def record_recovery(session: Session, code: str) -> None:
    """The code was one of the account's and is spent, and the holder is told; the caller commits. Raises as record_code_use."""
    record_code_use(session.account_id, code)
    left = count_recovery_codes(session.account_id)
    tell_holder(session, "use_recovery_code", RECOVERED_TEXT.format(left=left))


def record_code_use(account_id: int, code: str) -> None:
    """The code was one of the account's and is spent; the caller commits.

    Raises VerificationFailed where it was not, with the try counted together with those at the authenticator's code.
    """
    now, subject = wall_now(), digest_lookup(GuessKind.TOTP, account_id)
    letters = "".join(filter(str.isalnum, code)).upper().translate(_MISREAD)
    spent: Any = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.digest == _digest(account_id, letters),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    if spent.rowcount != 1:
        record_failure(GuessKind.TOTP, subject, now=now)
        raise VerificationFailed("recovery", "recovery_code_wrong", "The code is not the right one.")
    record_success(GuessKind.TOTP, subject, now=now)


def close_other_session(session: Session, session_id: int) -> None:
    """One more session of the same account has ended. Raises NotFound where it is not one of the account's."""
    account_id = session.account_id
    ended = record_sessions_ended(account_id, only_id=session_id)
    if not ended:
        raise NotFound("session_unknown", "This session has ended already.")
    record_act("close_session", actor_kind=ActorKind.PERSON, actor=session.person_id, person_id=session.person_id)
    db.session.commit()


def prove_password(session: Session, password: str) -> None:
    """The holder knows the password. Raises Refused where not, with the try counted and committed; TooManyAttempts."""
    check_password_of(session.account_id, password)


def check_password_of(account_id: int, password: str) -> None:
    """Return where this is the account's password; commits. Raises as prove_password."""
    subject = digest_lookup("security", account_id)
    check_may_guess(GuessKind.PASSWORD, subject, now=wall_now())
    hashed = find_secret_hash(account_id, AuthenticatorKind.PASSWORD)
    db.session.rollback()
    try:
        verify_hash(password, hashed=hashed)
    except VerificationFailed as wrong:
        record_failure(GuessKind.PASSWORD, subject, now=wall_now())
        db.session.commit()
        raise Refused("password_wrong", "The password is not the right one.", reason=wrong.reason) from wrong
    newer = build_newer_hash(password, hashed=hashed)
    record_success(GuessKind.PASSWORD, subject, now=wall_now())
    record_newer_hash(account_id, AuthenticatorKind.PASSWORD, hashed=hashed, newer=newer)
    db.session.commit()


def _replace_hash(session: Session, kind: AuthenticatorKind, hashed: str) -> None:
    db.session.execute(
        update(Authenticator)
        .where(Authenticator.account_id == session.account_id, Authenticator.kind == kind)
        .values(secret_hash=hashed, added_at=wall_now())
    )


def tell_holder(session: Session, act: str, text: str) -> None:
    """Tell the holder everywhere and record the act; the caller commits."""
    tell_holder_everywhere(db.session.get_one(Account, session.account_id), text, act=act)


def _phone_of(session: Session) -> str:
    return db.session.get_one(Account, session.account_id).phone


def _digest(account_id: int, code: str) -> str:
    return digest_lookup("recovery", account_id, code)
