"""Recovery through the pages: what strangers learn, what is refused where, and what the holder sees."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from eid.accounts.models import Account
from eid.accounts.recovery_models import HolderNotice
from eid.cards.reader import DemoCard
from eid.clock import wall_now
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import UNKNOWN_PIN, texted_code
from tests.engines import one_engine
from tests.people import PASSWORD, PHONE, QUESTION_FIELDS
from tests.web.conftest import Browser
from tests.web.test_activation import without_tokens

START = "/citizen/recovery"


def come_to_proofs(browser: Browser, person: Person, lost: str = "password") -> None:
    browser.open(START)
    browser.submit(START, lost=lost, pin=person.pin, phone=PHONE)
    browser.submit(f"{START}/code", code=texted_code())


def test_no_page_tells_whether_there_is_an_account(app: Flask, account: Account, person: Person) -> None:
    """Byte for byte the same answers: right pair, wrong phone, unknown PIN."""
    ways = []
    for pin, phone in ((person.pin, PHONE), (person.pin, "0100000999"), (UNKNOWN_PIN, PHONE)):
        browser = Browser(app.test_client())
        browser.open(START)
        answer = browser.send(START, lost="password", pin=pin, phone=phone)
        page = browser.open(answer.location)
        wrong = browser.send(f"{START}/code", code="00000x")
        proofs = browser.open(f"{START}/proofs")
        ways.append((answer.status_code, answer.location, *(without_tokens(p.text) for p in (page, wrong, proofs))))
    assert len(set(ways)) == 1
    assert 'data-code="code_wrong"' in ways[0][3]


def test_what_is_asked_for_is_what_the_holder_has(browser: Browser, account: Account, person: Person) -> None:
    come_to_proofs(browser, person)
    assert browser.page is not None
    assert "Identity card" in browser.page.text
    assert "Security questions" not in browser.page.text
    assert "Recovery code" not in browser.page.text


@pytest.mark.parametrize(
    ("proof", "fields", "code"),
    [
        ("totp", {"otp": "000000"}, "recovery_proof_wrong"),
        ("recovery_code", {"recovery_code": "AAAAA"}, "recovery_proof_wrong"),
        ("password", {"password": "Wrong#Pass1"}, "password_wrong"),
        ("questions", QUESTION_FIELDS, "answers_wrong"),
        ("face", {}, "face_missing"),
        ("face", {"face": "12"}, None),
        ("card", {"card": "../../keys"}, None),
        ("nonsense", {}, "proof_unknown"),
        ("new_phone", {}, "proof_unknown"),
        ("phone", {"code": "00000x"}, "code_wrong"),
    ],
)
def test_a_wrong_proof_is_refused_on_the_page(
    browser: Browser, account: Account, person: Person, proof: str, fields: dict[str, str], code: str | None
) -> None:
    come_to_proofs(browser, person)
    answer = browser.send(f"{START}/proofs/{proof}", **fields)
    assert answer.status_code in (400, 401, 403, 404)
    assert "Prove who you are" in answer.text
    assert code is None or f'data-code="{code}"' in answer.text
    assert "Wrong#Pass1" not in answer.text


@one_engine
@pytest.mark.parametrize("step", ["code", "proofs", "wait", "password", "passcode", "authenticator", "phone", "done"])
def test_without_a_recovery_every_page_says_so(browser: Browser, account: Account, step: str) -> None:
    assert "There is no recovery here" in browser.open(f"{START}/{step}").text


@one_engine
def test_a_link_that_was_made_up_cancels_nothing(browser: Browser, account: Account) -> None:
    browser.open(f"{START}/cancel/made-up")
    answer = browser.send(f"{START}/cancel/made-up")
    assert answer.status_code == 401
    assert 'data-code="recovery_over"' in answer.text


def test_looking_at_the_link_cancels_nothing(
    browser: Browser, another_browser: Browser, account: Account, person: Person, carded: DemoCard
) -> None:
    """What a mail program opens by itself must not act."""
    come_to_proofs(browser, person)
    browser.submit(f"{START}/proofs/card", card=person.pin)
    page = browser.submit(f"{START}/proofs/face", face=person.pin)
    assert "now it waits" in page.text
    texts = another_browser.open(f"/outbox/?recipient={PHONE}").text
    link = re.search(r"/citizen/recovery/cancel/[\w-]+", texts)
    assert link is not None
    assert "Cancel the recovery" in another_browser.open(link[0]).text
    assert "now it waits" in browser.open(f"{START}/wait").text
    assert "The recovery is cancelled" in another_browser.submit(link[0]).text
    assert "There is no recovery here" in browser.open(f"{START}/wait").text


def test_a_notice_stays_on_the_holders_pages_until_it_was_seen(
    browser: Browser, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin)
    assert "What was changed lately" not in browser.open("/citizen/").text
    db.session.add(HolderNotice(account_id=account.id, act="change_passcode", told_at=wall_now()))
    db.session.commit()
    page = browser.open("/citizen/").text
    assert "What was changed lately" in page and "Passcode changed" in page
    browser.press("seen")
    assert "What was changed lately" not in browser.open("/citizen/").text


def test_questions_are_kept_under_security_and_the_password_is_asked(
    browser: Browser, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin)
    browser.open("/citizen/security/")
    refused = browser.send("/citizen/security/questions", password="Wrong#Pass1", **QUESTION_FIELDS)
    assert 'data-code="password_wrong"' in refused.text
    page = browser.submit("/citizen/security/questions", password=PASSWORD, **QUESTION_FIELDS)
    assert "You have chosen two" in page.text


@one_engine
def test_somebody_without_a_session_cannot_ask_for_a_new_number(browser: Browser, account: Account) -> None:
    assert "Sign in" in browser.open("/citizen/security/phone").text
    browser.open(START)
    answer = browser.send(START, lost="phone", pin="1", phone=PHONE)
    assert 'data-code="recovery_kind"' in answer.text
