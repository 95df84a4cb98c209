"""What a citizen sees of questions: those that wait for them, and the one behind a code that they enter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.accounts.levels import AuthenticationLevel
from eid.accounts.sessions import Session
from eid.clock import wall_now
from eid.db import db
from eid.errors import NotFound
from eid.late_dataclasses import frozen
from eid.oauth.asking import AskedGroup
from eid.oauth.consents import find_consent_life
from eid.oauth.decoupled.models import DecoupledQuestion, QuestionKind
from eid.oauth.decoupled.opening import digest_user_code, list_asked_groups
from eid.oauth.decoupled.user_codes import parse_user_code
from eid.oauth.models import Client
from eid.oauth.requests import CheckedRequest


@frozen
class ShownQuestion:
    """A question as the page shows it; the number is not in it."""

    id: int
    client: Client
    message: str
    groups: tuple[AskedGroup, ...]
    level: AuthenticationLevel
    """How strongly whoever approves must have signed in."""
    needs_number: bool
    opened_at: datetime
    expires_at: datetime
    ends_at: datetime
    """Until when a decision of now is remembered."""


def find_waiting_questions(person_id: int) -> Sequence[ShownQuestion]:
    """What services ask this person just now, on the back channel, oldest first."""
    waiting = select(DecoupledQuestion).where(
        DecoupledQuestion.person_id == person_id,
        DecoupledQuestion.kind == QuestionKind.CIBA,
        *_waits(wall_now()),
    )
    return [_describe(question) for question in db.session.scalars(waiting.order_by(DecoupledQuestion.id))]


def find_shown_question(question_id: int, *, session: Session) -> ShownQuestion:
    """The question that waits for this session. Raises NotFound."""
    return _describe(find_waiting(question_id, session=session))


def find_waiting(question_id: int, *, session: Session) -> DecoupledQuestion:
    """The row of a question that waits: on the back channel for the person, by a code for the session that entered it.

    It is held until the transaction ends. Raises NotFound, one sentence for every reason.
    """
    mine = select(DecoupledQuestion).where(
        DecoupledQuestion.id == question_id,
        DecoupledQuestion.person_id == session.person_id,
        DecoupledQuestion.session_id.is_(None) | (DecoupledQuestion.session_id == session.id),
        *_waits(wall_now()),
    )
    found = db.session.scalar(mine.with_for_update(of=DecoupledQuestion).execution_options(populate_existing=True))
    if found is None:
        raise _over()
    return found


def take_user_code(text: str, *, session: Session) -> int:
    """The number of the question behind this code, which from now on waits for this session alone; committed.

    A code that is wrong, used or too old is a wrong guess, and counted (RFC 8628, section 5.1). Raises NotFound, TooManyAttempts.
    """
    now, counted = wall_now(), digest_lookup("user_code_tries", session.account_id)
    check_may_guess(GuessKind.USER_CODE, counted, now=now)
    code = parse_user_code(text)
    taking = (
        update(DecoupledQuestion)
        .where(
            DecoupledQuestion.user_code_digest == digest_user_code(code or ""),
            DecoupledQuestion.session_id.is_(None) | (DecoupledQuestion.session_id == session.id),
            *_waits(now),
        )
        .values(session_id=session.id, person_id=session.person_id)
        .returning(DecoupledQuestion.id)
        .execution_options(synchronize_session=False)
    )
    question_id: int | None = db.session.scalar(taking)
    if question_id is None:
        record_failure(GuessKind.USER_CODE, counted, now=now)
        db.session.commit()
        raise NotFound(
            "user_code_unknown", "No device shows this code now. Look at it again, or let it show a new one."
        )
    record_success(GuessKind.USER_CODE, counted, now=now)
    db.session.commit()
    return question_id


def _waits(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return DecoupledQuestion.decided_at.is_(None), DecoupledQuestion.expires_at > now


def _describe(question: DecoupledQuestion) -> ShownQuestion:
    request = CheckedRequest.from_json(question.request)
    return ShownQuestion(
        id=question.id,
        client=question.client,
        message=question.binding_message or "",
        groups=list_asked_groups(question.client, request),
        level=request.level,
        needs_number=question.number is not None,
        opened_at=question.opened_at,
        expires_at=question.expires_at,
        ends_at=wall_now() + find_consent_life(question.client),
    )


def _over() -> NotFound:
    return NotFound("question_over", "This question is over, or was answered already.")
