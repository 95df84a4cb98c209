"""Attempts at recovery as they are kept: begun, found by their token, held while they change, cancelled, and shown."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from eid.accounts.authenticators import unseal_totp_secret
from eid.accounts.guessing import digest_lookup
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.question_choices import SecurityQuestion
from eid.accounts.questions import find_questions
from eid.accounts.recovery_models import Recovery, RecoveryText
from eid.accounts.recovery_rules import (
    PROVING,
    Proof,
    RecoveryKind,
    RecoveryStep,
    find_open_ways,
    first_proof_of,
    next_step_of_recovery,
)
from eid.accounts.registration import ISSUER
from eid.accounts.security import count_recovery_codes
from eid.accounts.sent_codes import CODE_DIGITS, CODE_LIFE, claim_code_try
from eid.accounts.sessions import hash_token
from eid.clock import wall_now, world_now
from eid.crypto.totp import build_otpauth_uri
from eid.db import db
from eid.errors import Conflict, Unauthenticated
from eid.late_dataclasses import frozen
from eid.outbox import MessageKind, post_message
from eid.population.service import find_person_by_id
from eid.randomness import random_digits, random_token

CODE_TEXT = (
    "eid: Ma khoi phuc tai khoan cua ban la {code}, co hieu luc trong 5 phut. Khong dua ma nay cho bat ky ai. "
    "Neu ban khong yeu cau, hay bo qua tin nhan nay."
)


@frozen
class RecoveryProgress:
    """Where a recovery stands, for the page to show. The secret is there only while it has to be scanned."""

    kind: RecoveryKind
    step: RecoveryStep
    code_expires_at: datetime
    pin: str | None = None
    proved: tuple[Proof, ...] = ()
    open_ways: tuple[tuple[Proof, ...], ...] = ()
    questions: tuple[SecurityQuestion, ...] = ()
    ready_at: datetime | None = None
    totp_secret: str | None = None
    otpauth_uri: str | None = None


def record_recovery_attempt(
    kind: RecoveryKind, account: Account | None, *, new_phone: str | None = None
) -> tuple[str, Recovery]:
    """Add an attempt; its token and itself. One without account never gets beyond the code. The caller commits."""
    now, token = world_now(), random_token()
    attempt = Recovery(
        token_hash=hash_token(token),
        account_id=account.id if account is not None else None,
        kind=kind,
        proved=[],
        new_phone=new_phone,
        opened_at=now,
        expires_at=now + PROVING,
    )
    db.session.add(attempt)
    db.session.flush()
    return token, attempt


def record_code(attempt: Recovery, proof: Proof, *, token: str, phone: str | None, text: str = CODE_TEXT) -> None:
    """A fresh code for this proof, texted where there is a phone to text it to; the one before is worth nothing."""
    code = random_digits(CODE_DIGITS)
    row = RecoveryText(
        recovery_id=attempt.id,
        proof=proof,
        code_digest=_digest_code(token, proof, code),
        tries=0,
        expires_at=wall_now() + CODE_LIFE,
    )
    db.session.merge(row)
    if phone is not None:
        post_message(MessageKind.TEXT, recipient=phone, body=text.format(code=code))


def check_code(token: str, proof: Proof, code: str) -> None:
    """The code is this attempt's. Raises Unauthenticated where it is wrong, too old, used or tried too often.

    A try is counted, and committed, before it is judged, in one statement, so that none is ever gained.
    """
    attempt_id = select(Recovery.id).where(Recovery.token_hash == hash_token(token)).scalar_subquery()
    is_this = (RecoveryText.recovery_id == attempt_id) & (RecoveryText.proof == proof)
    claimed = claim_code_try(RecoveryText.tries, RecoveryText.expires_at, is_this)
    digest = db.session.scalar(select(RecoveryText.code_digest).where(is_this))
    if not claimed or not hmac.compare_digest(digest or "", _digest_code(token, proof, code)):
        raise code_refused()


def lock_attempt(token: str, *steps: RecoveryStep) -> tuple[Account, Recovery]:
    """The open attempt, at one of these steps, and its account, both held until the commit; the account first, as everywhere.

    Raises Unauthenticated where the attempt is over, Conflict at another step or where the account is not active (any more).
    """
    query = select(Recovery.account_id).where(Recovery.token_hash == hash_token(token))
    account_id = db.session.scalar(query)
    if account_id is None:
        raise recovery_over()
    account = db.session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
    held = select(Recovery).where(Recovery.token_hash == hash_token(token)).with_for_update()
    attempt = db.session.scalars(held.execution_options(populate_existing=True)).one()
    if not _is_open(attempt):
        raise recovery_over()
    if account.state != AccountState.ACTIVE:
        raise Conflict(
            "recovery_impossible", "The account is locked or not active; a desk can help you.", reason=account.state
        )
    if _step_of(attempt) not in steps:
        raise Conflict("recovery_step", "This step is done, or another comes first.", reason=f"not {steps}")
    return account, attempt


def find_recovery(token: str) -> RecoveryProgress | None:
    """Where the attempt of this token stands; None where there is none or it is over."""
    attempt = db.session.scalar(select(Recovery).where(Recovery.token_hash == hash_token(token)))
    if attempt is None or (attempt.finished_at is None and not _is_open(attempt)):
        return None
    kind, step = RecoveryKind(attempt.kind), _step_of(attempt)
    text = db.session.get(RecoveryText, (attempt.id, first_proof_of(kind)))
    expires_at = text.expires_at if text is not None else wall_now()
    if step == RecoveryStep.CODE or attempt.account_id is None:
        return RecoveryProgress(kind, step, expires_at)
    return _show(attempt, kind, step, expires_at)


def find_waiting(account_id: int) -> Sequence[Recovery]:
    """What was proved enough for and has not taken effect, so that the holder can see and cancel it."""
    rows = db.session.scalars(select(Recovery).where(Recovery.account_id == account_id, Recovery.ready_at.is_not(None)))
    return [row for row in rows if _is_open(row)]


def record_cancelled(account_id: int, *, except_id: int | None = None) -> int:
    """Every attempt of the account that is open, but one, is over; how many there were. The caller commits."""
    statement = update(Recovery).where(
        Recovery.account_id == account_id, Recovery.finished_at.is_(None), Recovery.cancelled_at.is_(None)
    )
    if except_id is not None:
        statement = statement.where(Recovery.id != except_id)
    changed: Any = db.session.execute(
        statement.values(cancelled_at=world_now()).execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)


def recovery_over() -> Unauthenticated:
    return Unauthenticated("recovery_over", "This recovery is over. Please start again.")


def code_refused() -> Unauthenticated:
    return Unauthenticated("code_wrong", "The code is wrong or no longer valid. Try again, or ask for a new code.")


def _show(attempt: Recovery, kind: RecoveryKind, step: RecoveryStep, expires_at: datetime) -> RecoveryProgress:
    account = db.session.get_one(Account, attempt.account_id)
    person = find_person_by_id(account.person_id)
    questions = tuple(find_questions(account.id))
    lacking = {Proof.QUESTIONS} if not questions else set()
    lacking |= {Proof.RECOVERY_CODE} if not count_recovery_codes(account.id) else set()
    secret = None
    if step == RecoveryStep.AUTHENTICATOR and attempt.sealed_totp is not None:
        secret = unseal_totp_secret(attempt.sealed_totp, person_id=person.id)
    return RecoveryProgress(
        kind,
        step,
        expires_at,
        pin=person.pin,
        proved=tuple(Proof(name) for name in attempt.proved),
        open_ways=tuple(find_open_ways(kind, attempt.proved, lacking=lacking)),
        questions=questions,
        ready_at=attempt.ready_at,
        totp_secret=secret,
        otpauth_uri=build_otpauth_uri(secret, account=person.pin, issuer=ISSUER) if secret else None,
    )


def _step_of(attempt: Recovery) -> RecoveryStep:
    if attempt.finished_at is not None:
        return RecoveryStep.DONE
    chosen = {RecoveryStep.PASSWORD: attempt.password_hash, RecoveryStep.PASSCODE: attempt.passcode_hash}
    return next_step_of_recovery(
        RecoveryKind(attempt.kind),
        attempt.proved,
        is_ready=None if attempt.ready_at is None else attempt.ready_at <= world_now(),
        chosen=[step for step, hashed in chosen.items() if hashed],
    )


def _is_open(attempt: Recovery) -> bool:
    is_done = attempt.finished_at is not None or attempt.cancelled_at is not None
    return not is_done and attempt.expires_at > world_now()


def _digest_code(token: str, proof: Proof, code: str) -> str:
    return digest_lookup("recovery text", token, proof, code)
