"""Organisations on the pages: registered by a representative, a member with a mandate that ends at once; and the desk's part."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from eid.accounts.models import Account
from eid.accounts.representation_models import Mandate, Organisation, OrganisationMember
from eid.accounts.request_models import Request
from eid.accounts.requests import RequestState, decide_request
from eid.accounts.service import find_account
from eid.accounts.sessions import Session
from eid.clock import world_today
from eid.db import db
from eid.population.models import Person
from tests.engines import one_engine
from tests.representation import (
    FORM,
    TRANG,
    approve,
    named,
    open_organisation_of,
    record_account_for,
    record_approver,
    session_of,
)
from tests.web.conftest import Browser

HERE = "/citizen/organisations/"
DESK = "/desk/organisations/"
SENT = {
    "kind": FORM.kind,
    "code": FORM.code,
    "name": FORM.name,
    "foreign_name": FORM.foreign_name,
    "short_name": FORM.short_name,
    "founded_on": "02/01/2020",
    "head_office": FORM.address,
    "others": "",
}


@pytest.fixture
def officer_id(app: Flask) -> int:
    return record_approver()


@pytest.fixture
def trang(app: Flask) -> Person:
    return db.session.get_one(Person, record_account_for(TRANG, "0100000107").person_id)


@pytest.fixture
def minh(browser: Browser, account: Account, person: Person) -> Browser:
    browser.sign_in(person.pin)
    return browser


@pytest.fixture
def session(account: Account) -> Session:
    return session_of(account)


@pytest.fixture
def organisation(session: Session, officer_id: int) -> Organisation:
    return open_organisation_of(session, officer_id)


def test_a_representative_registers_an_organisation_which_is_examined_and_opened(
    minh: Browser, officer_id: int
) -> None:
    """Form TK02."""
    assert "that you represent" in minh.open(HERE).text
    minh.open(f"{HERE}new")
    page = minh.submit(f"{HERE}new", **SENT)
    assert FORM.name in page.text
    assert "being examined" in page.text
    approve(db.session.scalars(select(Request)).one(), officer_id)
    page = minh.open(HERE)
    assert FORM.code in page.text
    assert "active" in page.text


def test_the_other_representative_agrees_on_their_own_page(
    minh: Browser, another_browser: Browser, trang: Person
) -> None:
    minh.open(f"{HERE}new")
    page = minh.submit(f"{HERE}new", **SENT | {"others": f"{trang.pin} {trang.full_name}"})
    assert "waits for the other representatives" in page.text
    another_browser.sign_in(trang.pin)
    assert FORM.name in another_browser.open(HERE).text
    organisation_id = db.session.scalars(select(Organisation.id)).one()
    another_browser.open(f"{HERE}{organisation_id}")
    page = another_browser.press("approve")
    assert "You agreed." in page.text
    assert "being examined" in page.text
    again = another_browser.send(f"{HERE}{organisation_id}/consent", decision="agree")
    assert again.status_code in (400, 409)


def test_a_representative_who_does_not_agree_ends_it(minh: Browser, another_browser: Browser, trang: Person) -> None:
    minh.open(f"{HERE}new")
    minh.submit(f"{HERE}new", **SENT | {"others": f"{trang.pin} {trang.full_name}"})
    another_browser.sign_in(trang.pin)
    organisation_id = db.session.scalars(select(Organisation.id)).one()
    another_browser.open(f"{HERE}{organisation_id}")
    assert "no account is opened" in another_browser.press("deny").text
    assert db.session.scalars(select(Request)).all() == []


@one_engine
@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("kind", "club", "organisation_kind"),
        ("code", "12", "organisation_code"),
        ("name", "", "organisation_name"),
        ("name", "x" * 201, "organisation_name"),
        ("founded_on", "2020-01-02", "date_malformed"),
        ("founded_on", "02/01/2999", "founded_in_future"),
        ("head_office", " ", "organisation_address"),
        ("others", "somebody", "people_lines"),
        ("others", "979085000999 Nobody Known", "representative_unknown"),
    ],
)
def test_a_form_that_is_refused_comes_back_with_what_was_written(
    minh: Browser, field: str, value: str, code: str
) -> None:
    minh.open(f"{HERE}new")
    answer = minh.send(f"{HERE}new", **SENT | {field: value})
    assert answer.status_code in (400, 404)
    assert f'data-code="{code}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert (SENT["head_office"] if field != "head_office" else SENT["name"]) in answer.text
    assert db.session.scalars(select(Organisation)).all() == []


def test_a_refusal_of_the_request_stands_on_the_page(minh: Browser, officer_id: int) -> None:
    minh.open(f"{HERE}new")
    minh.submit(f"{HERE}new", **SENT)
    request = db.session.scalars(select(Request)).one()
    decide_request(request.id, officer=officer_id, decision=RequestState.REFUSED, reason="Sai mã số.")
    assert "Sai mã số." in minh.open(f"{HERE}{request.organisation_id}").text


def test_a_member_gets_a_mandate_uses_it_and_it_ends_at_once(
    minh: Browser, another_browser: Browser, trang: Person, organisation: Organisation
) -> None:
    here = f"{HERE}{organisation.id}"
    minh.open(here)
    page = minh.submit(f"{here}/members", member_pin=trang.pin, member_name="dang thu trang", role="clerk")
    assert "may do nothing until you give a mandate" in page.text
    another_browser.sign_in(trang.pin)
    page = another_browser.open(here)
    assert "have no mandate now" in page.text
    assert 'data-act="sign-statement"' not in page.text
    refused = another_browser.send(f"{here}/statements", text="Xác nhận.", recipient="Ai đó")
    assert (refused.status_code, "mandate_missing" in refused.text) == (403, True)

    member = f"{here}/members/{db.session.scalars(select(OrganisationMember.id)).one()}"
    minh.open(member)
    last = f"{world_today() + timedelta(days=9):%d/%m/%Y}"
    page = minh.press("give-mandate", may=["state"], last_day=last)
    assert "The mandate is given." in page.text
    another_browser.open(here)
    page = another_browser.press("sign-statement", text="Chúng tôi xác nhận.", recipient="Phòng khám Mẫu")
    assert "The statement is signed." in page.text
    assert 'data-copy="ey' in page.text

    assert "from this moment" in minh.press("revoke-mandate").text
    assert "have no mandate now" in another_browser.open(here).text
    refused = another_browser.send(f"{here}/statements", text="Xác nhận.", recipient="Ai đó")
    assert "mandate_missing" in refused.text
    log = minh.open(here).text
    assert "Statement issued in an organisation" in log
    assert f"· {trang.full_name}" in log
    assert another_browser.open("/citizen/").text.count("another person") >= 3


@one_engine
def test_rubbish_of_members_and_mandates_is_refused_where_it_was_written(
    minh: Browser, trang: Person, organisation: Organisation
) -> None:
    here = f"{HERE}{organisation.id}"
    minh.open(here)
    for fields, code in (
        ({"member_pin": "x", "member_name": "y", "role": "clerk"}, "member_unknown"),
        ({"member_pin": trang.pin, "member_name": "Somebody Else", "role": "clerk"}, "member_unknown"),
        ({"member_pin": trang.pin, "member_name": trang.full_name, "role": "king"}, "member_role"),
    ):
        assert f'data-code="{code}"' in minh.send(f"{here}/members", **fields).text
    minh.submit(f"{here}/members", member_pin=trang.pin, member_name=trang.full_name, role="clerk")
    member = f"{here}/members/{db.session.scalars(select(OrganisationMember.id)).one()}"
    minh.open(member)
    today = f"{world_today():%d/%m/%Y}"
    for fields, code in (
        ({"first_day": today}, "mandate_acts"),
        ({"first_day": today, "may": ["fly"]}, "mandate_acts"),
        ({"first_day": "tomorrow", "may": ["read"]}, "date_malformed"),
        ({"first_day": today, "may": ["read"], "last_day": "01/01/2020"}, "mandate_term"),
    ):
        assert f'data-code="{code}"' in minh.send(f"{member}/mandates", **fields).text
    assert db.session.scalars(select(Mandate)).all() == []
    assert minh.client.get(f"{here}/members/99").status_code == 404
    assert minh.send(f"{member}/mandates/99/revoke").status_code == 404


@one_engine
def test_an_organisation_is_nobody_elses(another_browser: Browser, trang: Person, organisation: Organisation) -> None:
    another_browser.sign_in(trang.pin)
    another_browser.open("/citizen/lock")
    here = f"{HERE}{organisation.id}"
    for path in ("", "/members/1"):
        assert another_browser.client.get(f"{here}{path}").status_code == 404
    for path in ("/lock", "/members", "/consent", "/statements", "/members/1/mandates", "/members/1/release"):
        sent = {"first_day": "01/01/2027", "may": "read"}
        assert another_browser.send(f"{here}{path}", **sent).status_code == 404, path
    assert organisation.state == "active"


def test_a_member_leaves_and_a_representative_releases(
    minh: Browser, another_browser: Browser, trang: Person, organisation: Organisation
) -> None:
    here = f"{HERE}{organisation.id}"
    for leaves in (True, False):
        minh.open(here)
        minh.submit(f"{here}/members", member_pin=trang.pin, member_name=trang.full_name, role="deputy")
        if leaves:
            another_browser.sign_in(trang.pin)
            another_browser.open(here)
            assert "no member any more" in another_browser.press("leave").text
        else:
            member_id = db.session.scalars(
                select(OrganisationMember.id).where(OrganisationMember.left_at.is_(None))
            ).one()
            minh.open(f"{here}/members/{member_id}")
            assert "no member any more" in minh.press("release").text
        assert another_browser.client.get(here).status_code == 404


def test_a_representative_locks_and_the_desk_unlocks_and_dissolves(
    minh: Browser, another_browser: Browser, organisation: Organisation, officer_id: int
) -> None:
    """Decree 69/2024, article 15."""
    minh.open(f"{HERE}{organisation.id}")
    page = minh.press("lock")
    assert "a representative asked" in page.text
    assert 'data-act="take-in"' not in page.text
    another_browser.sign_in("901190000101", at="/desk/")
    page = another_browser.open(f"{DESK}?code={FORM.code}")
    assert FORM.name in page.text
    refused = another_browser.send(f"{DESK}{organisation.id}/unlock", reason="representative", why="", code=FORM.code)
    assert 'data-code="why_missing"' in refused.text
    assert FORM.name in refused.text
    page = another_browser.press("unlock", reason="representative", why="Đề nghị ngày 1/3")
    assert "This lock is lifted." in page.text
    page = another_browser.press("lock", reason="dissolved", why="Thông báo 12/TB")
    assert "the organisation was dissolved" in page.text
    refused = another_browser.send(
        f"{DESK}{organisation.id}/unlock", reason="dissolved", why="Thông báo 12/TB", code=FORM.code
    )
    assert 'data-code="organisation_dissolved"' in refused.text
    assert "the organisation was dissolved" in minh.open(f"{HERE}{organisation.id}").text


def test_an_officer_enters_a_form_from_paper(
    browser: Browser, officer_id: int, account: Account, person: Person
) -> None:
    browser.sign_in("901190000101", at="/desk/")
    assert DESK in browser.open("/desk/").text
    browser.open(f"{DESK}new")
    by = {"representative_pin": person.pin, "representative_name": person.full_name}
    refused = browser.send(f"{DESK}new", **SENT, **by | {"representative_name": "Somebody Else"})
    assert 'data-code="representative_unknown"' in refused.text
    page = browser.submit(f"{DESK}new", **SENT, **by)
    assert "being examined" in page.text
    request = db.session.scalars(select(Request)).one()
    assert (request.officer_id, request.asked_by_account_id) == (officer_id, account.id)
    assert "No such organisation" in browser.open(f"{DESK}?code=9900000025").text
    assert find_account(person.id).id == account.id
    assert named(person).pin == person.pin
