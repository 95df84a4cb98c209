"""Activation of an approved account (Decree 69/2024, article 14), step by step; each step is committed before the next.

PIN and phone → texted code → password → passcode → two questions → TOTP → card. What is confirmed belongs to one attempt, in
one browser, and takes effect at its end alone: an attempt that is broken off can be gone on with or begun again, and a later
attempt that proves the phone takes the earlier one's place, so that nobody's half-done secrets end up in another's account.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from eid.accounts import lifecycle
from eid.accounts.activation_steps import (
    ACTIVATION_LIFE,
    ActivationProgress,
    ActivationStep,
    Confirmed,
    next_step_of,
)
from eid.accounts.authenticators import (
    build_secret_hash,
    generate_totp_secret,
    record_authenticators,
    seal_totp_secret,
    unseal_totp_secret,
)
from eid.accounts.foreigners import PresentedPassport, check_passport
from eid.accounts.guessing import GuessKind, digest_lookup, record_failure
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account, Activation
from eid.accounts.proofs import record_card_proof
from eid.accounts.questions import accept_answers_of, build_answer_hashes, record_answers
from eid.accounts.secret_policy import accept_passcode, accept_password
from eid.accounts.sent_codes import CODE_DIGITS, CODE_LIFE, claim_code_try
from eid.accounts.sessions import hash_token
from eid.audit import ActorKind, record_act
from eid.cards.service import verify_card
from eid.clock import wall_now, world_now
from eid.crypto.totp import build_otpauth_uri, verify_code
from eid.db import db
from eid.errors import Conflict, Unauthenticated, VerificationFailed
from eid.events import AccountActivated, post_event
from eid.late_dataclasses import frozen
from eid.outbox import MessageKind, post_message
from eid.population.models import Person
from eid.randomness import random_digits, random_token

ISSUER = "eid (simulation)"
_IS_OPEN = (Activation.finished_at.is_(None), Activation.replaced_at.is_(None))

CODE_TEXT = (
    "eid: Ma kich hoat tai khoan cua ban la {code}, co hieu luc trong 5 phut. Khong dua ma nay cho bat ky ai. "
    "Neu ban khong yeu cau, hay bo qua tin nhan nay."
)
NOTHING_TO_ACTIVATE_TEXT = (
    "eid: Co nguoi yeu cau kich hoat tai khoan dinh danh gan voi so dien thoai nay, nhung tai khoan khong cho kich hoat. "
    "Neu khong phai ban, hay goi duong day nong."
)
ACTIVATED_TEXT = (
    "eid: Tai khoan dinh danh dien tu cua ban da duoc kich hoat. Neu khong phai ban, hay goi duong day nong."
)


@frozen
class PresentedCard:
    """What a card reader sends: the chip's files and its answer to a challenge of ours."""

    files: Mapping[str, bytes]
    challenge_id: str
    response: bytes


def begin_activation(pin: str, phone: str) -> str:
    """A code is on its way to the registered phone, if these two belong together; the attempt's token, whether or not they do.

    An earlier code of the same account is worth nothing any more. Raises TooManyAttempts after too many requests.
    """
    now = wall_now()
    record_failure(GuessKind.TEXTED_CODE, digest_lookup("texted-code", pin, phone), now=now)
    account = db.session.scalar(
        select(Account).join(Person).where(Person.pin == pin, Account.phone == phone).with_for_update(of=Account)
    )
    token, code = random_token(), random_digits(CODE_DIGITS)
    if account is not None:
        _replace_attempts(account.id, now, Activation.code_confirmed_at.is_(None))
        _text_code(account, code)
        record_act("begin_activation", actor_kind=ActorKind.PERSON, person_id=account.person_id)
    is_open = account is not None and account.state == AccountState.APPROVED
    db.session.add(
        Activation(
            token_hash=hash_token(token),
            account_id=account.id if account is not None and is_open else None,
            code_digest=_digest_code(token, code),
            code_tries=0,
            code_expires_at=now + CODE_LIFE,
            started_at=now,
            expires_at=now + ACTIVATION_LIFE,
        )
    )
    db.session.commit()
    return token


