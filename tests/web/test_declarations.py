"""The citizen's changes as pages: declared, refused at their field, followed."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from eid.accounts.models import Account
from eid.clock import world_today
from eid.db import db
from eid.outbox import MessageKind, OutboxMessage
from eid.population.models import Person
from eid.population.places import list_communes
from tests.accounts.conftest import MakeAccount, MakePerson
from tests.engines import one_engine
from tests.people import PASSWORD
from tests.web.conftest import Browser


def test_a_residence_is_declared_and_followed(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin)
    page = browser.open("/citizen/changes")
    assert "Số 7, đường Mẫu" in page.text and "Nothing declared" in page.text
    browser.open("/citizen/changes/residence")
    wrong = browser.submit("/citizen/changes/residence", province="79", commune="Phường Không Có", house="Số 9")
    assert (wrong.status_code, 'id="commune-error"' in wrong.text, "Số 9" in wrong.text) == (404, True, True)
    page = browser.submit(
        "/citizen/changes/residence", province="79", commune=list_communes("79")[0].name, house="Số 9, đường Thử"
    )
    assert "Your declaration is with the authority" in page.text
    assert "with the authority</span>" in page.text and "decided by" in page.text
    browser.open("/citizen/changes/residence")
    again = browser.submit(
        "/citizen/changes/residence", province="79", commune=list_communes("79")[0].name, house="Số 9, đường Thử"
    )
    assert (again.status_code, 'data-code="declaration_open"' in again.text) == (409, True)


def test_a_child_is_offered_to_move_along(
    browser: Browser, account: Account, person: Person, make_person: MakePerson
) -> None:
    child = make_person(
        person_id=77, pin="979217000177", birth_date=world_today() - timedelta(days=9 * 365), father_id=person.id,
        household_id=person.household_id, relation_to_head="child",
    )  # fmt: skip
    browser.sign_in(person.pin)
    form = browser.open("/citizen/changes/residence").text
    assert re.search(rf'name="child" value="{child.pin}" checked', form)
    there = {"province": "79", "commune": list_communes("79")[0].name, "house": "Số 9, đường Thử"}
    alone = browser.submit("/citizen/changes/residence", **there)
    assert (alone.status_code, 'id="child-error"' in alone.text) == (409, True)
    assert not re.search(r'name="child"[^>]* checked', alone.text)
    assert (
        "Your declaration is with the authority"
        in browser.submit("/citizen/changes/residence", child=child.pin, **there).text
    )


def test_a_mail_address_is_declared_with_password_and_code(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin)
    browser.open("/citizen/changes/email")
    wrong = browser.submit("/citizen/changes/email", email="minh", password=PASSWORD)
    assert (wrong.status_code, 'id="email-error"' in wrong.text) == (400, True)
    page = browser.submit("/citizen/changes/email", email="minh@thu.example.test", password=PASSWORD)
    assert "It was mailed to minh@thu.example.test." in page.text
    page = browser.submit("/citizen/changes/email/code", code="12")
    assert (page.status_code, 'data-code="mailed_code_wrong"' in page.text) == (403, True)
    mail = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == MessageKind.MAIL)).one()
    code = re.search(r"\b\d{6}\b", mail.body)
    assert code is not None
    page = browser.submit("/citizen/changes/email/code", code=f"{code[0][:3]} {code[0][3:]}")
    assert "Your declaration is with the authority" in page.text


@one_engine
def test_without_a_code_that_is_waited_for_there_is_no_page_for_it(
    browser: Browser, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin)
    answer = browser.client.get("/citizen/changes/email/code")
    assert (answer.status_code, "No new mail address waits for its code." in answer.text) == (404, True)


@one_engine
def test_nobody_sees_what_another_declared(
    browser: Browser, another_browser: Browser, account: Account, person: Person, make_account: MakeAccount
) -> None:
    browser.sign_in(person.pin)
    browser.open("/citizen/changes/residence")
    browser.submit("/citizen/changes/residence", province="79", commune=list_communes("79")[0].name, house="Số 9")
    assert another_browser.client.get("/citizen/changes").status_code == 303
