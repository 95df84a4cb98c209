"""Signing in at the pages: cookies, levels, refusals that say nothing, and where it leads."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from eid.accounts.lifecycle import LockReason
from eid.accounts.models import Account
from eid.accounts.service import lock_account
from eid.accounts.sign_in import find_session
from eid.clock import wall_now
from eid.crypto.totp import build_code
from eid.errors import Unauthenticated
from eid.population.models import Person
from tests.accounts.conftest import UNKNOWN_PIN, MakeAccount
from tests.engines import one_engine
from tests.people import PASSWORD, TOTP_SECRET
from tests.web.conftest import Browser


def token_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie("eid_session")
    return cookie.value if cookie else ""


def test_pin_password_and_code_lead_to_where_one_wanted_to_go(
    browser: Browser, account: Account, person: Person
) -> None:
    browser.open("/citizen/sign-in?next=/robots.txt")
    first = browser.send("/citizen/sign-in?next=/robots.txt", pin="979 085 000 102", password=PASSWORD)
    assert (first.status_code, first.location) == (303, "/citizen/sign-in/code?next=%2Frobots.txt&level=LoA2")
    browser.open(first.location)
    second = browser.send(first.location, otp=build_code(TOTP_SECRET, now=wall_now()))
    assert (second.status_code, second.location) == (303, "/robots.txt")
    assert find_session(token_of(browser)).level == "LoA2"


def test_level_1_asks_for_no_code(browser: Browser, account: Account, person: Person) -> None:
    browser.open("/citizen/sign-in")
    answer = browser.send("/citizen/sign-in?next=/robots.txt&level=LoA1", pin=person.pin, password=PASSWORD)
    assert answer.location == "/robots.txt"
    assert find_session(token_of(browser)).level == "LoA1"


def test_who_is_at_level_1_is_asked_only_for_the_code(browser: Browser, account: Account, person: Person) -> None:
    browser.open("/citizen/sign-in")
    browser.submit("/citizen/sign-in?next=/robots.txt&level=LoA1", pin=person.pin, password=PASSWORD)
    answer = browser.client.get("/citizen/sign-in?next=/robots.txt&level=LoA2")
    assert answer.location == "/citizen/sign-in/code?next=%2Frobots.txt&level=LoA2"


def test_who_is_signed_in_can_be_asked_to_sign_in_again(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin, at="/robots.txt")
    assert browser.client.get("/citizen/sign-in?next=/robots.txt").status_code == 303
    assert browser.client.get("/citizen/sign-in?next=/robots.txt&again=yes").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: Browser, account: Account, person: Person
) -> None:
    browser.open("/citizen/sign-in")
    answer = browser.send("/citizen/sign-in", pin=person.pin, password=PASSWORD)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("eid_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_token_from_before_signing_in_is_never_taken_over(browser: Browser, account: Account, person: Person) -> None:
    """Session fixation: neither a planted token nor the token of level 1 survives signing in."""
    browser.client.set_cookie("eid_session", "planted")
    browser.open("/citizen/sign-in")
    browser.submit("/citizen/sign-in", pin=person.pin, password=PASSWORD)
    level_1 = token_of(browser)
    browser.submit("/citizen/sign-in/code?next=/robots.txt", otp=build_code(TOTP_SECRET, now=wall_now()))
    assert len({"planted", level_1, token_of(browser)}) == 3
    for old in ("planted", level_1):
        with pytest.raises(Unauthenticated):
            find_session(old)


def test_signing_in_again_ends_the_session_before(browser: Browser, account: Account, person: Person) -> None:
    browser.open("/citizen/sign-in")
    browser.send("/citizen/sign-in", pin=person.pin, password=PASSWORD)
    before = token_of(browser)
    browser.send("/citizen/sign-in", pin=person.pin, password=PASSWORD)
    with pytest.raises(Unauthenticated):
        find_session(before)


def without_tokens(page: str) -> str:
    page = re.sub(r'(name="csrf_token" value=)"[^"]+"', r"\1", page)
    return re.sub(r'(name="pin"[^>]*) value="[^"]*"', r"\1", page)


def test_no_refusal_tells_whether_an_account_exists(
    app: Flask, account: Account, person: Person, another_browser: Browser, browser: Browser
) -> None:
    """Byte for byte the same page and status: wrong password, unknown PIN, locked account, and again when there were too many."""
    answers = []
    for pin, password in ((person.pin, "Wrong#Pass1"), (UNKNOWN_PIN, PASSWORD), (person.pin, PASSWORD)):
        if password == PASSWORD and pin == person.pin:
            lock_account(account.id, LockReason.HOLDER)
        browser.open("/citizen/sign-in")
        answer = browser.send("/citizen/sign-in", pin=pin, password=password)
        answers.append((answer.status_code, without_tokens(answer.text)))
    assert len(set(answers)) == 1
    assert answers[0][0] == 401
    assert 'data-code="sign_in_failed"' in answers[0][1]


@pytest.mark.parametrize("pin", ["979085000102", UNKNOWN_PIN])
def test_after_too_many_tries_the_page_says_when_to_try_again(browser: Browser, account: Account, pin: str) -> None:
    browser.open("/citizen/sign-in")
    for _ in range(5):
        browser.send("/citizen/sign-in", pin=pin, password="Wrong#Pass1")
    answer = browser.send("/citizen/sign-in", pin=pin, password=PASSWORD)
    assert answer.status_code == 429
    assert 'data-code="too_many_tries"' in answer.text
    assert "Next try at" in answer.text


def test_a_secret_never_comes_back_in_a_page(browser: Browser, account: Account, person: Person) -> None:
    browser.open("/citizen/sign-in")
    assert "Wrong#Pass1" not in browser.send("/citizen/sign-in", pin=person.pin, password="Wrong#Pass1").text


@one_engine
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(browser: Browser, account: Account, person: Person, elsewhere: str) -> None:
    browser.open("/citizen/sign-in")
    address = f"/citizen/sign-in?level=LoA1&next={elsewhere}"
    assert browser.send(address, pin=person.pin, password=PASSWORD).location == "/"


def test_signing_out_ends_the_session(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin, at="/robots.txt")
    token = token_of(browser)
    browser.open("/citizen/sign-in?again=yes")
    assert browser.send("/citizen/sign-out").location == "/"
    assert token_of(browser) == ""
    with pytest.raises(Unauthenticated):
        find_session(token)


def test_a_form_without_its_token_is_refused(browser: Browser, account: Account, person: Person) -> None:
    answer = browser.client.post("/citizen/sign-in", data={"pin": person.pin, "password": PASSWORD})
    assert answer.status_code == 400
    assert "form_expired" in answer.text


def test_the_code_page_without_a_session_leads_to_the_first_page(browser: Browser, make_account: MakeAccount) -> None:
    assert browser.client.get("/citizen/sign-in/code").location.startswith("/citizen/sign-in?")
