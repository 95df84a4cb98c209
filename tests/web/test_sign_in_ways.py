"""Signing in otherwise than with a password, and stepping up: what is missing is asked for, and nothing else."""

from __future__ import annotations

import base64
import html
import json
import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from eid.accounts.devices import begin_binding, bind_device
from eid.accounts.models import Account
from eid.accounts.sign_in import find_session
from eid.cards.reader import DemoCard
from eid.clock import wall_now
from eid.crypto.totp import build_code
from eid.population.models import Person
from tests.accounts.conftest import last_text
from tests.accounts.test_devices import new_phone, session_of
from tests.authenticators import SoftwarePasskey, SoftwarePhone
from tests.people import PASSCODE, PASSWORD, TOTP_SECRET
from tests.web.conftest import Browser

SECURITY = "/citizen/security/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def token_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie("eid_session")
    return cookie.value if cookie else ""


def session_at(browser: Browser) -> tuple[str, tuple[str, ...]]:
    session = find_session(token_of(browser))
    return session.level, session.amr


def page_path(browser: Browser) -> str:
    assert browser.page is not None
    return urlsplit(browser.page.request.path).path


def begin(browser: Browser, level: str, person: Person, to: str = "/robots.txt") -> None:
    browser.open(f"/citizen/sign-in?level={level}&next={to}")
    browser.press("sign-in", pin=person.pin, password=PASSWORD)


def test_level_3_asks_for_a_face_after_the_password(browser: Browser, account: Account, person: Person) -> None:
    begin(browser, "LoA3", person)
    assert page_path(browser) == "/citizen/sign-in/face"
    assert browser.page is not None
    assert "Simulated" in browser.page.text
    browser.press("continue", face=person.pin)
    assert page_path(browser) == "/robots.txt"
    assert session_at(browser) == ("LoA3", ("pwd", "face", "mfa"))


def test_level_4_asks_for_a_code_and_then_a_face(browser: Browser, account: Account, person: Person) -> None:
    begin(browser, "LoA4", person)
    assert page_path(browser) == "/citizen/sign-in/code"
    browser.press("continue", otp=build_code(TOTP_SECRET, now=wall_now()))
    assert page_path(browser) == "/citizen/sign-in/face"
    browser.press("continue", face=person.pin)
    assert session_at(browser) == ("LoA4", ("pwd", "otp", "face", "mfa"))


def test_who_is_at_level_2_is_asked_for_the_face_alone(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin, at="/robots.txt")
    browser.open("/citizen/sign-in?level=LoA4&next=/robots.txt")
    assert page_path(browser) == "/citizen/sign-in/face"


def test_another_face_is_refused_and_counted(browser: Browser, account: Account, person: Person) -> None:
    begin(browser, "LoA3", person)
    for code in ("face_mismatch",) * 5 + ("too_many_tries",):
        answer = browser.send("/citizen/sign-in/face?level=LoA3", picture=(b"", ""), face="")
        assert 'data-code="face_missing"' in answer.text
        answer = browser.send("/citizen/sign-in/face?level=LoA3", picture=_file(b"another face"))
        assert f'data-code="{code}"' in answer.text
    assert session_at(browser)[0] == "LoA1"


def _file(content: bytes) -> tuple[object, str]:

    return BytesIO(content), "face.jpg"


def test_a_card_signs_in_and_the_password_completes_it(
    browser: Browser, account: Account, person: Person, carded: DemoCard
) -> None:
    browser.open("/citizen/sign-in?next=/robots.txt")
    browser.open("/citizen/sign-in/card?next=/robots.txt&level=LoA2")
    browser.press("read-card", card=person.pin)
    assert page_path(browser) == "/citizen/sign-in/password"
    browser.press("sign-in", password=PASSWORD)
    assert page_path(browser) == "/robots.txt"
    assert session_at(browser) == ("LoA2", ("sc", "pwd", "mfa"))


