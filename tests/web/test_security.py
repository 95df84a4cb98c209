"""The security page: changing secrets, ending sessions, recovery codes."""

from __future__ import annotations

import re

from eid.accounts.models import Account
from eid.clock import wall_now
from eid.crypto.totp import build_code
from eid.population.models import Person
from tests.people import PASSWORD
from tests.web.conftest import Browser

PAGE = "/citizen/security/"


def test_a_stranger_is_led_to_sign_in(browser: Browser) -> None:
    assert browser.client.get(PAGE).status_code == 303


def test_secrets_are_changed_and_refusals_shown(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin, at=PAGE)
    answer = browser.send(PAGE + "password", password="Wrong#Pass1", new_password="Sen7!xanhBiec")
    assert (answer.status_code, 'data-code="password_wrong"' in answer.text) == (403, True)
    page = browser.submit(PAGE + "password", password=PASSWORD, new_password="Sen7!xanhBiec")
    assert "The password is changed" in page.text
    page = browser.submit(PAGE + "passcode", password="Sen7!xanhBiec", passcode="830264")
    assert "The passcode is changed" in page.text


def test_another_session_is_seen_and_ended(
    browser: Browser, another_browser: Browser, account: Account, person: Person
) -> None:
    another_browser.open("/citizen/sign-in")
    another_browser.send("/citizen/sign-in?level=LoA1&next=/", pin=person.pin, password=PASSWORD)
    browser.sign_in(person.pin, at=PAGE)
    assert browser.page is not None
    action = re.search(r'action="(/citizen/security/sessions/\d+/end)"', browser.page.text)
    assert action is not None
    assert "The session has ended" in browser.submit(action[1]).text
    assert another_browser.client.get(PAGE).location.startswith("/citizen/sign-in?")
    assert "All other sessions have ended" in browser.submit(PAGE + "sessions/end").text


def test_recovery_codes_are_shown_once_and_sign_in(
    browser: Browser, another_browser: Browser, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin, at=PAGE)
    answer = browser.send(PAGE + "recovery-codes", password=PASSWORD)
    codes = re.findall(r"<code>([A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{5})</code>", answer.text)
    assert len(codes) == 10
    assert answer.headers["Cache-Control"] == "no-store"
    assert codes[0] not in browser.open(PAGE).text
    another_browser.open("/citizen/sign-in")
    page = another_browser.submit(f"/citizen/sign-in?next={PAGE}", pin=person.pin, password=PASSWORD)
    assert "/citizen/sign-in/recovery?" in page.text
    another_browser.open(f"/citizen/sign-in/recovery?next={PAGE}")
    refused = another_browser.send(f"/citizen/sign-in/recovery?next={PAGE}", recovery_code="AAAAA-AAAAA")
    assert (refused.status_code, 'data-code="sign_in_failed"' in refused.text) == (401, True)
    page = another_browser.submit(f"/citizen/sign-in/recovery?next={PAGE}", recovery_code=codes[0])
    assert "Codes left: 9" in page.text


def test_another_authenticator_is_set_up(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin, at=PAGE)
    assert browser.client.get(PAGE + "authenticator").location == PAGE
    page = browser.submit(PAGE + "authenticator", password=PASSWORD)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)
    assert secret is not None
    refused = browser.send(PAGE + "authenticator/confirm", otp="12345")
    assert (refused.status_code, 'data-code="otp_wrong"' in refused.text) == (401, True)
    code = build_code(secret[1], now=wall_now())
    assert "The new authenticator is in use" in browser.submit(PAGE + "authenticator/confirm", otp=code).text
