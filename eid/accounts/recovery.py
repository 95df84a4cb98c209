"""Getting back what was lost: prove, wait while the holder is told everywhere and can cancel, choose anew.

What must be proved and how long it waits is a table (recovery_rules). Every step is committed before the next; nothing takes
effect before the last one. Whether a PIN and a phone number belong together is told only to whoever holds that phone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

from eid.accounts.authenticators import record_totp_use
from eid.accounts.face import check_face
from eid.accounts.guessing import GuessKind, digest_lookup, record_failure
from eid.accounts.known_browsers import read_browser_mark
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.questions import check_answers
from eid.accounts.recovery_attempts import (
    check_code,
    lock_attempt,
    record_cancelled,
    record_code,
    record_recovery_attempt,
    recovery_over,
)
from eid.accounts.recovery_effects import begin_wait
from eid.accounts.recovery_models import Recovery
from eid.accounts.recovery_rules import Proof, RecoveryKind, RecoveryStep, find_way
from eid.accounts.registration import PresentedCard
from eid.accounts.security import check_password_of, record_code_use
from eid.accounts.sessions import Session, hash_token
from eid.accounts.telling import tell_holder_everywhere
from eid.audit import ActorKind, record_act
from eid.cards.service import verify_card
from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed, Refusal, Unauthenticated, VerificationFailed
from eid.outbox import MessageKind, post_message
from eid.population.models import Person

NOTHING_TEXT = (
    "eid: Co nguoi yeu cau khoi phuc tai khoan dinh danh gan voi so dien thoai nay, nhung tai khoan khong dung duoc. "
    "Neu khong phai ban, hay goi duong day nong."
)
CANCELLED_TEXT = "eid: Viec khoi phuc tai khoan cua ban da bi huy. Khong co gi thay doi."
CANCELLED_MAIL = CANCELLED_TEXT + "\n\nThe recovery of your account was cancelled. Nothing has changed."


def begin_recovery(kind: RecoveryKind, pin: str, phone: str, *, known_browser: str = "") -> str:
    """A code is on its way to the account's phone, if these two belong together; the attempt's token, whether or not they do.

    Raises Malformed for a new phone number, which takes a session, TooManyAttempts after too many requests.
    """
    if kind == RecoveryKind.PHONE:
        raise Malformed("recovery_kind", "Choose what you have lost.")
    account = db.session.scalar(select(Account).join(Person).where(Person.pin == pin, Account.phone == phone))
    mark = read_browser_mark(known_browser, account.id if account is not None else None)
    record_failure(GuessKind.TEXTED_CODE, digest_lookup("recovery", pin, phone, mark), now=wall_now())
    is_usable = account is not None and account.state == AccountState.ACTIVE
    token, attempt = record_recovery_attempt(kind, account if is_usable else None)
    record_code(attempt, Proof.PHONE, token=token, phone=phone if is_usable else None)
    if account is not None:
        if not is_usable:
            post_message(MessageKind.TEXT, recipient=account.phone, body=NOTHING_TEXT)
        record_act("begin_recovery", actor_kind=ActorKind.PERSON, person_id=account.person_id, kind=str(kind))
    db.session.commit()
    return token


def prove_by_text(token: str, proof: Proof, code: str) -> None:
    """The phone that this proof is about is proved. Raises Unauthenticated: code_wrong, recovery_over; Conflict."""
    check_code(token, proof, code)
    _prove(token, proof, lambda _account: None, (RecoveryStep.CODE, RecoveryStep.PROOFS))


def prove_by_password(token: str, password: str) -> None:
    """The password is proved. Raises Refused where it is wrong, TooManyAttempts; Unauthenticated, Conflict as lock_attempt."""
    check_password_of(_account_of(token), password)
    _prove(token, Proof.PASSWORD, lambda _account: None)


def prove_by_answers(token: str, answers: Mapping[str, str]) -> None:
    """Both answers are right. Raises as prove_by_password."""
    check_answers(_account_of(token), answers)
    _prove(token, Proof.QUESTIONS, lambda _account: None)


def prove_by_totp(token: str, code: str) -> None:
    """The authenticator is at hand. Raises Unauthenticated: recovery_proof_wrong; TooManyAttempts."""
    _prove(token, Proof.TOTP, lambda account: record_totp_use(account.id, account.person_id, code, now=wall_now()))


def prove_by_code(token: str, code: str) -> None:
    """A recovery code is spent. Raises as prove_by_totp."""
    _prove(token, Proof.RECOVERY_CODE, lambda account: record_code_use(account.id, code))


def prove_by_card(token: str, card: PresentedCard) -> None:
    """The person's own card was read and its chip answered. Raises VerificationFailed with the step that failed."""
    _prove(token, Proof.CARD, lambda account: _verify_own_card(account, card))


