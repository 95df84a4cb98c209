"""Accounts of foreigners with residence: asked for at the desk, good as long as the papers are (Decree 69/2024, articles 7, 15).

The record_ functions and the effect add to the caller's transaction.
"""

from __future__ import annotations

from eid.accounts.desk import find_opened_record
from eid.accounts.foreign_papers import (
    GivenPapers,
    are_papers_good,
    find_foreign_paper,
    find_people_without_good_papers,
    parse_papers,
    record_foreign_papers,
)
from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.locking import record_lock, record_unlock
from eid.accounts.new_accounts import (
    check_not_asked_for,
    find_held,
    find_own_account,
    has_level,
    parse_level,
    record_approved_account,
    subject_of,
)
from eid.accounts.phones import parse_phone
from eid.accounts.request_models import Request, RequestKind
from eid.accounts.requests import record_request
from eid.accounts.who_may_have import Subject, check_may_have
from eid.audit import ActorKind, record_act
from eid.clock import wall_now, world_today
from eid.db import db
from eid.errors import Conflict, Refused
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.numbers import age_on
from eid.population.service import find_person_by_id


@frozen
class PresentedPassport:
    """The number of the passport, as its holder gives it."""

    number: str


def ask_for_foreigners_account_at_desk(look_up_id: int, *, phone: str, level: str, officer: int) -> Request:
    """The foreigner whose record is open, and whose papers were entered, asks for an account of this level; committed.

    Raises Refused: person_citizen, person_dead, and those of who_may_have.check_may_have; Conflict: residence_missing,
    account_exists, request_open; Malformed: phone_malformed, account_level.
    """
    person = _find_foreigner(look_up_id, officer)
    wanted, texts_to = parse_level(level), parse_phone(phone)
    _check_may_have(person, wanted)
    account = find_own_account(person.id)
    if has_level(account, wanted):
        raise Conflict("account_exists", "This person has an account already.")
    check_not_asked_for(RequestKind.ACCOUNT_FOREIGNER, person.id)
    request = record_request(
        RequestKind.ACCOUNT_FOREIGNER,
        person_id=person.id,
        asked_by=account.id if account else None,
        account_id=account.id if account else None,
        officer=officer,
        details={"level": str(wanted), "phone": texts_to},
    )
    db.session.commit()
    return request


def enter_papers_at_desk(look_up_id: int, given: GivenPapers, *, officer: int) -> None:
    """The service knows the passport and the residence card that lie before the officer; committed.

    An account that was locked for the old ones is not any more. Raises Refused: person_citizen, person_dead; Malformed:
    paper_number, residence_kind; Conflict: residence_missing, for papers that are not good today.
    """
    person, papers = _find_foreigner(look_up_id, officer), parse_papers(given)
    if not are_papers_good(papers):
        raise Conflict("residence_missing", "This person has no passport and residence card that are good today.")
    record_foreign_papers(person.id, papers, country=person.nationality)
    record_act("enter_papers", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    account = find_own_account(person.id, held=True)
    if account is not None and account.state != AccountState.CLOSED:
        record_unlock(account, LockReason.RESIDENCE)
    db.session.commit()


def open_foreigners_account(request: Request) -> None:
    """Effect: the foreigner has the account, if the papers are good still."""
    person = find_person_by_id(request.person_id or 0)
    level = AccountLevel(request.details["level"])
    _check_alive(person)
    _check_may_have(person, level)
    record_approved_account(
        person, level=level, phone=request.details["phone"], email=None, officer=request.officer_id or ""
    )


def lock_accounts_without_residence() -> int:
    """Every account of a foreigner whose passport or leave to stay has ended by now is locked; how many were. Committed.

    As locking.lock_accounts_of_expired_cards: when the world's clock is moved, and once a day.
    """
    locked = 0
    for person_id in find_people_without_good_papers():
        account = find_own_account(person_id, held=True)
        if (
            account is not None
            and account.state != AccountState.CLOSED
            and LockReason.RESIDENCE not in account.lock_reasons
        ):
            record_lock(account, LockReason.RESIDENCE)
            locked += 1
    db.session.commit()
    return locked


def check_passport(person_id: int, passport: str) -> None:
    """Return where this is the passport that a foreigner showed at the desk, and the papers are good today.

    Raises Refused: passport_wrong, counted and committed; TooManyAttempts.
    """
    subject, now = digest_lookup("passport", person_id), wall_now()
    check_may_guess(GuessKind.TEXTED_CODE, subject, now=now)
    paper, given = find_foreign_paper(person_id), "".join(passport.split()).upper()
    is_right = is_foreigner(person_id) and paper is not None and are_papers_good(paper) and given == paper.passport
    if not is_right:
        record_failure(GuessKind.TEXTED_CODE, subject, now=now)
        db.session.commit()
        raise Refused(
            "passport_wrong", "This is not the passport that you showed at the desk, or it is not good any more."
        )
    record_success(GuessKind.TEXTED_CODE, subject, now=now)


def is_foreigner(person_id: int) -> bool:
    """Whether this person proves who they are by a passport, as no citizen has to."""
    return subject_of(find_person_by_id(person_id)) is Subject.FOREIGNER


def _find_foreigner(look_up_id: int, officer: int) -> Person:
    person = find_opened_record(look_up_id, officer=officer).record.person
    if subject_of(person) is not Subject.FOREIGNER:
        raise Refused("person_citizen", "This person is a citizen: their identity card is what an account needs.")
    _check_alive(person)
    return person


def _check_alive(person: Person) -> None:
    if not person.is_alive:
        raise Refused("person_dead", "The register says that this person has died.")


def _check_may_have(person: Person, level: AccountLevel) -> None:
    age = age_on(person.birth_date, world_today())
    check_may_have(subject_of(person), age=age, level=level, holds=find_held(person), by_guardian=False)
