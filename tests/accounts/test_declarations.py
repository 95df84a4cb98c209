"""What holders declare: refused at once where the register would refuse it, confirmed by the authority, once at a time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eid.accounts.declaration_models import Declaration
from eid.accounts.declarations import (
    FollowedDeclaration,
    confirm_email,
    declare_email,
    declare_residence,
    find_declarations,
    find_email_to_confirm,
    find_minors,
)
from eid.accounts.levels import Factor
from eid.accounts.models import Account, OfficerRole
from eid.accounts.requests import Request, RequestState, decide_request
from eid.accounts.sent_codes import CODE_TRIES, MAILED_CODE_LIFE
from eid.accounts.service import record_officer
from eid.accounts.sessions import Session, UsedFactor, record_session
from eid.clock import wall_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound, Refusal, Refused, TooManyAttempts
from eid.outbox import MessageKind, OutboxMessage
from eid.population.homes import Address
from eid.population.models import LifeEvent, Person
from eid.population.places import list_communes
from tests.accounts.conftest import MakeAccount, MakePerson, in_threads
from tests.people import HOA, PASSWORD, PHONE
from tests.turns import both_engines

NEW_MAIL, OLD_MAIL = "minh@thu.example.test", "cu@thu.example.test"
ELSEWHERE = Address("79", list_communes("79")[0].name, "Số 9, đường Thử")


@pytest.fixture
def session(account: Account) -> Session:
    """Minh's, signed in at level 2."""
    now = wall_now()
    new = record_session(account, [UsedFactor(Factor.PASSWORD, now), UsedFactor(Factor.TOTP, now)], now=now)
    db.session.commit()
    return new.session


@pytest.fixture
def officer(make_person: MakePerson, make_account: MakeAccount) -> int:
    hoa = make_account(make_person(**HOA).id, phone="0100000101")
    record_officer(hoa, place="Phường Bến Thử", role=OfficerRole.APPROVER)
    db.session.commit()
    return hoa.id


def mailed_code(address: str = NEW_MAIL) -> str:
    db.session.rollback()
    newest = select(OutboxMessage).where(OutboxMessage.recipient == address).order_by(OutboxMessage.id.desc())
    found = re.search(r"\b\d{6}\b", db.session.scalars(newest).first().body)  # type: ignore[union-attr]
    assert found is not None
    return found[0]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def the_declaration(person: Person) -> FollowedDeclaration:
    db.session.rollback()
    [said] = find_declarations(person.id)
    return said


def refusal_of(act: object) -> str:
    with pytest.raises(Refusal) as refused:
        act()  # type: ignore[operator]
    db.session.rollback()
    return refused.value.code


def test_a_declared_residence_waits_and_is_the_registers_once_it_is_confirmed(
    session: Session, person: Person, officer: int
) -> None:
    request = declare_residence(session, ELSEWHERE)
    said = the_declaration(person)
    assert (said.kind, said.state, said.due_at) == ("residence", RequestState.REQUESTED, request.due_at)
    assert said.shown.startswith(f"{ELSEWHERE.house}, {ELSEWHERE.commune}, ")
    assert db.session.get_one(Person, person.id).residence_address == "Số 7, đường Mẫu"
    decide_request(request.id, officer=officer, decision=RequestState.APPROVED)
    moved = db.session.get_one(Person, person.id, populate_existing=True)
    assert (moved.residence_address, moved.residence_commune) == (ELSEWHERE.house, ELSEWHERE.commune)
    event = db.session.scalars(select(LifeEvent).order_by(LifeEvent.id.desc())).first()
    assert event is not None and event.effective_on == world_today()
    assert the_declaration(person).state == RequestState.APPROVED


def test_children_move_along_and_none_is_left_without_an_adult(
    session: Session, person: Person, officer: int, make_person: MakePerson
) -> None:
    """Law on Residence, article 12: a minor lives where the parents do."""
    child = make_person(
        person_id=77, pin="979217000177", birth_date=world_today() - timedelta(days=9 * 365), father_id=person.id,
        household_id=person.household_id, relation_to_head="child",
    )  # fmt: skip
    assert [minor.id for minor in find_minors(person.id)] == [child.id]
    assert refusal_of(lambda: declare_residence(session, ELSEWHERE)) == "minors_alone"
    assert refusal_of(lambda: declare_residence(session, ELSEWHERE, with_pins=[HOA["pin"]])) == "move_stranger"
    request = declare_residence(session, ELSEWHERE, with_pins=[child.pin])
    decide_request(request.id, officer=officer, decision=RequestState.APPROVED)
    homes = {db.session.get_one(Person, one, populate_existing=True).household_id for one in (person.id, child.id)}
    assert len(homes) == 1
    assert db.session.get_one(Person, child.id).residence_address == ELSEWHERE.house


def test_a_refused_declaration_says_why_and_changes_nothing(session: Session, person: Person, officer: int) -> None:
    request = declare_residence(session, ELSEWHERE)
    decide_request(request.id, officer=officer, decision=RequestState.REFUSED, reason="Không có ai ở đó")
    said = the_declaration(person)
    assert (said.state, said.reason) == (RequestState.REFUSED, "Không có ai ở đó")
    assert db.session.get_one(Person, person.id).residence_address == "Số 7, đường Mẫu"
    declare_residence(session, ELSEWHERE)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (Address("00", ELSEWHERE.commune, ELSEWHERE.house), "province_unknown"),
        (Address("79", "Phường Không Có", ELSEWHERE.house), "commune_unknown"),
        (Address("79", ELSEWHERE.commune, " "), "address_missing"),
    ],
)
def test_what_the_register_would_refuse_is_refused_at_once(
    session: Session, person: Person, address: Address, code: str
) -> None:
    assert refusal_of(lambda: declare_residence(session, address)) == code
    assert find_declarations(person.id) == []


