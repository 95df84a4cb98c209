"""RFC 8628: a kiosk shows a code, its citizen enters it on a device of their own and decides there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from eid.accounts.guessing import FREE_TRIES
from eid.accounts.levels import Factor
from eid.accounts.models import SignInSession
from eid.accounts.sessions import Session, UsedFactor, record_session
from eid.audit import find_disclosures
from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed, NotFound
from eid.oauth.clients import register_client
from eid.oauth.decoupled.models import DecoupledQuestion
from eid.oauth.decoupled.showing import take_user_code
from eid.oauth.grant_types import DEVICE_CODE, ExtraGrants
from eid.oauth.models import AuthMethod, Client
from tests.conformance.logout import claims_of
from tests.engines import one_engine
from tests.oauth.assertions import register_keyed
from tests.oauth.conftest import ISSUER, Citizen
from tests.oauth.decoupled import Counter, browse, error_of, fill_in, register_counter
from tests.people import PASSCODE, record_account_of, record_one

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


@pytest.fixture
def kiosk(app: Flask) -> Counter:
    return Counter(app, register_counter("Ki-ốt Thử", ExtraGrants((DEVICE_CODE,))))


@pytest.fixture
def browser(app: Flask, citizen: Citizen) -> FlaskClient:
    return browse(app, citizen)


def enter(browser: FlaskClient, code: str) -> TestResponse:
    return fill_in(browser, browser.get("/device"), "continue", user_code=code)


def open_question(browser: FlaskClient, code: str) -> TestResponse:
    led = enter(browser, code)
    assert led.status_code == 303, led.text
    return browser.get(led.headers["Location"])


def test_a_citizen_enters_the_code_and_the_kiosk_gets_what_they_ticked(
    kiosk: Counter, browser: FlaskClient, citizen: Citizen
) -> None:
    """RFC 8628, sections 3.2 to 3.5"""
    shown = kiosk.show_code()
    assert set(shown) == {
        *("device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval")
    }
    assert shown["verification_uri"] == f"{ISSUER}/device"
    assert shown["verification_uri_complete"] == f"{ISSUER}/device?user_code={shown['user_code']}"
    assert (shown["expires_in"], shown["interval"]) == (600, 5)
    assert error_of(kiosk.poll_device()) == (400, "authorization_pending")
    page = open_question(browser, shown["user_code"].lower().replace("-", " "))
    for said in ("Ki-ốt Thử", "Tiếp nhận người bệnh"):
        assert said in page.text
    done = fill_in(browser, page, "approve", untick=("phone",), passcode=PASSCODE)
    assert done.status_code == 303, done.text
    assert browser.get(done.headers["Location"]).status_code == 200
    tokens = kiosk.poll_device().get_json()
    assert tokens["scope"] == "openid identity"
    claims = claims_of(tokens["id_token"])
    assert (claims["acr"], claims["amr"]) == ("LoA2", ["pwd", "otp", "mfa"])
    assert error_of(kiosk.poll_device()) == (400, "invalid_grant")
    db.session.rollback()
    [found] = find_disclosures(citizen.person_id, since=NOON - timedelta(days=400))
    assert (found.act, found.details["result"]) == ("answer_device_question", "done")


@one_engine
def test_the_page_says_why_each_thing_is_asked_for_and_that_a_service_is_for_tests(
    kiosk: Counter, browser: FlaskClient
) -> None:
    client = db.session.get_one(Client, kiosk.registered.client.id)
    client.is_test, client.foreign_name, client.scope_purposes = True, "Sample Kiosk", {"phone": "Nhắn tin kết quả"}
    db.session.commit()
    browser.set_cookie("eid_locale", "en")
    page = open_question(browser, kiosk.show_code()["user_code"])
    for said in ("Share with Sample Kiosk?", "Why: Nhắn tin kết quả", "This service is for tests"):
        assert said in page.text


@one_engine
def test_a_link_with_the_code_does_nothing_until_it_was_compared(
    kiosk: Counter, browser: FlaskClient, app: Flask
) -> None:
    """Sections 3.3.1 and 5.4: the page shows the code, a QR code for the phone, and a warning; then it is confirmed"""
    shown = kiosk.show_code()
    page = browser.get(f"/device?user_code={shown['user_code']}")
    assert shown["user_code"] in page.text
    assert "<svg" in page.text
    assert db.session.scalars(select(DecoupledQuestion.session_id)).one() is None
    led = fill_in(browser, page, "continue")
    assert led.status_code == 303
    question = browser.get(led.headers["Location"])
    address = question.request.path
    without = {"csrf_token": _token(question), "act": "approve", "scope": ["identity"], "passcode": PASSCODE}
    refused = browser.post(address, data=without)
    assert refused.status_code == 403
    assert error_of(kiosk.poll_device()) == (400, "authorization_pending")
    assert "<evil>" not in browser.get("/device?user_code=<evil>").text


def _token(page: TestResponse) -> str:
    return page.text.split('name="csrf_token" value="')[1].split('"')[0]


@one_engine
def test_a_stranger_signs_in_first(kiosk: Counter, app: Flask) -> None:
    shown = kiosk.show_code()
    stranger = app.test_client()
    page = stranger.get("/device")
    assert page.status_code == 200
    sent = stranger.post("/device/code", data={"csrf_token": _token(page), "user_code": shown["user_code"]})
    assert sent.status_code == 401
    led = stranger.get("/device/code")
    assert (led.status_code, "/citizen/sign-in" in led.headers["Location"]) == (303, True)


@one_engine
def test_codes_can_be_guessed_at_a_few_times_only(kiosk: Counter, browser: FlaskClient) -> None:
    """Section 5.1"""
    shown = kiosk.show_code()
    for _ in range(FREE_TRIES):
        assert enter(browser, "BCDF-GHJK").status_code == 404
    assert enter(browser, "BCDF-GHJK").status_code == 429
    assert enter(browser, shown["user_code"]).status_code == 429
    kept = db.session.scalars(select(DecoupledQuestion.user_code_digest)).one() or ""
    assert shown["user_code"].replace("-", "") not in kept


@one_engine
def test_a_code_is_its_first_sessions(
    kiosk: Counter, browser: FlaskClient, app: Flask, make_citizen: Callable[..., Citizen]
) -> None:
    shown = kiosk.show_code()
    page = open_question(browser, shown["user_code"])
    other = make_citizen(103, "Khác")
    with pytest.raises(NotFound) as refused:
        take_user_code(shown["user_code"], session=other.new_session.session)
    assert refused.value.code == "user_code_unknown"
    assert browse(app, other).get(page.request.path).status_code == 404
    assert enter(browser, shown["user_code"]).status_code == 303


def test_of_many_sessions_that_enter_a_code_at_once_one_has_it(
    app: Flask, kiosk: Counter, make_citizen: Callable[..., Citizen]
) -> None:
    """Both databases"""
    code = kiosk.show_code()["user_code"]
    sessions = [make_citizen(number, "Người").new_session.session for number in range(102, 110)]
    db.session.rollback()

    def take(session: Session) -> str:
        with app.app_context():
            try:
                take_user_code(code, session=session)
            except NotFound as refused:
                return refused.code
            return "taken"

    with ThreadPoolExecutor(len(sessions)) as pool:
        outcomes = list(pool.map(take, sessions))
    assert sorted(outcomes) == ["taken"] + ["user_code_unknown"] * (len(sessions) - 1)


@one_engine
def test_a_child_needs_its_guardian_here_too(kiosk: Counter, app: Flask) -> None:
    child = record_one(person_id=105, pin="979216000105", birth_date=date(2016, 1, 1))
    account = record_account_of(child.id, phone="0100000105")
    now = wall_now()
    new = record_session(account, [UsedFactor(one, now) for one in (Factor.PASSWORD, Factor.TOTP)], now=now)
    db.session.commit()
    browser = browse(app, Citizen(child.id, account, new))
    page = open_question(browser, kiosk.show_code()["user_code"])
    refused = fill_in(browser, page, "approve", passcode=PASSCODE)
    assert (refused.status_code, "guardian_missing" in refused.text) == (403, True)
    assert error_of(kiosk.poll_device()) == (400, "authorization_pending")


@one_engine
def test_a_no_ends_it(kiosk: Counter, browser: FlaskClient, citizen: Citizen) -> None:
    page = open_question(browser, kiosk.show_code()["user_code"])
    assert fill_in(browser, page, "deny").status_code == 303
    assert error_of(kiosk.poll_device()) == (400, "access_denied")
    db.session.rollback()
    [found] = find_disclosures(citizen.person_id, since=NOON - timedelta(days=400))
    assert (found.act, found.details["result"], found.details["attributes"]) == (
        "answer_device_question",
        "refused",
        [],
    )


@one_engine
def test_after_ten_minutes_it_is_over(kiosk: Counter, app: Flask, make_citizen: Callable[..., Citizen]) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        browser = browse(app, make_citizen())
        shown = kiosk.show_code()
        now.shift(timedelta(minutes=10))
        db.session.execute(update(SignInSession).values(seen_at=NOON + timedelta(minutes=10)))
        db.session.commit()
        assert error_of(kiosk.poll_device()) == (400, "expired_token")
        assert enter(browser, shown["user_code"]).status_code == 404


@one_engine
def test_a_kiosk_that_keeps_no_secret_may_ask_too(app: Flask, browser: FlaskClient) -> None:
    """Section 5.6"""
    public = register_counter("Ki-ốt công cộng", ExtraGrants((DEVICE_CODE,)), auth_method=AuthMethod.NONE)
    named = {"client_id": public.client_id}
    shown = app.test_client().post("/oauth/device", data=named | {"scope": "openid identity"}).get_json()
    page = open_question(browser, shown["user_code"])
    fill_in(browser, page, "approve", passcode=PASSCODE)
    redemption = named | {"grant_type": DEVICE_CODE, "device_code": shown["device_code"]}
    assert app.test_client().post("/oauth/token", data=redemption).status_code == 200


def test_of_many_polls_at_once_exactly_one_gets_tokens(kiosk: Counter, browser: FlaskClient) -> None:
    """Both databases"""
    page = open_question(browser, kiosk.show_code()["user_code"])
    assert fill_in(browser, page, "approve", passcode=PASSCODE).status_code == 303
    db.session.rollback()
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda _: kiosk.poll_device(), range(12)))
    assert [answer.status_code for answer in told].count(200) == 1


@one_engine
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grants": ExtraGrants(("password",)), "redirect_uris": ["https://a.example/"]}, "grant_type_unknown"),
        ({"grants": ExtraGrants(("urn:openid:params:grant-type:ciba",))}, "backchannel_mode"),
        ({"grants": ExtraGrants(("urn:openid:params:grant-type:ciba",), "push")}, "backchannel_mode"),
        ({"grants": ExtraGrants(("urn:openid:params:grant-type:ciba",), "ping")}, "backchannel_endpoint"),
        ({"grants": ExtraGrants((DEVICE_CODE,), "poll")}, "backchannel_mode"),
        (
            {"grants": ExtraGrants(("urn:openid:params:grant-type:ciba",), "ping", "http://counter.example/x")},
            "url_not_allowed",
        ),
        (
            {"grants": ExtraGrants(("urn:openid:params:grant-type:ciba",), "poll", None, "RS256")},
            "backchannel_alg",
        ),
        (
            {
                "grants": ExtraGrants(("urn:ietf:params:oauth:grant-type:token-exchange",)),
                "auth_method": AuthMethod.NONE,
                "redirect_uris": ["https://a.example/"],
            },
            "client_public",
        ),
        ({"grants": ExtraGrants(("urn:ietf:params:oauth:grant-type:token-exchange",))}, "redirect_uri_not_allowed"),
    ],
)
def test_a_registration_that_cannot_be_is_refused(app: Flask, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        register_client(**{"name": "Thử", "redirect_uris": [], **changes})
    assert refused.value.code == code


@one_engine
def test_with_profile_fapi2_there_is_no_device_flow(app: Flask) -> None:
    with pytest.raises(Malformed) as refused:
        register_keyed(grants=ExtraGrants((DEVICE_CODE,)))
    assert refused.value.code == "grant_type_weak"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [({"suspended_at": NOON}, 403, "client_suspended"), ({"sign_ins_per_day": 0}, 303, "")],
)
@one_engine
def test_a_service_that_is_suspended_meanwhile_gets_no_answer(
    kiosk: Counter, browser: FlaskClient, change: dict[str, Any], status: int, code: str
) -> None:
    page = open_question(browser, kiosk.show_code()["user_code"])
    for name, value in change.items():
        setattr(kiosk.registered.client, name, value)
    db.session.commit()
    done = fill_in(browser, page, "approve", passcode=PASSCODE)
    assert (done.status_code, code in done.text) == (status, True)


@one_engine
def test_an_answer_on_another_device_is_a_sign_in_of_the_day(kiosk: Counter, browser: FlaskClient) -> None:
    kiosk.registered.client.sign_ins_per_day = 1
    db.session.commit()
    for status in (303, 429):
        page = open_question(browser, kiosk.show_code()["user_code"])
        assert fill_in(browser, page, "approve", passcode=PASSCODE).status_code == status