def prove_by_face(token: str, image: bytes) -> None:
    """The image shows the person. Raises VerificationFailed, step "face"; TooManyAttempts."""
    _prove(token, Proof.FACE, lambda account: check_face(account.person_id, image))


def text_code_again(token: str, proof: Proof) -> None:
    """A code for this proof is on its way to the account's phone. Raises TooManyAttempts after too many requests."""
    account, attempt = lock_attempt(token, RecoveryStep.PROOFS)
    record_failure(GuessKind.TEXTED_CODE, digest_lookup("recovery text", account.id), now=wall_now())
    record_code(attempt, proof, token=token, phone=account.phone)
    db.session.commit()


def cancel_recovery(cancel_token: str) -> None:
    """Whoever was told has cancelled it, with every other recovery of the account. Raises Unauthenticated where it is over."""
    account_id = db.session.scalar(select(Recovery.account_id).where(Recovery.cancel_hash == hash_token(cancel_token)))
    if account_id is None:
        raise recovery_over()
    _cancel(account_id)


def cancel_own_recoveries(session: Session) -> None:
    """As cancel_recovery, by the holder who is signed in."""
    _cancel(session.account_id)


def _account_of(token: str) -> int:
    """The account of an attempt that is at its proofs; nothing stays held."""
    account, _ = lock_attempt(token, RecoveryStep.PROOFS)
    account_id = account.id
    db.session.rollback()
    return account_id


def _prove(
    token: str,
    proof: Proof,
    check: Callable[[Account], None],
    steps: tuple[RecoveryStep, ...] = (RecoveryStep.PROOFS,),
) -> None:
    """The attempt has this proof, and waits where that is enough; what `check` refuses is counted, committed and raised."""
    account, attempt = lock_attempt(token, *steps)
    try:
        check(account)
    except VerificationFailed as wrong:
        _record(account, "prove_recovery", result="refused", proof=str(proof))
        db.session.commit()
        raise _as_refusal(proof, wrong) from wrong
    attempt.proved = [*attempt.proved, str(proof)] if proof not in attempt.proved else attempt.proved
    _record(account, "prove_recovery", result="done", proof=str(proof))
    way = find_way(RecoveryKind(attempt.kind), attempt.proved)
    if way is not None:
        record_cancelled(account.id, except_id=attempt.id)
        begin_wait(account, attempt, way.wait)
    db.session.commit()


def _as_refusal(proof: Proof, wrong: VerificationFailed) -> Refusal:
    """A card's or a face's refusal says what failed; a code's does not."""
    if proof in (Proof.CARD, Proof.FACE):
        return wrong
    return Unauthenticated("recovery_proof_wrong", "The code is not the right one.", reason=wrong.code)


def _verify_own_card(account: Account, card: PresentedCard) -> None:
    verify_card(
        card.files, challenge_id=card.challenge_id, response=card.response, expected_person_id=account.person_id
    )


def _cancel(account_id: int) -> None:
    account = db.session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
    if not record_cancelled(account_id):
        raise recovery_over()
    tell_holder_everywhere(account, CANCELLED_TEXT, mail=CANCELLED_MAIL, act="cancel_recovery")
    db.session.commit()


def _record(account: Account, act: str, **details: str) -> None:
    person_id = account.person_id
    record_act(act, actor_kind=ActorKind.PERSON, actor=person_id, person_id=person_id, **details)
