"""Activation through the pages: the whole way, the wrong card, strangers, lateness, and coming back to where one was."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.opening import open_account
from eid.accounts.questions import find_questions
from eid.app import create_app
from eid.cards.reader import DemoCard
from eid.clock import wall_now
from eid.config import Settings
from eid.crypto.totp import build_code
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import UNKNOWN_PIN, MakePerson, hand_out_card, texted_code, world_later
from tests.engines import one_engine
from tests.people import PASSCODE, PASSWORD, PHONE, QUESTION_FIELDS
from tests.web.conftest import Browser

START = "/citizen/activate"


@pytest.fixture
def approved(carded: DemoCard, person: Person) -> Account:
    return open_account(person.pin, PHONE, officer=7)


def come_to(browser: Browser, step: str, pin: str) -> None:
    """Go through the pages up to this step."""
    browser.open(START)
    browser.submit(START, pin=pin, phone=PHONE)
    for name, fields in (
        ("code", {"code": texted_code()}),
        ("password", {"password": PASSWORD}),
        ("passcode", {"passcode": PASSCODE}),
        ("questions", QUESTION_FIELDS),
    ):
        if name == step:
            return
        browser.submit(f"{START}/{name}", **fields)
    if step == "card":
        browser.submit(f"{START}/authenticator", otp=build_code(secret_on(browser), now=wall_now()))


def secret_on(browser: Browser) -> str:
    assert browser.page is not None
    found = re.search(r"secret=([A-Z2-7]{32})", browser.page.text)
    assert found is not None
    return found[1]


def test_the_pages_lead_from_pin_and_phone_to_an_active_account(
    browser: Browser, approved: Account, person: Person
) -> None:
    come_to(browser, "card", person.pin)
    assert browser.page is not None and "Present your card" in browser.page.text
    page = browser.submit(f"{START}/card", card=person.pin)
    assert "Your account is active" in page.text
    db.session.refresh(approved)
    assert approved.state == AccountState.ACTIVE


def test_every_page_of_the_way_names_its_fields_and_button_as_programs_know_them(
    browser: Browser, approved: Account, person: Person
) -> None:
    """INTERFACE, forms that programs fill in."""
    page = browser.open(START).text
    assert 'name="pin"' in page and 'name="phone"' in page and 'data-act="continue"' in page
    steps = {
        "code": "code",
        "password": "password",
        "passcode": "passcode",
        "questions": "answer_1",
        "authenticator": "otp",
    }
    for step, field in steps.items():
        come_to(browser, step, person.pin)
        assert browser.page is not None
        assert f'name="{field}"' in browser.page.text and 'data-act="continue"' in browser.page.text
    come_to(browser, "card", person.pin)
    assert browser.page is not None
    assert 'name="card"' in browser.page.text and 'data-act="activate"' in browser.page.text


def test_questions_can_be_left_for_later(browser: Browser, approved: Account, person: Person) -> None:
    """A program that knows only the fields of INTERFACE presses on; an account without questions recovers by other proofs."""
    come_to(browser, "questions", person.pin)
    page = browser.submit(f"{START}/questions", question_1="", answer_1="", question_2="", answer_2="")
    assert 'name="otp"' in page.text
    come_to(browser, "card", person.pin)
    assert find_questions(approved.id) == []


def test_the_qr_code_is_drawn_in_the_page(browser: Browser, approved: Account, person: Person) -> None:
    come_to(browser, "authenticator", person.pin)
    assert browser.page is not None
    assert "<svg viewBox" in browser.page.text
    assert "otpauth://totp/" in browser.page.text


def test_the_wrong_card_is_refused_on_the_page_and_ones_own_still_works(
    browser: Browser, approved: Account, person: Person, make_person: MakePerson
) -> None:
    other = make_person(person_id=8, pin="975065000108", birth_date=person.birth_date.replace(year=1965))
    hand_out_card(other.pin)
    come_to(browser, "card", person.pin)
    answer = browser.send(f"{START}/card", card=other.pin)
    assert answer.status_code == 422
    assert 'data-code="card_of_another"' in answer.text
    assert "Your account is active" in browser.submit(f"{START}/card", card=person.pin).text


@one_engine
@pytest.mark.parametrize("card", ["", "../../keys", "979085000999", "x" * 300])
def test_a_card_that_is_not_there_is_refused_on_the_page(
    browser: Browser, approved: Account, person: Person, card: str
) -> None:
    come_to(browser, "card", person.pin)
    answer = browser.send(f"{START}/card", card=card)
    assert answer.status_code in (400, 404)
    assert "Present your card" in answer.text


def test_the_pages_lead_back_to_where_one_was(browser: Browser, approved: Account, person: Person) -> None:
    come_to(browser, "passcode", person.pin)
    assert "Choose a passcode" in browser.open(f"{START}/password").text
    assert "Choose a passcode" in browser.open(f"{START}/card").text
    assert "/citizen/activate/passcode" in browser.open(START).text


def test_an_activation_survives_the_server(
    browser: Browser, approved: Account, person: Person, settings: Settings
) -> None:
    come_to(browser, "authenticator", person.pin)
    secret = secret_on(browser)
    cookie = browser.client.get_cookie("eid_activation", path=START)
    assert cookie is not None
    restarted = create_app(settings)
    with restarted.app_context():
        later = Browser(restarted.test_client())
        later.client.set_cookie("eid_activation", cookie.value)
        assert "Set up your authenticator" in later.open(START + "/authenticator").text
        assert secret_on(later) == secret
        db.session.remove()
        db.engine.dispose()


def without_tokens(page: str) -> str:
    page = re.sub(r'(name="csrf_token" value=)"[^"]+"', r"\1", page)
    page = re.sub(r"<time .*?</time>", "", page)
    return re.sub(r'(name="(?:pin|phone)"[^>]*?) value="[^"]*"', r"\1", page)


def test_no_page_tells_whether_pin_and_phone_belong_together(app: Flask, approved: Account, person: Person) -> None:
    """Byte for byte the same answers, but for tokens and the time: right pair, wrong phone, unknown PIN, no account."""
    ways = []
    for pin, phone in ((person.pin, PHONE), (person.pin, "0100000999"), (UNKNOWN_PIN, PHONE)):
        browser = Browser(app.test_client())
        browser.open(START)
        answer = browser.send(START, pin=pin, phone=phone)
        page = browser.open(answer.location)
        wrong = browser.send(START + "/code", code="00000x")
        ways.append((answer.status_code, answer.location, without_tokens(page.text), without_tokens(wrong.text)))
    assert len(set(ways)) == 1
    assert 'data-code="code_wrong"' in ways[0][3]


def test_who_is_late_is_told_only_after_proving_the_phone(
    browser: Browser, approved: Account, person: Person, settings: Settings
) -> None:
    with world_later(settings, days=8):
        browser.open(START)
        page = browser.submit(START, pin=person.pin, phone=PHONE)
        assert "activation_overdue" not in page.text
        answer = browser.send(START + "/code", code=texted_code())
        assert answer.status_code == 409
        assert 'data-code="activation_overdue"' in answer.text
        assert 'href="/citizen/activate/hotline"' in answer.text


def test_the_hotline_page_says_what_to_do(browser: Browser) -> None:
    assert "Call the hotline" in browser.open("/citizen/activate/hotline").text


@one_engine
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"pin": "979085000102", "phone": "12"}, "phone_malformed"),
        ({"pin": "", "phone": ""}, "phone_malformed"),
        ({}, "phone_malformed"),
    ],
)
def test_what_is_no_phone_number_is_refused_on_the_page(browser: Browser, fields: dict[str, str], code: str) -> None:
    browser.open(START)
    answer = browser.send(START, **fields)
    assert answer.status_code == 400
    assert f'data-code="{code}"' in answer.text


def test_a_password_never_comes_back_in_a_page(browser: Browser, approved: Account, person: Person) -> None:
    come_to(browser, "password", person.pin)
    answer = browser.send(f"{START}/password", password="tooPlain")
    assert answer.status_code == 400
    assert 'data-code="password_kinds"' in answer.text
    assert "tooPlain" not in answer.text


def test_production_has_no_virtual_reader(app: Flask, browser: Browser, approved: Account, person: Person) -> None:
    come_to(browser, "card", person.pin)
    settings: Settings = app.extensions["eid.settings"]
    object.__setattr__(settings, "mode", "production")
    answer = browser.send(f"{START}/card", card=person.pin)
    assert 'data-code="demo_only"' in answer.text
