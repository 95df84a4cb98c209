"""Organisations: asked for by a representative, agreed to by all, acted for by people whom the log names, locked at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from eid.accounts.acting import list_open_mandates
from eid.accounts.lifecycle import LockReason
from eid.accounts.locking import lock_account
from eid.accounts.mandates import (
    give_mandate,
    lock_own_organisation,
    release_member,
    revoke_mandate,
    take_in_member,
)
from eid.accounts.models import Account
from eid.accounts.organisation_finding import NamedPerson, list_represented, parse_people
from eid.accounts.organisation_locks import lock_organisation_at_desk, unlock_organisation_at_desk
from eid.accounts.organisation_pages import find_acts_for, find_organisation_page, list_memberships
from eid.accounts.organisation_rules import OrganisationForm, OrganisationState
from eid.accounts.organisations import ask_for_organisation, decide_consent
from eid.accounts.representation_models import Organisation
from eid.accounts.request_models import Request, RequestForm, RequestKind
from eid.accounts.requests import RequestState, decide_request
from eid.accounts.sessions import Session
from eid.accounts.statements import STATEMENT_TYPE, issue_statement
from eid.audit import find_acts_about
from eid.clock import wall_now, world_today
from eid.config import Settings, current_settings
from eid.credentials.service import find_published_keys
from eid.crypto.jwt import verify_jwt
from eid.db import db
from eid.errors import Malformed, Refusal
from eid.population.models import Person
from eid.population.registration import register_death
from tests.accounts.conftest import in_threads, last_text, last_two_texts, world_later
from tests.people import HOA, PHONE
from tests.representation import (
    FORM,
    TRANG,
    approve,
    count_acts,
    named,
    open_organisation_of,
    record_account_for,
    record_approver,
    session_of,
)
from tests.turns import both_engines

TRANGS_PHONE = "0100000107"
WHY = "Thông báo 12/TB"


@pytest.fixture
def officer(app: Flask) -> int:
    return record_approver()


@pytest.fixture
def minh(account: Account) -> Session:
    return session_of(account)


@pytest.fixture
def trang(app: Flask) -> Session:
    return session_of(record_account_for(TRANG, TRANGS_PHONE))


@pytest.fixture
def organisation(minh: Session, officer: int) -> Organisation:
    return open_organisation_of(minh, officer)


@pytest.fixture
def member_id(organisation: Organisation, minh: Session, trang: Session) -> int:
    return take_in_member(minh, organisation.id, named(person_of(trang)), role="clerk").id


def person_of(session: Session) -> Person:
    return db.session.get_one(Person, session.person_id)


def refusal(act: object, *args: object, **more: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **more)  # type: ignore[operator]
    db.session.rollback()
    return refused.value.code


def mandate(minh: Session, organisation: Organisation, member_id: int, *acts: str, days: int | None = None) -> int:
    today = world_today()
    last = None if days is None else today + timedelta(days=days)
    return give_mandate(minh, organisation.id, member_id, acts=acts, first_day=today, last_day=last).id


def state(session: Session, organisation: Organisation) -> object:
    return issue_statement(session, organisation.id, text="Chúng tôi xác nhận.", recipient="Phòng khám Mẫu")


def count_requests() -> int:
    return db.session.scalar(select(func.count()).select_from(Request)) or 0


def test_one_representative_asks_and_the_organisation_has_its_account(minh: Session, officer: int) -> None:
    """Decree 69/2024, article 7; form TK02."""
    asked = ask_for_organisation(minh, FORM, others=())
    request = db.session.scalars(select(Request)).one()
    assert (request.kind, request.form, request.organisation_id) == (
        RequestKind.ORGANISATION,
        RequestForm.TK02,
        asked.id,
    )
    assert (asked.state, request.asked_by_account_id) == (OrganisationState.REQUESTED, minh.account_id)
    approve(request, officer)
    assert asked.state == OrganisationState.ACTIVE
    assert asked.opened_at is not None
    account_opened, decided = last_two_texts(PHONE)
    assert "da duoc mo" in account_opened
    assert "da duoc phe duyet" in decided


def test_the_request_waits_for_every_other_representative(minh: Session, trang: Session, officer: int) -> None:
    """Decree 69/2024: after consent of all other legal representatives."""
    asked = ask_for_organisation(minh, FORM, others=[named(person_of(trang))])
    assert (asked.state, count_requests()) == (OrganisationState.WAITING, 0)
    assert "can su dong y" in last_text(TRANGS_PHONE)
    assert [found.id for found in list_represented(trang.person_id)] == [asked.id]
    assert refusal(decide_consent, minh, asked.id, agrees=True) == "consent_given"
    decide_consent(trang, asked.id, agrees=True)
    assert (asked.state, count_requests()) == (OrganisationState.REQUESTED, 1)
    assert refusal(decide_consent, trang, asked.id, agrees=True) == "consent_given"
    assert refusal(decide_consent, trang, asked.id, agrees=False) == "organisation_requested"


def test_one_who_does_not_agree_ends_it_and_it_can_be_asked_for_anew(minh: Session, trang: Session) -> None:
    asked = ask_for_organisation(minh, FORM, others=[named(person_of(trang))])
    assert refusal(ask_for_organisation, minh, FORM, others=()) == "request_open"
    decide_consent(trang, asked.id, agrees=False)
    assert (asked.state, count_requests()) == (OrganisationState.DECLINED, 0)
    assert ask_for_organisation(minh, FORM, others=()).id != asked.id


@both_engines
def test_two_representatives_who_agree_at_once_make_one_request(
    app: Flask, minh: Session, trang: Session, officer: int
) -> None:
    hoa = session_of(db.session.scalars(select(Account).where(Account.phone == "0100000101")).one())
    others = [named(person_of(trang)), named(person_of(hoa))]
    asked = ask_for_organisation(minh, FORM, others=others).id
    acts = [lambda one=one: decide_consent(one, asked, agrees=True) for one in (trang, hoa, trang, hoa)]
    results = in_threads(app, acts)
    assert sorted(found.code for found in results if isinstance(found, Refusal)) == ["consent_given"] * 2
    assert count_requests() == 1
    assert db.session.get_one(Organisation, asked).state == OrganisationState.REQUESTED


def test_a_representative_needs_an_active_account_of_level_2(minh: Session, account: Account, trang: Session) -> None:
    asked = ask_for_organisation(minh, FORM, others=[named(person_of(trang))]).id
    lock_account(trang.account_id, LockReason.HOLDER)
    assert refusal(decide_consent, trang, asked, agrees=True) == "representative_level"
    lock_account(account.id, LockReason.HOLDER)
    other = OrganisationForm(**FORM.__dict__ | {"code": "9900000025"})
    assert refusal(ask_for_organisation, minh, other, others=()) == "representative_level"


def test_nobody_learns_a_name_from_a_pin(minh: Session, officer: int) -> None:
    for wrong in (NamedPerson(HOA["pin"], "Nguyễn Thị Hồng"), NamedPerson("979085000999", "Nguyễn Thị Hoa")):
        assert refusal(ask_for_organisation, minh, FORM, others=[wrong]) == "representative_unknown"
    assert db.session.scalars(select(Organisation)).all() == []
    assert ask_for_organisation(minh, FORM, others=[NamedPerson(HOA["pin"], "nguyen thi hoa")])


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("Hoa", "people_lines"),
        ("901190000101", "people_lines"),
        ("90119000010 Hoa", "people_lines"),
        ("٩٠١١٩٠٠٠٠١٠١ Hoa", "people_lines"),
        ("901190000101 Hoa\n" * 10, "people_many"),
    ],
)
def test_people_who_are_not_named_one_a_line_are_refused(lines: str, code: str) -> None:
    assert parse_people(" 901190000101  Nguyễn Thị Hoa \n\n") == [NamedPerson("901190000101", "Nguyễn Thị Hoa")]
    with pytest.raises(Malformed) as refused:
        parse_people(lines)
    assert refused.value.code == code


def test_a_code_has_one_account_and_nobody_keeps_it_from_its_owner(minh: Session, trang: Session, officer: int) -> None:
    squatted = ask_for_organisation(trang, FORM, others=[])
    mine = ask_for_organisation(minh, FORM, others=[])
    by_organisation = {request.organisation_id: request for request in db.session.scalars(select(Request))}
    approve(by_organisation[mine.id], officer)
    assert refusal(approve, by_organisation[squatted.id], officer) == "organisation_exists"
    assert refusal(ask_for_organisation, trang, FORM, others=()) == "organisation_exists"


def test_a_refused_request_can_be_made_again(minh: Session, officer: int) -> None:
    asked = ask_for_organisation(minh, FORM, others=())
    assert refusal(ask_for_organisation, minh, FORM, others=()) == "request_open"
    request = db.session.scalars(select(Request)).one()
    decide_request(request.id, officer=officer, decision=RequestState.REFUSED, reason="Sai mã số.")
    assert ask_for_organisation(minh, FORM, others=()).id != asked.id


def test_a_member_does_what_a_mandate_says_until_its_last_day(
    organisation: Organisation, minh: Session, trang: Session, member_id: int, settings: Settings
) -> None:
    assert refusal(state, trang, organisation) == "mandate_missing"
    mandate(minh, organisation, member_id, "state", days=9)
    state(trang, organisation)
    assert refusal(lock_own_organisation, trang, organisation.id) == "mandate_missing"
    assert find_organisation_page(trang.person_id, organisation.id).may == {"state", "read"}
    with world_later(settings, 9):
        state(trang, organisation)
    with world_later(settings, 10):
        assert refusal(state, trang, organisation) == "mandate_missing"
        page = find_organisation_page(trang.person_id, organisation.id)
        assert (page.may, page.acts, page.members) == (frozenset(), [], [])


def test_a_mandate_that_begins_later_allows_nothing_yet(
    organisation: Organisation, minh: Session, trang: Session, member_id: int, settings: Settings
) -> None:
    tomorrow = world_today() + timedelta(days=1)
    give_mandate(minh, organisation.id, member_id, acts=["state"], first_day=tomorrow, last_day=tomorrow)
    assert refusal(state, trang, organisation) == "mandate_missing"
    with world_later(settings, 1):
        state(trang, organisation)


def test_a_revoked_mandate_allows_nothing_from_the_next_moment(
    organisation: Organisation, minh: Session, trang: Session, member_id: int
) -> None:
    given = mandate(minh, organisation, member_id, "state", "members")
    state(trang, organisation)
    revoke_mandate(minh, organisation.id, given)
    revoke_mandate(minh, organisation.id, given)
    assert refusal(state, trang, organisation) == "mandate_missing"
    assert "cham dut" in last_text(TRANGS_PHONE)
    assert count_acts("revoke_mandate") == 1


@both_engines
def test_a_revocation_and_an_act_at_once_come_one_after_the_other(
    app: Flask, organisation: Organisation, minh: Session, trang: Session, member_id: int
) -> None:
    given, organisation_id = mandate(minh, organisation, member_id, "state"), organisation.id

    def act() -> object:
        return issue_statement(trang, organisation_id, text="Xác nhận.", recipient="Ai đó")

    results = in_threads(app, [act, lambda: revoke_mandate(minh, organisation_id, given), act, act])
    refused = [found.code for found in results if isinstance(found, Refusal)]
    assert set(refused) <= {"mandate_missing"}
    assert count_acts("issue_statement") == 3 - len(refused)
    assert refusal(act) == "mandate_missing"


def test_who_is_released_or_leaves_has_no_mandate_and_no_page(
    organisation: Organisation, minh: Session, trang: Session, member_id: int
) -> None:
    mandate(minh, organisation, member_id, "state")
    release_member(minh, organisation.id, member_id)
    assert refusal(state, trang, organisation) == "organisation_unknown"
    assert refusal(find_organisation_page, trang.person_id, organisation.id) == "organisation_unknown"
    again = take_in_member(minh, organisation.id, named(person_of(trang)), role="deputy").id
    assert refusal(state, trang, organisation) == "mandate_missing"
    release_member(trang, organisation.id, again)
    assert list_memberships(trang.person_id) == []


def test_only_a_representative_gives_mandates(
    organisation: Organisation, minh: Session, trang: Session, member_id: int
) -> None:
    given = mandate(minh, organisation, member_id, "members", "read", "state", "lock")
    assert refusal(mandate, trang, organisation, member_id, "state") == "mandate_missing"
    assert refusal(revoke_mandate, trang, organisation.id, given) == "mandate_missing"
    hoa = db.session.scalars(select(Person).where(Person.pin == HOA["pin"])).one()
    assert take_in_member(trang, organisation.id, named(hoa), role="employee").person_id == hoa.id


def test_rubbish_of_members_and_mandates_is_refused(
    organisation: Organisation, minh: Session, trang: Session, member_id: int
) -> None:
    here, today = organisation.id, world_today()
    assert refusal(take_in_member, minh, here, named(person_of(trang)), role="clerk") == "member_already"
    assert refusal(take_in_member, minh, here, named(person_of(trang)), role="king") == "member_role"
    assert refusal(take_in_member, minh, here, NamedPerson("1", "x"), role="clerk") == "member_unknown"
    assert refusal(take_in_member, minh, here + 1, named(person_of(trang)), role="clerk") == "organisation_unknown"
    assert refusal(mandate, minh, organisation, member_id + 1, "state") == "member_unknown"
    assert refusal(mandate, minh, organisation, member_id, "fly") == "mandate_acts"
    assert refusal(mandate, minh, organisation, member_id, "state", days=-1) == "mandate_term"
    assert refusal(revoke_mandate, minh, here, 99) == "mandate_unknown"
    assert refusal(release_member, minh, here, 99) == "member_unknown"
    for text, recipient, code in (("", "x", "statement_text"), ("x" * 301, "x", "statement_text"),
                                  ("x", "", "statement_recipient"), ("x", "y" * 201, "statement_recipient")):  # fmt: skip
        assert refusal(issue_statement, minh, here, text=text, recipient=recipient) == code
    far = give_mandate(minh, here, member_id, acts=["read"], first_day=today - timedelta(days=99), last_day=None)
    assert far.valid_from.date() >= today - timedelta(days=1)


def test_a_stranger_learns_nothing(organisation: Organisation, trang: Session) -> None:
    for act in (lock_own_organisation, lambda session, here: find_organisation_page(session.person_id, here)):
        assert (
            refusal(act, trang, organisation.id) == refusal(act, trang, organisation.id + 1) == "organisation_unknown"
        )


def test_a_statement_is_verified_by_whoever_has_the_published_keys(organisation: Organisation, minh: Session) -> None:
    """RFC 7519; the keys are those of /.well-known/jwks."""
    issued = issue_statement(minh, organisation.id, text="Chúng tôi xác nhận.", recipient="Phòng khám Mẫu")
    verified = verify_jwt(
        issued.token,
        keys=find_published_keys(),
        expected_typ=STATEMENT_TYPE,
        expected_issuer=current_settings().public_url,
        expected_audience="Phòng khám Mẫu",
        now=wall_now(),
    )
    assert verified.claims["organisation"] == {"code": FORM.code, "name": FORM.name}
    assert (verified.claims["acted"], verified.claims["statement"]) == ("Trần Văn Minh", "Chúng tôi xác nhận.")


def test_dissolution_locks_at_once_and_for_good(
    organisation: Organisation, minh: Session, trang: Session, member_id: int, officer: int
) -> None:
    """Decree 69/2024, article 15."""
    mandate(minh, organisation, member_id, "state", "read")
    lock_organisation_at_desk(organisation.id, reason="dissolved", why=WHY, officer=officer)
    assert (organisation.state, organisation.lock_reasons) == (OrganisationState.LOCKED, {"dissolved"})
    assert organisation.closed_at is not None
    assert "da bi khoa" in last_text(PHONE)
    for session in (minh, trang):
        assert refusal(state, session, organisation) == "organisation_locked"
    assert find_organisation_page(trang.person_id, organisation.id).may == {"read"}
    unlock = {"reason": "dissolved", "why": WHY, "officer": officer}
    assert refusal(unlock_organisation_at_desk, organisation.id, **unlock) == "organisation_dissolved"


def test_a_lock_ends_with_its_last_reason(organisation: Organisation, minh: Session, officer: int) -> None:
    lock_own_organisation(minh, organisation.id)
    asked = {"why": WHY, "officer": officer}
    lock_organisation_at_desk(organisation.id, reason="authority", **asked)
    lock_organisation_at_desk(organisation.id, reason="authority", **asked)
    unlock_organisation_at_desk(organisation.id, reason="representative", **asked)
    assert organisation.state == OrganisationState.LOCKED
    not_locked = refusal(unlock_organisation_at_desk, organisation.id, reason="representative", **asked)
    assert not_locked == "organisation_not_locked"
    unlock_organisation_at_desk(organisation.id, reason="authority", **asked)
    assert organisation.state == OrganisationState.ACTIVE
    state(minh, organisation)
    for reason, why, code in (
        ("fun", WHY, "reason_unknown"),
        ("terms", "", "why_missing"),
        ("terms", "x" * 201, "why_missing"),
    ):
        assert refusal(lock_organisation_at_desk, organisation.id, reason=reason, why=why, officer=officer) == code
    assert refusal(lock_organisation_at_desk, 99, reason="terms", **asked) == "organisation_unknown"


def test_each_act_is_in_the_log_with_the_person_who_acted(
    organisation: Organisation, minh: Session, trang: Session, member_id: int, officer: int
) -> None:
    mandate(minh, organisation, member_id, "state")
    state(trang, organisation)
    lock_organisation_at_desk(organisation.id, reason="authority", why=WHY, officer=officer)
    found = [(entry.act, entry.actor_kind, entry.actor) for entry in find_acts_for(organisation)]
    assert found == [
        ("lock_organisation", "officer", str(officer)),
        ("issue_statement", "person", str(trang.person_id)),
        ("give_mandate", "person", str(minh.person_id)),
        ("take_in_member", "person", str(minh.person_id)),
        ("open_organisation", "officer", str(officer)),
        ("ask_for_organisation", "person", str(minh.person_id)),
    ]
    other = open_organisation_of(minh, officer, code="9900000025")
    assert {entry.act for entry in find_acts_for(other)} == {"open_organisation", "ask_for_organisation"}


def test_who_has_died_represents_no_organisation_and_is_a_member_of_none(
    organisation: Organisation, member_id: int, minh: Session, trang: Session
) -> None:
    give_mandate(minh, organisation.id, member_id, acts=["read"], first_day=world_today(), last_day=None)
    register_death(person_of(trang).pin, died_on=world_today())
    assert list_memberships(trang.person_id) == []
    assert list_open_mandates(member_id) == []
    register_death(person_of(minh).pin, died_on=world_today())
    assert list_represented(minh.person_id) == []
    assert "release_member" in {entry.act for entry in find_acts_about(trang.person_id)}
    assert "end_representation" in {entry.act for entry in find_acts_about(minh.person_id)}