def test_a_card_completes_a_sign_in_in_place_of_a_code(
    browser: Browser, account: Account, person: Person, carded: DemoCard
) -> None:
    begin(browser, "LoA2", person)
    browser.open("/citizen/sign-in/card?next=/robots.txt&level=LoA2")
    browser.press("read-card", card=person.pin)
    assert session_at(browser) == ("LoA2", ("pwd", "sc", "mfa"))


def test_a_reader_of_ones_own_answers_the_challenge_of_the_page(
    browser: Browser, account: Account, person: Person, carded: DemoCard
) -> None:
    page = browser.open("/citizen/sign-in/card?level=LoA1&next=/robots.txt").text

    challenge = re.search(r'data-copy="([A-Za-z0-9+/]+=*)"', page)
    drawn = re.search(r'name="challenge_id" value="([^"]+)"', page)
    assert challenge is not None
    assert drawn is not None
    answer = base64.b64encode(carded.answer_challenge(base64.b64decode(challenge[1]))).decode()
    files = [(BytesIO(content), name) for name, content in carded.files.items()]
    address = "/citizen/sign-in/card?level=LoA1&next=/robots.txt"
    wrong = browser.send(address, challenge_id=drawn[1], response="%%%")
    assert 'data-code="response_malformed"' in wrong.text
    sent = browser.send(address, challenge_id=drawn[1], response=answer, files=files)
    assert (sent.status_code, sent.location) == (303, "/robots.txt")
    assert session_at(browser) == ("LoA1", ("sc",))


def test_the_passcode_does_in_place_of_the_password(
    browser: Browser, account: Account, person: Person, carded: DemoCard
) -> None:
    browser.open("/citizen/sign-in/card?next=/robots.txt&level=LoA2")
    browser.press("read-card", card=person.pin)
    browser.open("/citizen/sign-in/passcode?next=/robots.txt&level=LoA2")
    assert 'data-code="passcode_wrong"' in browser.press("continue", passcode="000000").text
    browser.press("continue", passcode=PASSCODE)
    assert session_at(browser) == ("LoA2", ("sc", "pin", "mfa"))


def test_what_was_shown_too_long_ago_is_asked_for_again_alone(
    browser: Browser, account: Account, person: Person
) -> None:
    begin(browser, "LoA1", person)
    with time_machine.travel(wall_now() + timedelta(seconds=100), tick=False):
        browser.open("/citizen/sign-in?level=LoA2&next=/robots.txt")
        browser.press("continue", otp=build_code(TOTP_SECRET, now=wall_now()))
        since = f"{(wall_now() - timedelta(seconds=50)).timestamp():.6f}"
        browser.open(f"/citizen/sign-in?level=LoA2&next=/robots.txt&since={since}")
        assert page_path(browser) == "/citizen/sign-in/password"
        browser.press("sign-in", password=PASSWORD)
        assert page_path(browser) == "/robots.txt"
        assert session_at(browser) == ("LoA2", ("otp", "pwd", "mfa"))


@pytest.mark.parametrize("since", ["nan", "inf", "-1e99", "x", "1" * 400])
def test_a_time_that_is_none_asks_for_nothing_more(
    browser: Browser, account: Account, person: Person, since: str
) -> None:
    browser.sign_in(person.pin, at="/robots.txt")
    assert browser.client.get(f"/citizen/sign-in?next=/robots.txt&since={since}").location == "/robots.txt"


@pytest.mark.parametrize("page", ["password", "passcode", "face"])
def test_a_page_that_asks_for_what_was_shown_leads_on(
    browser: Browser, account: Account, person: Person, page: str
) -> None:
    assert urlsplit(browser.client.get(f"/citizen/sign-in/{page}").location).path == "/citizen/sign-in"
    browser.sign_in(person.pin, at="/robots.txt")
    assert browser.client.get(f"/citizen/sign-in/{page}?next=/robots.txt").location == "/robots.txt"


def bound_phone(account: Account) -> SoftwarePhone:
    phone = new_phone()
    code = begin_binding(session_of(account), password=PASSWORD).code
    phone.device = bind_device(code, name="Bạch", jwk=phone.public_key, proof=phone.prove("bind", code=code))
    return phone