@both_engines
def test_a_change_is_declared_once_at_a_time(app: Flask, session: Session, person: Person) -> None:
    results = in_threads(app, [lambda: declare_residence(session, ELSEWHERE).id for _ in range(4)])
    refused = [result for result in results if isinstance(result, Refusal)]
    assert len(refused) == 3
    assert {refusal.code for refusal in refused} == {"declaration_open"}
    the_declaration(person)


def test_a_mail_address_is_on_record_once_its_code_came_back_and_it_is_confirmed(
    session: Session, account: Account, person: Person, officer: int
) -> None:
    account.email = OLD_MAIL
    db.session.commit()
    declare_email(session, password=PASSWORD, email=f" {NEW_MAIL} ")
    assert the_declaration(person).state is None
    assert find_email_to_confirm(session) == NEW_MAIL
    request = confirm_email(session, mailed_code())
    assert the_declaration(person).state == RequestState.REQUESTED
    assert db.session.get_one(Account, account.id).email == OLD_MAIL
    decide_request(request.id, officer=officer, decision=RequestState.APPROVED)
    db.session.rollback()
    assert db.session.get_one(Account, account.id).email == NEW_MAIL
    told = {
        (message.kind, message.recipient)
        for message in db.session.scalars(select(OutboxMessage))
        if "thay doi" in message.body or "không còn dùng" in message.body
    }
    assert {(MessageKind.TEXT, PHONE), (MessageKind.MAIL, OLD_MAIL)} <= told
    assert (MessageKind.MAIL, NEW_MAIL) not in told


@pytest.mark.parametrize("email", ["", "minh", "minh@thu", "a@b.c d.vn", "x" * 250 + "@b.vn"])
def test_what_is_no_mail_address_is_refused(session: Session, email: str) -> None:
    assert refusal_of(lambda: declare_email(session, password=PASSWORD, email=email)) == "email_malformed"


def test_a_mail_address_asks_for_the_password_and_for_another_than_the_old_one(
    session: Session, account: Account
) -> None:
    account.email = OLD_MAIL
    db.session.commit()
    assert refusal_of(lambda: declare_email(session, password="Wrong@1234", email=NEW_MAIL)) == "password_wrong"
    assert refusal_of(lambda: declare_email(session, password=PASSWORD, email=OLD_MAIL)) == "email_same"
    assert db.session.scalar(select(func.count()).select_from(Declaration)) == 0


def test_the_mailed_code_is_tried_five_times_and_not_once_more(session: Session) -> None:
    declare_email(session, password=PASSWORD, email=NEW_MAIL)
    code = mailed_code()
    for _ in range(CODE_TRIES):
        assert refusal_of(lambda: confirm_email(session, other_than(code))) == "mailed_code_wrong"
    assert refusal_of(lambda: confirm_email(session, code)) == "mailed_code_wrong"
    declare_email(session, password=PASSWORD, email=NEW_MAIL)
    assert confirm_email(session, mailed_code()).kind == "change_email"


@both_engines
def test_many_guesses_at_once_are_as_few_as_one_after_the_other(app: Flask, session: Session) -> None:
    declare_email(session, password=PASSWORD, email=NEW_MAIL)
    wrong = other_than(mailed_code())
    results = in_threads(app, [lambda: confirm_email(session, wrong) for _ in range(12)])
    assert {result.code for result in results} == {"mailed_code_wrong"}
    assert db.session.scalar(select(Declaration.code_tries)) == CODE_TRIES


@both_engines
def test_the_right_code_makes_one_request_however_often_it_is_sent_at_once(app: Flask, session: Session) -> None:
    declare_email(session, password=PASSWORD, email=NEW_MAIL)
    code = mailed_code()
    results = in_threads(app, [lambda: confirm_email(session, code).id for _ in range(4)])
    assert len([result for result in results if isinstance(result, int)]) == 1
    assert db.session.scalar(select(func.count()).select_from(Request)) == 1


def test_a_code_is_worth_nothing_after_a_quarter_of_an_hour(session: Session, person: Person) -> None:
    declare_email(session, password=PASSWORD, email=NEW_MAIL)
    code = mailed_code()
    with time_machine.travel(wall_now() + MAILED_CODE_LIFE + timedelta(seconds=1)):
        assert find_declarations(person.id) == []
        with pytest.raises(NotFound) as none:
            find_email_to_confirm(session)
        assert none.value.code == "declaration_none"
        with pytest.raises(Refused) as refused:
            confirm_email(session, code)
    assert refused.value.code == "mailed_code_wrong"


def test_a_new_code_ends_the_one_before(session: Session) -> None:
    declare_email(session, password=PASSWORD, email=OLD_MAIL)
    first = mailed_code(OLD_MAIL)
    declare_email(session, password=PASSWORD, email=NEW_MAIL)
    if first != mailed_code():
        assert refusal_of(lambda: confirm_email(session, first)) == "mailed_code_wrong"
    confirm_email(session, mailed_code())
    with pytest.raises(Conflict) as refused:
        declare_email(session, password=PASSWORD, email=OLD_MAIL)
    assert refused.value.code == "declaration_open"


def test_mails_are_not_sent_without_end(session: Session) -> None:
    for _ in range(5):
        declare_email(session, password=PASSWORD, email=NEW_MAIL)
    with pytest.raises(TooManyAttempts) as refused:
        declare_email(session, password=PASSWORD, email=NEW_MAIL)
    assert refused.value.code == "too_many_tries"