def find_progress(token: str) -> ActivationProgress | None:
    """Where the attempt of this token stands; None where there is none, it is over, or another took its place."""
    found = db.session.execute(
        select(Activation, Person)
        .outerjoin(Account, Account.id == Activation.account_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .where(Activation.token_hash == hash_token(token), Activation.expires_at > wall_now())
    ).one_or_none()
    if found is None or found[0].replaced_at is not None:
        return None
    attempt, person = found
    step = _next_step(attempt)
    if step != ActivationStep.AUTHENTICATOR:
        return ActivationProgress(step, attempt.code_expires_at, pin=person.pin if person else None)
    assert attempt.sealed_totp is not None
    secret = unseal_totp_secret(attempt.sealed_totp, person_id=person.id)
    uri = build_otpauth_uri(secret, account=person.pin, issuer=ISSUER)
    return ActivationProgress(step, attempt.code_expires_at, pin=person.pin, totp_secret=secret, otpauth_uri=uri)


def confirm_phone(token: str, code: str) -> None:
    """The phone is proved, and this attempt is the account's only one.

    Raises Unauthenticated for a code that is wrong, used, replaced, too old or tried too often; Conflict where the account
    cannot be activated (any more). A try is counted before it is judged, in one statement, so that none is ever gained.
    """
    now = wall_now()
    attempt = _claim_try(token)
    if attempt is None or not hmac.compare_digest(attempt.code_digest, _digest_code(token, code)):
        raise _code_refused()
    account = _lock_account(attempt)
    refusal = _refusal_to_activate(account)
    confirmed = {"code_confirmed_at": now, "replaced_at": now if refusal else None}
    if not _change_open(Activation.id == attempt.id, Activation.code_confirmed_at.is_(None), **confirmed):
        raise _code_refused()
    _replace_attempts(account.id, now, Activation.id != attempt.id)
    record_act("confirm_phone", actor_kind=ActorKind.PERSON, actor=account.person_id, person_id=account.person_id)
    db.session.commit()
    if refusal is not None:
        raise refusal


def choose_password(token: str, password: str) -> None:
    """The attempt has its password. Raises Malformed where the rules refuse it, Unauthenticated where the attempt is over."""
    attempt, person = _find_attempt(token, ActivationStep.PASSWORD)
    accepted = accept_password(password, person, phone=_phone_of(attempt))
    db.session.rollback()  # nobody waits for the hash
    _confirm(token, password_hash=build_secret_hash(accepted))


def choose_passcode(token: str, passcode: str) -> None:
    """The attempt has its passcode. Raises Malformed, Unauthenticated as choose_password."""
    attempt, person = _find_attempt(token, ActivationStep.PASSCODE)
    accepted = accept_passcode(passcode, person, phone=_phone_of(attempt))
    db.session.rollback()
    _confirm(token, passcode_hash=build_secret_hash(accepted))


def choose_questions(token: str, answers: Mapping[str, str]) -> None:
    """The attempt has its two questions, and a TOTP secret to be enrolled.

    `answers` is question → answer; without any answer the holder chooses later, under security. Raises Malformed,
    Unauthenticated as choose_password.
    """
    attempt, person = _find_attempt(token, ActivationStep.QUESTIONS)
    is_later = not any(answers.values())
    accepted = {} if is_later else accept_answers_of(answers, person, phone=_phone_of(attempt))
    sealed = seal_totp_secret(generate_totp_secret(), person_id=person.id)
    db.session.rollback()
    _confirm(token, answer_hashes=build_answer_hashes(accepted), sealed_totp=sealed)


def confirm_authenticator(token: str, code: str) -> None:
    """The holder's authenticator shows our codes. Raises Unauthenticated for a wrong one; the code is then spent."""
    attempt, person = _find_attempt(token, ActivationStep.AUTHENTICATOR)
    assert attempt.sealed_totp is not None
    secret = unseal_totp_secret(attempt.sealed_totp, person_id=person.id)
    try:
        verified = verify_code(code, secret=secret, now=wall_now(), last_step=attempt.totp_step)
    except VerificationFailed as wrong:
        raise Unauthenticated(
            "otp_wrong", "The code is not the right one. Wait for the next one and try again.", reason=wrong.code
        ) from wrong
    _confirm(token, totp_step=verified.step)


def activate_account(token: str, proof: PresentedCard | PresentedPassport) -> None:
    """The account is active with what this attempt confirmed, and its holder is told; all of it, or nothing.

    1. The attempt has confirmed everything but the card.
    2. The card is genuine, in use, and the person's own (passive and active authentication); a foreigner, who has none, names
       the passport that was shown at the desk.
    3. The account is still approved and in time; of two attempts at once, one gets here.
    """
    # (1)
    attempt, person = _find_attempt(token, ActivationStep.CARD)
    account = _lock_account(attempt)
    attempt, _ = _find_attempt(token, ActivationStep.CARD)
    # (2)
    card_id = _prove_holder(proof, person)
    # (3)
    lifecycle.check_activation_in_time(activate_by=account.activate_by, now=world_now())
    account.state = lifecycle.activate(account.standing).state
    account.activated_at = world_now()
    assert attempt.password_hash and attempt.passcode_hash and attempt.answer_hashes is not None
    record_authenticators(
        account,
        password_hash=attempt.password_hash,
        passcode_hash=attempt.passcode_hash,
        sealed_totp=attempt.sealed_totp,
        totp_step=attempt.totp_step,
    )
    record_answers(account.id, attempt.answer_hashes)
    if card_id is not None:
        record_card_proof(account, card_id, verified_at=account.activated_at)
    attempt.finished_at = wall_now()
    attempt.password_hash = attempt.passcode_hash = attempt.answer_hashes = attempt.sealed_totp = None
    post_message(MessageKind.TEXT, recipient=account.phone, body=ACTIVATED_TEXT)
    record_act("activate_account", actor_kind=ActorKind.PERSON, actor=account.person_id, person_id=account.person_id)
    post_event(AccountActivated(account.id, account.person_id))
    db.session.commit()


def _prove_holder(proof: PresentedCard | PresentedPassport, person: Person) -> int | None:
    """The card that proved it; None where it was a passport's number."""
    if isinstance(proof, PresentedPassport):
        check_passport(person.id, proof.number)
        return None
    verified = verify_card(
        proof.files, challenge_id=proof.challenge_id, response=proof.response, expected_person_id=person.id
    )
    return verified.card_id


def _text_code(account: Account, code: str) -> None:
    is_open = account.state == AccountState.APPROVED
    body = CODE_TEXT.format(code=code) if is_open else NOTHING_TO_ACTIVATE_TEXT
    post_message(MessageKind.TEXT, recipient=account.phone, body=body)


def _digest_code(token: str, code: str) -> str:
    return digest_lookup("texted-code", token, code)


def _refusal_to_activate(account: Account) -> Conflict | None:
    try:
        lifecycle.activate(account.standing)
        lifecycle.check_activation_in_time(activate_by=account.activate_by, now=world_now())
    except Conflict as refusal:
        return refusal
    return None


def _claim_try(token: str) -> Activation | None:
    """The attempt, with one try at its code taken and committed; None where there was none left, or nothing to activate."""
    claimed = claim_code_try(
        Activation.code_tries,
        Activation.code_expires_at,
        Activation.token_hash == hash_token(token),
        Activation.code_confirmed_at.is_(None),
        *_IS_OPEN,
    )
    attempt = db.session.scalar(select(Activation).where(Activation.token_hash == hash_token(token)))
    return attempt if claimed and attempt is not None and attempt.account_id is not None else None


def _replace_attempts(account_id: int, now: datetime, which: ColumnElement[bool]) -> None:
    """Attempts of the account that are still open, and of this kind, are over."""
    _change_open(Activation.account_id == account_id, which, replaced_at=now)


def _change_open(*which: ColumnElement[bool], **values: Any) -> bool:
    """Change these attempts as far as they are open, in one statement; whether there were any."""
    statement = update(Activation).where(*which, *_IS_OPEN).values(**values)
    changed: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(changed.rowcount)


def _confirm(token: str, **confirmed: Any) -> None:
    """Keep what a step confirmed, unless the attempt was replaced meanwhile."""
    if not _change_open(Activation.token_hash == hash_token(token), **confirmed):
        raise _attempt_over()
    db.session.commit()


def _lock_account(attempt: Activation) -> Account:
    """The attempt's account, held until the commit. Always held before an attempt is changed with it, never after."""
    return db.session.get_one(Account, attempt.account_id, with_for_update=True, populate_existing=True)


def _find_attempt(token: str, step: ActivationStep) -> tuple[Activation, Person]:
    """The open attempt, at this step, and whose it is. Raises Unauthenticated where it is over, Conflict at another step."""
    found = db.session.execute(
        select(Activation, Person)
        .join(Account, Account.id == Activation.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(Activation.token_hash == hash_token(token), Activation.expires_at > wall_now())
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or found[0].replaced_at is not None:
        raise _attempt_over()
    attempt, person = found
    if _next_step(attempt) != step:
        raise Conflict("activation_step", "This step is done, or another comes first.", reason=f"not {step}")
    return attempt, person


def _phone_of(attempt: Activation) -> str:
    return db.session.get_one(Account, attempt.account_id).phone


def _attempt_over() -> Unauthenticated:
    return Unauthenticated("activation_over", "This activation is over. Please start again.")


def _code_refused() -> Unauthenticated:
    return Unauthenticated("code_wrong", "The code is wrong or no longer valid. Try again, or ask for a new code.")


def _next_step(attempt: Activation) -> ActivationStep:
    is_done = attempt.finished_at is not None
    return next_step_of(
        Confirmed(
            code=attempt.code_confirmed_at is not None,
            password=is_done or attempt.password_hash is not None,
            passcode=is_done or attempt.passcode_hash is not None,
            questions=is_done or attempt.answer_hashes is not None,
            authenticator=is_done or attempt.totp_step is not None,
            card=is_done,
        )
    )
