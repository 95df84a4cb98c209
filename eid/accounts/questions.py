"""The holder's two security questions: chosen, set anew, and answered, with every wrong try counted.

One try answers both; which of them was wrong is not told.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from eid.accounts.authenticators import build_secret_hash, verify_hash
from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.accounts.models import Account
from eid.accounts.question_choices import SecurityQuestion, accept_answers, normalise_answer
from eid.accounts.recovery_models import SecurityAnswer
from eid.accounts.security import IF_NOT_YOU, prove_password, tell_holder
from eid.accounts.sessions import Session
from eid.clock import wall_now
from eid.crypto.passwords import dates_of
from eid.db import db
from eid.errors import Refused, VerificationFailed
from eid.population.models import Person
from eid.population.service import find_person_by_id

QUESTIONS_TEXT = "eid: Cau hoi bao mat cua tai khoan vua duoc thay doi. " + IF_NOT_YOU


def accept_answers_of(answers: Mapping[str, str], person: Person, *, phone: str) -> dict[SecurityQuestion, str]:
    """Question → answer as it is hashed. Raises Malformed as accept_answers."""
    return accept_answers(answers, known=(person.pin, phone, person.full_name, *dates_of(person.birth_date)))


def build_answer_hashes(accepted: Mapping[SecurityQuestion, str]) -> dict[str, str]:
    """Question → Argon2id hash of its answer; to be called outside of any transaction."""
    return {str(question): build_secret_hash(answer) for question, answer in accepted.items()}


def change_questions(session: Session, *, password: str, answers: Mapping[str, str]) -> None:
    """The account has these two questions, and the holder was told. Raises Refused for a wrong password, Malformed."""
    phone = db.session.get_one(Account, session.account_id).phone
    accepted = accept_answers_of(answers, find_person_by_id(session.person_id), phone=phone)
    prove_password(session, password)
    hashes = build_answer_hashes(accepted)
    record_answers(session.account_id, hashes)
    tell_holder(session, "change_questions", QUESTIONS_TEXT)
    db.session.commit()


def record_answers(account_id: int, hashes: Mapping[str, str]) -> None:
    """These are the account's questions from now on, and no others; the caller commits."""
    db.session.execute(delete(SecurityAnswer).where(SecurityAnswer.account_id == account_id))
    for question, hashed in hashes.items():
        db.session.add(SecurityAnswer(account_id=account_id, question=question, answer_hash=hashed))


def find_questions(account_id: int) -> list[SecurityQuestion]:
    """The questions that the account has; none where its holder has not chosen any."""
    query = select(SecurityAnswer.question).where(SecurityAnswer.account_id == account_id)
    return [SecurityQuestion(name) for name in sorted(db.session.scalars(query))]


def check_answers(account_id: int, answers: Mapping[str, str]) -> None:
    """Return where both answers are right; commits. Raises Refused where they are not, TooManyAttempts after too many tries."""
    subject = digest_lookup(GuessKind.QUESTION, account_id)
    check_may_guess(GuessKind.QUESTION, subject, now=wall_now())
    query = select(SecurityAnswer.question, SecurityAnswer.answer_hash).where(SecurityAnswer.account_id == account_id)
    hashes = {row.question: row.answer_hash for row in db.session.execute(query)}
    db.session.rollback()  # nobody waits for the hashes
    wrong = [question for question, hashed in hashes.items() if not _is_right(answers.get(question, ""), hashed)]
    if wrong or not hashes:
        record_failure(GuessKind.QUESTION, subject, now=wall_now())
        db.session.commit()
        raise Refused("answers_wrong", "The answers are not the right ones.", reason=f"{len(wrong)} of {len(hashes)}")
    record_success(GuessKind.QUESTION, subject, now=wall_now())
    db.session.commit()


def _is_right(answer: str, hashed: str) -> bool:
    """Both are judged, whatever the first one gave, so that time does not tell which was wrong."""
    try:
        verify_hash(normalise_answer(answer), hashed=hashed)
    except VerificationFailed:
        return False
    return True