def ask_api(browser: Browser, phone: SoftwarePhone, path: str, act: str, **claims: object) -> tuple[int, dict]:  # type: ignore[type-arg]
    answer = browser.client.post(
        f"/api/v1/devices{path}", json={"device": phone.device, "proof": phone.prove(act, **claims)}
    )
    return answer.status_code, answer.get_json()


def number_on(browser: Browser) -> str:
    assert browser.page is not None
    found = re.search(r'class="match-number">(\d\d)<', browser.page.text)
    assert found is not None, browser.page.text
    return found[1]


def test_the_phone_is_asked_and_approves_over_the_api(
    browser: Browser, another_browser: Browser, account: Account, person: Person
) -> None:
    phone = bound_phone(account)
    begin(browser, "LoA2", person)
    browser.press("phone")
    assert page_path(browser) == "/citizen/sign-in/phone"
    assert browser.client.get("/citizen/sign-in/phone/state").get_json() == {"state": "waiting"}
    assert 'data-code="approval_waiting"' in browser.press("continue").text
    status, found = ask_api(another_browser, phone, "/approvals", "list")
    [asked] = found["approvals"]
    assert (status, asked["asks"], asked["purpose"]) == (200, "eid", "Sign in to your own pages")
    assert "number" not in asked
    answer = {"approval": asked["id"], "answer": "approve", "number": number_on(browser)}
    assert ask_api(another_browser, phone, "/answers", "answer", **answer) == (200, {"decision": "approved"})
    assert ask_api(another_browser, phone, "/answers", "answer", **answer)[1]["code"] == "approval_over"
    assert browser.client.get("/citizen/sign-in/phone/state").get_json() == {"state": "approved"}
    browser.press("continue")
    assert page_path(browser) == "/robots.txt"
    assert session_at(browser) == ("LoA2", ("pwd", "swk", "mfa"))


def test_a_qr_code_is_scanned_and_the_password_completes_it(
    browser: Browser, another_browser: Browser, account: Account, person: Person
) -> None:
    phone = bound_phone(account)
    browser.open("/citizen/sign-in?next=/robots.txt")
    page = browser.press("phone")
    token = re.search(r'data-copy="([\w-]{43})"', page.text)
    assert token is not None
    _status, found = ask_api(another_browser, phone, "/scans", "scan", token=token[1])
    [asked] = found["approvals"]
    answer = {"approval": asked["id"], "answer": "approve", "number": number_on(browser)}
    assert ask_api(another_browser, phone, "/answers", "answer", **answer)[0] == 200
    browser.press("continue")
    assert page_path(browser) == "/citizen/sign-in/password"
    browser.press("sign-in", password=PASSWORD)
    assert session_at(browser) == ("LoA2", ("swk", "pwd", "mfa"))


@pytest.mark.parametrize(
    ("choice", "number", "code"), [("refuse", None, "approval_refused"), ("approve", "", "approval_number")]
)
def test_the_page_says_that_the_phone_said_no(
    browser: Browser,
    another_browser: Browser,
    account: Account,
    person: Person,
    choice: str,
    number: str | None,
    code: str,
) -> None:
    phone = bound_phone(account)
    begin(browser, "LoA2", person)
    browser.press("phone")
    _status, found = ask_api(another_browser, phone, "/approvals", "list")
    answer = {"approval": found["approvals"][0]["id"], "answer": choice, "number": number}
    ask_api(another_browser, phone, "/answers", "answer", **answer)
    assert f'data-code="{code}"' in browser.press("continue").text
    assert browser.page is not None
    assert 'data-act="phone"' in browser.page.text


def test_without_anything_asked_the_page_says_so(browser: Browser) -> None:
    assert "Nothing is asked of your phone" in browser.open("/citizen/sign-in/phone").text
    assert browser.client.get("/citizen/sign-in/phone/state").get_json() == {"state": "over"}
    assert 'data-code="approval_over"' in browser.send("/citizen/sign-in/phone/finish").text


