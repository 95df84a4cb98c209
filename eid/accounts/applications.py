"""Asking in the app for an account of level 1 (Decree 69/2024, articles 7 and 10): PIN, the registered phone, the face.

What is answered is the same whether or not there is such a person, phone or account; only the text to the registered phone
knows. Whoever has proved the phone can also follow the request, withdraw it, and appeal.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from eid.accounts.face import check_face
from eid.accounts.guessing import GuessKind, digest_lookup, record_failure
from eid.accounts.mail_addresses import parse_mail_address
from eid.accounts.models import Account
from eid.accounts.opening import check_may_open
from eid.accounts.request_models import AccountApplication, Request
from eid.accounts.request_plans import RequestKind
from eid.accounts.requests import record_request
from eid.accounts.sent_codes import CODE_DIGITS, CODE_LIFE, claim_code_try
from eid.accounts.sessions import hash_token
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Unauthenticated, VerificationFailed
from eid.late_dataclasses import frozen
from eid.outbox import MessageKind, post_message
from eid.population.models import Person
from eid.population.service import find_person_by_id
from eid.randomness import random_digits, random_token

APPLICATION_LIFE = timedelta(hours=1)

CODE_TEXT = (
    "eid: Ma xac nhan dang ky tai khoan dinh danh dien tu cua ban la {code}, co hieu luc trong 5 phut. Khong dua ma nay cho "
    "bat ky ai. Neu ban khong yeu cau, hay bo qua tin nhan nay."
)
HAS_ACCOUNT_TEXT = (
    "eid: Co nguoi dang ky tai khoan dinh danh dien tu muc do 1 cho so dinh danh gan voi so dien thoai nay, nhung da co tai "
    "khoan. Neu khong phai ban, hay goi duong day nong."
)


@frozen
class Applicant:
    """Somebody who has proved the phone that is registered for a person."""

    person_id: int
    pin: str
    name: str


@frozen
class ApplicationProgress:
    code_expires_at: datetime
    applicant: Applicant | None
    """None until the code was right."""


def begin_application(pin: str, phone: str) -> str:
    """A code is on its way to the registered phone, if these two belong together; the application's token, whether or not.

    Raises TooManyAttempts after too many requests.
    """
    now = wall_now()
    record_failure(GuessKind.TEXTED_CODE, digest_lookup("application-code", pin, phone), now=now)
    found = select(Person).where(Person.pin == pin, Person.phone == phone, Person.died_on.is_(None))
    person = db.session.scalar(found)
    token, code = random_token(), random_digits(CODE_DIGITS)
    is_open = person is not None and not _has_account(person.id)
    if person is not None:
        unproved = AccountApplication.code_confirmed_at.is_(None)
        _change(AccountApplication.person_id == person.id, unproved, expires_at=now)
        body = CODE_TEXT.format(code=code) if is_open else HAS_ACCOUNT_TEXT
        post_message(MessageKind.TEXT, recipient=phone, body=body)
        record_act("begin_application", actor_kind=ActorKind.PERSON, person_id=person.id)
    db.session.add(
        AccountApplication(
            token_hash=hash_token(token),
            person_id=person.id if person is not None and is_open else None,
            code_digest=_digest_code(token, code),
            code_tries=0,
            code_expires_at=now + CODE_LIFE,
            started_at=now,
            expires_at=now + APPLICATION_LIFE,
        )
    )
    db.session.commit()
    return token


def find_application(token: str) -> ApplicationProgress | None:
    """Where the application of this token stands; None where there is none, or it is over."""
    application = _find(token)
    if application is None:
        return None
    if application.code_confirmed_at is None or application.person_id is None:
        return ApplicationProgress(application.code_expires_at, None)
    person = find_person_by_id(application.person_id)
    return ApplicationProgress(application.code_expires_at, Applicant(person.id, person.pin, person.full_name))


def confirm_application(token: str, code: str) -> None:
    """The phone is proved. Raises Unauthenticated for a code that is wrong, used, too old or tried too often.

    A try is counted and committed before it is judged, in one statement, so that none is ever gained.
    """
    now = wall_now()
    claimed = claim_code_try(
        AccountApplication.code_tries,
        AccountApplication.code_expires_at,
        AccountApplication.token_hash == hash_token(token),
        AccountApplication.code_confirmed_at.is_(None),
    )
    application = _find(token)
    is_right = application is not None and hmac.compare_digest(application.code_digest, _digest_code(token, code))
    if not claimed or application is None or application.person_id is None or not is_right:
        raise Unauthenticated("code_wrong", "The code is wrong or no longer valid. Try again, or ask for a new code.")
    application.code_confirmed_at = now
    record_act(
        "confirm_application",
        actor_kind=ActorKind.PERSON,
        actor=application.person_id,
        person_id=application.person_id,
    )
    db.session.commit()


def find_applicant(token: str) -> Applicant:
    """Who has proved the phone under this token. Raises Unauthenticated: application_over."""
    progress = find_application(token)
    if progress is None or progress.applicant is None:
        raise Unauthenticated("application_over", "This application is over. Please start again.")
    return progress.applicant


def submit_application(token: str, *, face: bytes, email: str = "") -> Request:
    """The face is the person's, and the request for an account of level 1 waits for review, one working day; committed.

    1. The phone is proved, and there is still no account.
    2. The person may have an account: alive, old enough, with a card that is good today.
    3. The face is that on record; a wrong one is counted.
    4. No other such request is open.

    Raises Unauthenticated: application_over; Conflict: account_exists, card_missing, card_unusable, request_open; Refused;
    Malformed: email_malformed; VerificationFailed: face_mismatch; TooManyAttempts.
    """
    # (1)
    applicant = find_applicant(token)
    if _has_account(applicant.person_id):
        raise Conflict("account_exists", "This person has an account already.")
    # (2)
    address = parse_mail_address(email)
    person = find_person_by_id(applicant.person_id)
    check_may_open(person)
    # (3)
    try:
        check_face(person.id, face)
    except VerificationFailed:
        db.session.commit()
        raise
    # (4)
    details = {"phone": person.phone, "email": address, "level": "1"}
    request = record_request(RequestKind.ACCOUNT_LEVEL_1, person_id=person.id, asked_by=None, details=details)
    db.session.commit()
    return request


def _find(token: str) -> AccountApplication | None:
    query = select(AccountApplication).where(
        AccountApplication.token_hash == hash_token(token), AccountApplication.expires_at > wall_now()
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def _has_account(person_id: int) -> bool:
    return db.session.scalar(select(Account.id).where(Account.person_id == person_id)) is not None


def _change(*which: ColumnElement[bool], **values: Any) -> bool:
    """Change these applications in one statement; whether there were any."""
    statement = update(AccountApplication).where(*which).values(**values)
    changed: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(changed.rowcount)


def _digest_code(token: str, code: str) -> str:
    return digest_lookup("application-code", token, code)
