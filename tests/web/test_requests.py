"""Requests on the pages: the asker's own, and the application of whoever has no account."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.request_models import Request
from eid.accounts.requests import RequestKind, RequestState, decide_request, open_request
from eid.cards.portrait import draw_portrait
from eid.cards.reader import DemoCard
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import UNKNOWN_PIN, MakePerson, texted_code
from tests.accounts.officers import make_officer
from tests.people import PASSWORD, PHONE
from tests.web.conftest import Browser


def refused_by(page: Any) -> str:
    found = page.text.split('data-code="')
    return str(found[1].split('"')[0]) if len(found) > 1 else ""


@pytest.fixture
def registered(make_person: MakePerson) -> Person:
    """Somebody whose phone is registered, and who has no account."""
    return make_person(person_id=8, pin="979085000188", phone=PHONE, residence_address="Số 8, đường Mẫu")


def prove_phone(browser: Browser, pin: str) -> None:
    browser.open("/citizen/apply")
    browser.press("continue", pin=pin, phone=PHONE)
    browser.press("continue", code=texted_code())


def test_an_application_is_sent_with_a_picture_of_ones_own(browser: Browser, registered: Person) -> None:
    """In production there is no simulated camera: a file is sent."""
    from_camera = draw_portrait(registered.pin, sex=registered.sex).jpeg
    prove_phone(browser, registered.pin)
    page = browser.submit("/citizen/apply/face", face=(io.BytesIO(from_camera), "face.jpg"))
    assert refused_by(page) == "card_missing"
    page = browser.submit("/citizen/apply/face")
    assert refused_by(page) == "face_missing"
    page = browser.submit("/citizen/apply/face", face=(io.BytesIO(b"x" * 500_001), "face.jpg"))
    assert refused_by(page) == "face_missing"
    page = browser.submit("/citizen/apply/face", camera=UNKNOWN_PIN)
    assert refused_by(page) == "face_missing"


def test_the_page_says_that_the_face_is_simulated(browser: Browser, registered: Person) -> None:
    prove_phone(browser, registered.pin)
    assert browser.page is not None
    assert "This is simulated: faces here are drawings" in browser.page.text


@pytest.mark.parametrize("step", ["code", "face", "progress"])
def test_without_an_application_every_step_leads_to_the_start(browser: Browser, step: str) -> None:
    browser.open(f"/citizen/apply/{step}")
    assert browser.page is not None and "/citizen/apply" in browser.page.request.path
    assert browser.page.request.path == "/citizen/apply"


def test_pages_tell_nobody_whether_a_person_is_there(browser: Browser, registered: Person) -> None:
    pages = []
    for pin, phone in ((registered.pin, "0100000999"), (UNKNOWN_PIN, PHONE)):
        browser.open("/citizen/apply")
        browser.press("continue", pin=pin, phone=phone)
        answer = browser.press("continue", code="000000")
        pages.append((answer.status_code, refused_by(answer)))
    assert pages == [(401, "code_wrong")] * 2


def test_somebody_elses_request_is_not_found(
    browser: Browser, account: Account, person: Person, make_person: MakePerson
) -> None:
    other = make_person(person_id=8, pin="979085000188", residence_address="Số 8, đường Mẫu")
    theirs = open_request(RequestKind.ACCOUNT_LEVEL_2, person_id=other.id, asked_by=None, details={}).id
    asked = open_request(RequestKind.LOCK_BY_AUTHORITY, person_id=person.id, asked_by=None, details={}).id
    browser.sign_in(person.pin)
    for number in (theirs, asked, 999):
        for page in ("", "/form"):
            assert browser.open(f"/citizen/requests/{number}{page}").status_code == 404
    assert "Nothing asked for yet" in browser.open("/citizen/requests").text


def test_ones_own_request_is_followed_withdrawn_and_appealed(
    browser: Browser, account: Account, person: Person
) -> None:
    first, second = (
        open_request(kind, person_id=person.id, asked_by=account.id, details={"email": "minh@example.test"}).id
        for kind in (RequestKind.CHANGE_EMAIL, RequestKind.CHANGE_RESIDENCE)
    )
    decide_request(second, officer=make_officer(), decision=RequestState.REFUSED, reason="Thiếu <giấy tờ>.")
    browser.sign_in(person.pin)
    assert "Requests under way: 1." in browser.open("/citizen/").text
    browser.open(f"/citizen/requests/{first}")
    assert "The request is withdrawn." in browser.press("withdraw").text
    page = browser.open(f"/citizen/requests/{second}")
    assert "Thiếu &lt;giấy tờ&gt;." in page.text
    assert refused_by(browser.press("appeal", why=" ")) == "why_missing"
    assert "Your appeal is under way" in browser.press("appeal", why="Đã nộp đủ.").text
    browser.open(f"/citizen/requests/{second}")
    assert browser.page is not None and 'data-act="appeal"' not in browser.page.text
    assert refused_by(browser.submit(f"/citizen/requests/{second}/appeal", why="Nữa.")) == "appeal_exists"


def test_closing_takes_the_password(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin)
    browser.open("/citizen/close")
    assert refused_by(browser.press("close", password="Wrong@12345")) == "password_wrong"
    assert "Your request is under way." in browser.press("close", password=PASSWORD).text
    assert db.session.scalars(select(Request.kind)).all() == [RequestKind.CLOSE_ACCOUNT]
    assert account.state == AccountState.ACTIVE


def test_a_holder_unlocks_what_the_holder_locked(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin)
    browser.open("/citizen/lock")
    assert "You can unlock it here, or at any desk." in browser.press("lock").text
    wrong = browser.press("unlock", pin=person.pin, password=PASSWORD, otp="000000")
    assert (wrong.status_code, refused_by(wrong)) == (401, "unlock_failed")
    assert PASSWORD not in wrong.text


def test_the_form_is_printed_with_what_was_given(
    carded: DemoCard, browser: Browser, account: Account, person: Person
) -> None:
    """Decree 69/2024, annex: TK01."""
    details = {"phone": PHONE, "wishes": ["vehicle"], "secret": "not on the form"}
    asked = open_request(RequestKind.ACCOUNT_LEVEL_2, person_id=person.id, asked_by=None, details=details).id
    browser.sign_in(person.pin)
    page = browser.open(f"/citizen/requests/{asked}/form").text
    assert "TK01" in page and "Trần Văn Minh" in page and PHONE in page and "Vehicle registration" in page
    assert "not on the form" not in page