def test_the_code_page_asks_the_phone_only_where_there_is_one(
    browser: Browser, account: Account, person: Person
) -> None:
    begin(browser, "LoA2", person)
    assert browser.page is not None
    assert 'data-act="phone"' not in browser.page.text
    assert 'data-code="device_none"' in browser.send("/citizen/sign-in/phone?next=/robots.txt").text


def options_on(page: str) -> str:
    found = re.search(r'data-options="([^"]+)"', page)
    assert found is not None, page
    return html.unescape(found[1])


def test_a_passkey_is_added_signs_in_and_is_ended(
    browser: Browser, another_browser: Browser, account: Account, person: Person
) -> None:
    passkey = SoftwarePasskey("http://localhost:8000", "localhost")
    browser.sign_in(person.pin, at=SECURITY)
    refused = browser.send(SECURITY + "passkeys", name="Máy tính", password="Wrong#Pass1")
    assert 'data-code="password_wrong"' in refused.text
    browser.open(SECURITY)
    page = browser.press("add-passkey", name="Máy tính", password=PASSWORD)
    page = browser.press("passkey", credential=passkey.create(options_on(page.text)))
    assert "The passkey is added" in page.text
    assert "Máy tính" in page.text
    page = another_browser.open("/citizen/sign-in/passkey?next=/robots.txt&level=LoA2")
    another_browser.press("passkey", credential=passkey.get(options_on(page.text)))
    assert page_path(another_browser) == "/citizen/sign-in/password"
    another_browser.press("sign-in", password=PASSWORD)
    assert session_at(another_browser) == ("LoA2", ("pop", "pwd", "mfa"))
    browser.open(SECURITY)
    assert "The passkey has ended" in browser.press("end-passkey").text
    page = another_browser.open("/citizen/sign-in/passkey")
    refused = another_browser.press("passkey", credential=passkey.get(options_on(page.text)))
    assert 'data-code="sign_in_failed"' in refused.text
    assert json.loads(options_on(refused.text))["challenge"]


def test_the_security_page_names_browser_phone_and_factors(browser: Browser, account: Account, person: Person) -> None:
    browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    phone = bound_phone(account)
    browser.sign_in(person.pin, at=SECURITY)
    assert browser.page is not None
    assert "Firefox – Linux" in browser.page.text
    assert "authenticator" in browser.page.text
    assert "Bạch" in browser.page.text
    page = browser.press("end-device")
    assert "no longer bound" in page.text
    assert "go bo" in last_text()
    assert ask_api(browser, phone, "/approvals", "list")[1]["code"] == "device_unproved"


def test_binding_leads_to_a_code_and_moving_to_a_face(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin, at="/citizen/device/bind")
    page = browser.press("continue", password=PASSWORD)
    assert re.search(r"#bind=[\w-]{43}", html.unescape(page.text))
    assert page.headers["Cache-Control"] == "no-store"
    bound_phone(account)
    page = browser.open("/citizen/device/bind")
    step_up = re.search(r'href="(/citizen/sign-in\?[^"]+)"', page.text)
    assert step_up is not None
    assert parse_qs(urlsplit(html.unescape(step_up[1])).query)["level"] == ["LoA3"]
    assert 'data-code="device_level"' in browser.send("/citizen/device/bind", password=PASSWORD).text


def test_a_program_binds_a_phone_over_the_api(browser: Browser, account: Account) -> None:
    phone = new_phone()
    code = begin_binding(session_of(account), password=PASSWORD).code
    body = {"code": code, "name": "Robot", "public_key": phone.public_key, "proof": phone.prove("bind", code=code)}
    answer = browser.client.post("/api/v1/devices", json=body)
    assert answer.status_code == 201
    phone.device = answer.get_json()["device"]
    assert ask_api(browser, phone, "/approvals", "list") == (200, {"approvals": []})
    again = browser.client.post("/api/v1/devices", json=body)
    assert (again.status_code, again.get_json()["code"]) == (422, "challenge_over")


def test_the_phone_page_is_there_for_everybody_and_says_that_it_is_simulated(browser: Browser) -> None:
    page = browser.open("/citizen/device")
    assert "Simulated" in page.text
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert "publickey-credentials-get=(self)" in page.headers["Permissions-Policy"]
