"""The citizen's answer to a question: on the phone, or on a page of theirs. What they do not grant, nobody gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from eid.accounts.approvals import Decision
from eid.accounts.asked_consents import CONSENT
from eid.accounts.authenticators import check_passcode
from eid.accounts.guardianships import is_ward
from eid.accounts.levels import Factor
from eid.accounts.models import Account
from eid.accounts.phone_questions import record_question_over
from eid.accounts.sessions import Session, record_momentary_session
from eid.accounts.ward_uses import Use, UseKind, check_use_agreed
from eid.audit import ActorKind, record_disclosure
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Refused, VerificationFailed
from eid.events import ConsentAnsweredOnPhone
from eid.oauth.asking import Granted, list_needed, read_decision
from eid.oauth.authorization_details import select_details
from eid.oauth.claims import OFFLINE_ACCESS
from eid.oauth.client_limits import check_sign_in_limit
from eid.oauth.client_suspension import check_not_suspended
from eid.oauth.codes import record_grant
from eid.oauth.consents import record_decision
from eid.oauth.decoupled.models import DecoupledQuestion, QuestionKind, Verdict
from eid.oauth.decoupled.opening import list_asked_groups
from eid.oauth.decoupled.pinging import post_ping
from eid.oauth.decoupled.showing import find_waiting
from eid.oauth.interactions import SignedIn
from eid.oauth.release import Release
from eid.oauth.requests import CheckedRequest
from eid.randomness import random_token

VERDICTS = {
    Decision.APPROVED: Verdict.APPROVED,
    Decision.REFUSED: Verdict.DENIED,
    Decision.WRONG_NUMBER: Verdict.WRONG_NUMBER,
}


def approve_question(
    question_id: int,
    *,
    session: Session,
    scopes: Sequence[str],
    claims: Sequence[str],
    passcode: str,
    number: str = "",
    is_own: bool = False,
) -> None:
    """The service gets what was ticked; committed, and the consent is remembered.

    1. The question waits for this session's person, and the session is strong enough for it.
    2. Everything that is required was granted; whoever entered a code has said that it is of the device before them.
    3. The passcode is right (its tries are counted).
    4. A ward's guardian has agreed to exactly this.
    5. The number is the one on the asking screen. A wrong one ends the question: it was somebody else's.
    6. Nobody has answered meanwhile.
    """
    # (1)
    question = find_waiting(question_id, session=session)
    request = CheckedRequest.from_json(question.request)
    if session.level < request.level:
        raise Refused("level_insufficient", "Prove yourself more strongly first.")
    # (2)
    granted = _read_granted(question, request, scopes, claims)
    if question.kind == QuestionKind.DEVICE and not is_own:
        raise Refused("device_unconfirmed", "Confirm that you began this yourself, on a device before you.")
    # (3)
    check_passcode(session.account_id, passcode)
    # (4)
    question, now = find_waiting(question_id, session=session), wall_now()
    guardian = _check_guardian(question, session.person_id, granted)
    # (5)
    if question.number is not None and number != f"{question.number:02}":
        _record_refused(question, Verdict.WRONG_NUMBER, session.person_id, now)
        db.session.commit()
        raise VerificationFailed(
            "number", "number_wrong", "That is not the number on the other screen. Let them ask again."
        )
    # (6)
    _record_approved(question, session, session.level, granted, now=now, given_by=guardian)
    db.session.commit()


def deny_question(question_id: int, *, session: Session, is_reported: bool = False) -> None:
    """The service is told no; committed. One that is reported cannot ask this person again for a month."""
    question, now = find_waiting(question_id, session=session), wall_now()
    _record_refused(question, Verdict.REPORTED if is_reported else Verdict.DENIED, session.person_id, now)
    db.session.commit()


def follow_answer_on_phone(answered: ConsentAnsweredOnPhone) -> None:
    """Handles ConsentAnsweredOnPhone: the answering transaction commits what follows from it.

    Phone and passcode make a session that is over as it begins. Raises Conflict where the question is over.
    """
    if answered.kind != CONSENT:
        return
    now = wall_now()
    held = select(DecoupledQuestion).where(DecoupledQuestion.approval_id == answered.approval_id)
    question = db.session.scalar(held.with_for_update(of=DecoupledQuestion).execution_options(populate_existing=True))
    if question is None or question.decided_at is not None or question.expires_at <= now:
        raise _over()
    account = db.session.get_one(Account, answered.account_id)
    verdict = VERDICTS[Decision(answered.decision)]
    if verdict is not Verdict.APPROVED:
        _record_refused(question, verdict, account.person_id, now)
        return
    if is_ward(account.person_id):
        raise _over()
    granted = _grant_all_but(question, answered.withheld)
    factors = (Factor.DEVICE, Factor.PASSCODE)
    session = record_momentary_session(account, factors, now=now, device_id=answered.device_id)
    _record_approved(question, session, session.level, granted, now=now)


def _read_granted(
    question: DecoupledQuestion, request: CheckedRequest, scopes: Sequence[str], claims: Sequence[str]
) -> Granted:
    """What was ticked. Raises Malformed, as asking.read_decision."""
    return read_decision(
        list_asked_groups(question.client, request),
        asked_scopes=request.scopes,
        needed=list_needed(request.scopes, question.client.required_scopes),
        ticked_scopes=scopes,
        ticked_claims=claims,
    )


def _grant_all_but(question: DecoupledQuestion, withheld: Sequence[str]) -> Granted:
    """As if all had been ticked but these."""
    request = CheckedRequest.from_json(question.request)
    ticks = [one for group in list_asked_groups(question.client, request) for one in group.attributes]
    kept = [one for one in ticks if one.key not in withheld]
    scopes = [one.key for one in kept if one.field == "scope"]
    return _read_granted(question, request, scopes, [one.key for one in kept if one.field == "claim"])


def _check_guardian(question: DecoupledQuestion, person_id: int, granted: Granted) -> int | None:
    client = question.client
    use = Use(
        UseKind.SERVICE, client.client_id, recipient=client.name, purpose=client.purpose, attributes=granted.items
    )
    return check_use_agreed(person_id, use)


def _record_approved(
    question: DecoupledQuestion,
    session: SignedIn,
    level: str,
    granted: Granted,
    *,
    now: datetime,
    given_by: int | None = None,
) -> None:
    """The consent, the grant that its client fetches, and what the citizen finds of it among the disclosures.

    Raises Refused: client_suspended; TooManyAttempts: client_limit.
    """
    client, request = question.client, CheckedRequest.from_json(question.request)
    check_not_suspended(client)
    check_sign_in_limit(client)
    until = record_decision(session.person_id, client, request, granted, now=now, given_by=given_by)
    details = tuple(select_details(request.authorization_details, granted=granted.items))
    release = Release(granted.scopes, granted.items, request.claims, details, until)
    grant = record_grant(client, request, session, release, now=now, level=level, code=random_token())
    db.session.flush()
    _record_decided(question, Verdict.APPROVED, now, code_id=grant.id)
    attributes = [item for item in granted.items if item != OFFLINE_ACCESS]
    _record_outcome(question, session.person_id, attributes=attributes, result="done")


def _record_refused(question: DecoupledQuestion, verdict: Verdict, person_id: int, now: datetime) -> None:
    _record_decided(question, verdict, now)
    _record_outcome(question, person_id, attributes=[], result="refused")


def _record_decided(
    question: DecoupledQuestion, verdict: Verdict, now: datetime, *, code_id: int | None = None
) -> None:
    """The question is answered by this transaction and by no other; raises Conflict where another was faster."""
    answering = (
        update(DecoupledQuestion)
        .where(DecoupledQuestion.id == question.id, DecoupledQuestion.decided_at.is_(None))
        .values(decided_at=now, verdict=verdict, code_id=code_id)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(answering).rowcount != 1:  # type: ignore[attr-defined]
        raise _over()
    record_question_over(question.approval_id, now=now)
    post_ping(question, now=now)


def _record_outcome(question: DecoupledQuestion, person_id: int, *, attributes: Sequence[str], result: str) -> None:
    act = "answer_backchannel_question" if question.kind == QuestionKind.CIBA else "answer_device_question"
    record_disclosure(
        act,
        actor_kind=ActorKind.PERSON,
        actor=person_id,
        person_id=person_id,
        client=question.client.client_id,
        purpose=question.client.purpose,
        attributes=attributes,
        result=result,
    )


def _over() -> Conflict:
    return Conflict("question_over", "This question is over, or was answered already.")
