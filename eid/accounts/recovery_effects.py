"""What enough proofs bring about: a wait of which the holder is told everywhere, and in the end what was asked for.

All of it adds to the caller's transaction, who holds the account and the attempt.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from eid.accounts.authenticators import generate_totp_secret, seal_totp_secret
from eid.accounts.models import Account, Authenticator, AuthenticatorKind
from eid.accounts.possessions import record_possessions_ended
from eid.accounts.recovery_attempts import record_cancelled
from eid.accounts.recovery_models import Recovery
from eid.accounts.recovery_rules import CHOICES, CHOOSING, RecoveryKind, RecoveryStep
from eid.accounts.sessions import hash_token, record_sessions_ended
from eid.accounts.telling import tell_holder_everywhere
from eid.clock import wall_now, world_now
from eid.config import current_settings
from eid.db import db
from eid.events import PhoneChanged, PossessionChanged, SecretChanged, post_event
from eid.outbox import MessageKind, post_message
from eid.randomness import random_token

WAITING_TEXT = (
    "eid: Co nguoi dang khoi phuc tai khoan cua ban hoac doi so dien thoai; co hieu luc sau {hours} gio nua. "
    "Neu khong phai ban, huy ngay tai: {link}"
)
WAITING_MAIL = (
    "{text}\n\nSomebody is recovering your account or changing its phone number; it takes effect in {hours} hours. "
    "If it is not you, cancel it at once: {link}"
)
RECOVERED_TEXT = (
    "eid: Tai khoan cua ban da duoc khoi phuc va moi phien dang nhap da ket thuc. "
    "Neu khong phai ban, hay goi duong day nong."
)
RECOVERED_MAIL = (
    RECOVERED_TEXT + "\n\nYour account was recovered and every session has ended. If it was not you, call the hotline."
)
NEW_PHONE_TEXT = (
    "eid: So dien thoai cua tai khoan vua duoc doi thanh so ket thuc bang {tail}. "
    "Neu khong phai ban, hay goi duong day nong."
)
NEW_PHONE_MAIL = (
    "{text}\n\nThe phone number of your account was changed to one that ends in {tail}. "
    "If it was not you, call the hotline."
)


def begin_wait(account: Account, attempt: Recovery, wait: timedelta) -> None:
    """The holder is told everywhere and can cancel with one press; without a wait, it takes effect now."""
    attempt.ready_at = world_now() + wait
    attempt.expires_at = attempt.ready_at + CHOOSING
    if not wait:
        take_new_phone(account, attempt)
        return
    if RecoveryStep.AUTHENTICATOR in CHOICES[RecoveryKind(attempt.kind)]:
        attempt.sealed_totp = seal_totp_secret(generate_totp_secret(), person_id=account.person_id)
    cancel = random_token()
    attempt.cancel_hash = hash_token(cancel)
    link, hours = f"{current_settings().public_url}/citizen/recovery/cancel/{cancel}", int(wait.total_seconds()) // 3600
    text = WAITING_TEXT.format(hours=hours, link=link)
    mail = WAITING_MAIL.format(text=text, hours=hours, link=link)
    tell_holder_everywhere(account, text, mail=mail, act="await_recovery")


def finish_recovery(account: Account, attempt: Recovery) -> None:
    """What was chosen is the account's, every session has ended, no other recovery is open, and the holder is told."""
    chosen = {
        AuthenticatorKind.PASSWORD: {"secret_hash": attempt.password_hash},
        AuthenticatorKind.PASSCODE: {"secret_hash": attempt.passcode_hash},
    }
    for kind, values in chosen.items():
        if values["secret_hash"] is not None:
            replace_authenticator(account, kind, **values)
    attempt.finished_at = world_now()
    attempt.password_hash = attempt.passcode_hash = attempt.sealed_totp = None
    record_cancelled(account.id, except_id=attempt.id)
    record_sessions_ended(account.id)
    if (
        attempt.kind == RecoveryKind.EVERYTHING
    ):  # whoever has lost everything does not have the phone and passkeys either
        for possession in record_possessions_ended(account.id):
            post_event(PossessionChanged(account.id, account.person_id, possession, "revoke"))
    tell_holder_everywhere(account, RECOVERED_TEXT, mail=RECOVERED_MAIL, act="recover_account")


def replace_authenticator(account: Account, kind: AuthenticatorKind, **values: Any) -> None:
    """The account has this authenticator in the place of its old one, or as its first."""
    values |= {"added_at": wall_now()}
    is_its = (Authenticator.account_id == account.id, Authenticator.kind == kind)
    changed: Any = db.session.execute(update(Authenticator).where(*is_its).values(**values))
    if not changed.rowcount:
        db.session.add(Authenticator(account_id=account.id, kind=kind, **values))
    post_event(SecretChanged(account.id, account.person_id, kind))


def take_new_phone(account: Account, attempt: Recovery) -> None:
    """Texts go to the new number from now on; the old one, the new one and the mail address are told."""
    assert attempt.new_phone is not None
    text = NEW_PHONE_TEXT.format(tail=attempt.new_phone[-3:])
    mail = NEW_PHONE_MAIL.format(text=text, tail=attempt.new_phone[-3:])
    tell_holder_everywhere(account, text, mail=mail, act="change_phone")
    post_message(MessageKind.TEXT, recipient=attempt.new_phone, body=text)
    account.phone = attempt.new_phone
    attempt.finished_at = world_now()
    record_cancelled(account.id, except_id=attempt.id)
    post_event(PhoneChanged(account.id, account.person_id))
