"""The authorization endpoint in the browser: OpenID Connect Core, section 3.1.2; RFC 6749, section 4.1; RFC 9207; RFC 9700."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.sessions import record_rise
from eid.db import db
from eid.oauth.clients import RegisteredClient, find_client, register_client
from eid.oauth.consents import find_consents, withdraw_consent
from eid.oauth.models import AuthorizationCode, Client
from eid.web.session import COOKIE
from tests.oauth.conftest import BACK, ISSUER, Citizen, answer_at, redeem, request_of
from tests.people import PASSCODE


@pytest.fixture
def browser(client: FlaskClient, citizen: Citizen) -> FlaskClient:
    """A browser in which the citizen is signed in."""
    client.set_cookie(COOKIE, citizen.new_session.token)
    return client


def ask(browser: FlaskClient, service: RegisteredClient, **changes: str | None) -> TestResponse:
    return browser.get("/oauth/authorize", query_string=request_of(service, **changes))


def open_consent(browser: FlaskClient, service: RegisteredClient, **changes: str | None) -> str:
    """The address of the consent page."""
    sent_on = ask(browser, service, **changes)
    assert sent_on.status_code == 303
    assert sent_on.headers["Location"].startswith("/oauth/authorize/")
    return sent_on.headers["Location"]


def decide(browser: FlaskClient, address: str, act: str = "approve", **changes: object) -> TestResponse:
    page = browser.get(address)
    assert page.status_code == 200, page.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    given = {"act": act, "scope": ["openid", "identity", "phone"], "passcode": PASSCODE}
    return browser.post(address, data=given | {"csrf_token": token[1]} | changes)


def test_a_signed_in_citizen_who_consents_is_led_back_with_a_code(
    browser: FlaskClient, service: RegisteredClient
) -> None:
    """oidcc-server; RFC 9207, section 2; RFC 9700, section 4.12 (303)"""
    answer = answer_at(decide(browser, open_consent(browser, service)))
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("the-state", ISSUER)
    assert redeem(browser, service, answer["code"]).status_code == 200


def test_the_consent_page_says_who_why_and_what(browser: FlaskClient, service: RegisteredClient) -> None:
    browser.set_cookie("eid_locale", "vi")
    page = browser.get(open_consent(browser, service))
    for text in (
        "Phòng khám Thử",
        "Tiếp nhận người bệnh",
        "https://clinic.example",
        "Số định danh cá nhân",
        "Số điện thoại",
        "Tôi đã đọc và hiểu rõ nội dung mục đích",
        'data-act="approve"',
        'data-act="deny"',
        'name="passcode"',
    ):
        assert text in page.text
    assert page.headers["Content-Security-Policy"].endswith("form-action 'self' https://clinic.example")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def test_what_was_not_ticked_is_not_released(browser: FlaskClient, service: RegisteredClient) -> None:
    address = open_consent(browser, service)
    code = answer_at(decide(browser, address, scope=["openid", "identity"]))["code"]
    tokens = redeem(browser, service, code).get_json()
    assert tokens["scope"] == "openid identity"
    claims = browser.get("/oauth/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}).get_json()
    assert claims["pin"] == "979085000102"
    assert "phone_number" not in claims


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"passcode": "000000"}, "passcode_wrong", 403),
        ({"passcode": ""}, "passcode_wrong", 403),
        ({"scope": ["openid"]}, "consent_required_scope", 400),
        ({"scope": ["openid", "identity", "email"]}, "consent_scope", 400),
    ],
)
def test_a_decision_that_cannot_stand_is_shown_again_and_gives_nothing(
    browser: FlaskClient, service: RegisteredClient, changes: dict[str, object], code: str, status: int
) -> None:
    address = open_consent(browser, service)
    refused = decide(browser, address, **changes)
    assert refused.status_code == status
    assert 'role="alert"' in refused.text and 'data-act="approve"' in refused.text
    assert db.session.scalar(select(func.count()).select_from(AuthorizationCode)) == 0
    answer_at(decide(browser, address))


def test_wrong_passcodes_are_counted(browser: FlaskClient, service: RegisteredClient) -> None:
    address = open_consent(browser, service)
    for _ in range(5):
        assert decide(browser, address, passcode="111222").status_code == 403
    assert decide(browser, address).status_code == 429


def test_refusing_is_told_to_the_service(browser: FlaskClient, service: RegisteredClient) -> None:
    """fapi2-security-profile-final-user-rejects-authentication"""
    address = open_consent(browser, service)
    answer = answer_at(decide(browser, address, act="deny", passcode=""))
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "the-state", ISSUER)
    assert browser.get(address).status_code == 404
    assert open_consent(browser, service) != address


def test_consent_is_remembered_for_the_same_purpose_and_attributes(
    browser: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    answer_at(decide(browser, open_consent(browser, service)))
    assert "code" in answer_at(ask(browser, service))
    assert "code" in answer_at(ask(browser, service, scope="openid identity"))
    open_consent(browser, service, scope="openid identity phone address")
    open_consent(browser, service, prompt="consent")
    client = service.client
    client.purpose = "Quảng cáo"
    db.session.commit()
    open_consent(browser, service)


def test_what_was_refused_stays_refused_until_it_is_asked_for_alone(
    browser: FlaskClient, service: RegisteredClient
) -> None:
    answer_at(decide(browser, open_consent(browser, service), scope=["openid", "identity"]))
    code = answer_at(ask(browser, service))["code"]
    assert redeem(browser, service, code).get_json()["scope"] == "openid identity"
    open_consent(browser, service, scope="openid phone")


def test_a_withdrawn_consent_is_asked_for_again_and_its_tokens_are_dead(
    browser: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    code = answer_at(decide(browser, open_consent(browser, service)))["code"]
    token = redeem(browser, service, code).get_json()["access_token"]
    [consent] = find_consents(citizen.person_id)
    withdraw_consent(citizen.person_id, consent.id)
    assert browser.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    open_consent(browser, service)


@pytest.mark.usefixtures("consented")
def test_an_authorization_request_may_be_posted(browser: FlaskClient, service: RegisteredClient) -> None:
    """oidcc-ensure-post-request-succeeds; the posted form brings no cookie, the redirect after it does"""
    stranger = browser.application.test_client()
    kept = stranger.post("/oauth/authorize", data=request_of(service))
    assert kept.status_code == 303
    assert "code" in answer_at(browser.get(kept.headers["Location"]))


def test_a_stranger_is_sent_to_sign_in_and_the_request_survives(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    sent = ask(client, service, ui_locales="en")
    location = urlsplit(sent.headers["Location"])
    query = parse_qs(location.query)
    assert (sent.status_code, location.path, query["level"]) == (303, "/citizen/sign-in", ["LoA2"])
    page = client.get(sent.headers["Location"])
    assert page.headers["Content-Security-Policy"].endswith("form-action 'self' https://clinic.example")
    client.set_cookie(COOKIE, citizen.new_session.token)
    assert "code" in answer_at(decide(client, query["next"][0]))


def test_a_request_belongs_to_the_session_that_saw_it_first(
    app: Flask, browser: FlaskClient, service: RegisteredClient, make_citizen: Callable[..., Citizen]
) -> None:
    address = open_consent(browser, service)
    assert browser.get(address).status_code == 200
    other = app.test_client()
    assert other.get(address).status_code == 404
    other.set_cookie(COOKIE, make_citizen(103).new_session.token)
    assert other.get(address).status_code == 404
    assert browser.get(address).status_code == 200


def test_a_request_is_over_after_ten_minutes(browser: FlaskClient, service: RegisteredClient) -> None:
    address = open_consent(browser, service)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1), tick=False):
        over = browser.get(address)
    assert over.status_code == 404
    assert over.content_type.startswith("text/html")


def test_a_request_is_answered_once(browser: FlaskClient, service: RegisteredClient) -> None:
    address = open_consent(browser, service)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(address).text)
    assert token is not None
    form = {
        "act": "approve",
        "scope": ["openid", "identity"],
        "passcode": PASSCODE,
        "csrf_token": token[1],
    }
    answer_at(browser.post(address, data=form))
    assert browser.post(address, data=form).status_code == 404
    assert db.session.scalar(select(func.count()).select_from(AuthorizationCode)) == 1


def test_a_decision_without_our_forms_token_is_refused(browser: FlaskClient, service: RegisteredClient) -> None:
    """CSRF: another site's form decides nothing"""
    address = open_consent(browser, service)
    forged = browser.post(address, data={"act": "approve", "scope": "openid", "passcode": PASSCODE})
    assert forged.status_code == 400
    assert db.session.scalar(select(func.count()).select_from(AuthorizationCode)) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "unknown"},
        {"client_id": "a\x00"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": BACK + "?a=1"},
    ],
)
def test_nothing_is_redirected_before_client_and_redirect_uri_are_certain(
    browser: FlaskClient, service: RegisteredClient, changes: dict[str, str | None]
) -> None:
    """RFC 6749, section 4.1.2.1; oidcc-ensure-registered-redirect-uri; RFC 9700, section 4.11: no open redirector"""
    for refused in (
        ask(browser, service, response_type="wrong", **changes),
        browser.post("/oauth/authorize", data=request_of(service, **changes)),
    ):
        assert refused.status_code == 400
        assert "Location" not in refused.headers
        assert refused.content_type.startswith("text/html")
        assert 'href="https://evil.example' not in refused.text


def test_an_error_goes_to_the_service_once_both_are_certain(browser: FlaskClient, service: RegisteredClient) -> None:
    answer = answer_at(ask(browser, service, response_type="token"))
    assert (answer["error"], answer["state"], answer["iss"]) == ("unsupported_response_type", "the-state", ISSUER)


def test_prompt_none_without_a_session_is_refused_at_the_service(
    client: FlaskClient, service: RegisteredClient
) -> None:
    """oidcc-prompt-none-not-logged-in"""
    assert answer_at(ask(client, service, prompt="none"))["error"] == "login_required"


def test_prompt_none_with_session_and_consent_is_answered(
    browser: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    """oidcc-prompt-none-logged-in"""
    assert answer_at(ask(browser, service, prompt="none"))["error"] == "consent_required"
    answer_at(decide(browser, open_consent(browser, service)))
    assert "code" in answer_at(ask(browser, service, prompt="none"))


@pytest.mark.usefixtures("consented")
@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
def test_a_sign_in_that_is_too_old_is_done_again(
    browser: FlaskClient, service: RegisteredClient, changes: dict[str, str]
) -> None:
    """oidcc-prompt-login"""
    sent = ask(browser, service, **changes)
    query = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert urlsplit(sent.headers["Location"]).path == "/citizen/sign-in"
    assert query["again"] == ["yes"]
    again = browser.get(query["next"][0])
    assert urlsplit(again.headers["Location"]).path == "/citizen/sign-in"


@pytest.mark.parametrize("level", ["LoA3", "LoA4"])
def test_a_citizen_at_level_2_is_stepped_up_to_what_a_service_insists_on(
    browser: FlaskClient, service: RegisteredClient, level: str
) -> None:
    claims = f'{{"id_token":{{"acr":{{"essential":true,"values":["{level}"]}}}}}}'
    sent = ask(browser, service, claims=claims)
    query = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert (query["level"], query.get("again")) == ([level], None)
    page = browser.get(sent.headers["Location"])
    assert urlsplit(page.headers["Location"]).path == "/citizen/sign-in/face"


def test_each_factor_has_an_age_of_its_own(
    client: FlaskClient, service: RegisteredClient, make_citizen: Callable[..., Citizen]
) -> None:
    """OpenID Connect Core, section 3.1.2.1, max_age: a code shown just now makes an old password no younger."""
    citizen = make_citizen(factors=(Factor.PASSWORD,))
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=100), tick=False):
        raised = record_rise(citizen.new_session.token, Factor.TOTP, now=datetime.now(UTC))
        db.session.commit()
        client.set_cookie(COOKIE, raised.token)
        sent = ask(client, service, max_age="50")
        query = parse_qs(urlsplit(sent.headers["Location"]).query)
        assert (query["level"], query.get("again")) == (["LoA2"], None)
        page = client.get(sent.headers["Location"])
        assert urlsplit(page.headers["Location"]).path == "/citizen/sign-in/password"
        assert answer_at(ask(client, service, max_age="50", prompt="none"))["error"] == "login_required"
        open_consent(client, service, max_age="50", acr_values="LoA1")
        open_consent(client, service, max_age="150")


@pytest.mark.usefixtures("consented")
def test_max_age_counts_from_the_sign_in(browser: FlaskClient, service: RegisteredClient) -> None:
    """oidcc-max-age-1, oidcc-max-age-10000"""
    assert "code" in answer_at(ask(browser, service, max_age="10000"))
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=5), tick=False):
        assert "/citizen/sign-in" in ask(browser, service, max_age="1").headers["Location"]
        assert answer_at(ask(browser, service, max_age="1", prompt="none"))["error"] == "login_required"


def test_a_session_below_the_level_is_stepped_up(
    client: FlaskClient, service: RegisteredClient, make_citizen: Callable[..., Citizen]
) -> None:
    client.set_cookie(COOKIE, make_citizen(factors=(Factor.PASSWORD,)).new_session.token)
    sent = ask(client, service)
    assert parse_qs(urlsplit(sent.headers["Location"]).query)["level"] == ["LoA2"]
    assert answer_at(ask(client, service, prompt="none"))["error"] == "login_required"
    open_consent(client, service, acr_values="LoA1")


def test_an_essential_level_that_nobody_can_reach_is_refused(browser: FlaskClient, service: RegisteredClient) -> None:
    """OpenID Connect Core Unmet Authentication Requirements 1.0"""
    claims = '{"id_token":{"acr":{"essential":true,"values":["LoA5"]}}}'
    assert answer_at(ask(browser, service, claims=claims))["error"] == "unmet_authentication_requirements"


@pytest.mark.usefixtures("consented")
def test_a_native_client_may_listen_on_any_loopback_port(browser: FlaskClient) -> None:
    """RFC 8252, section 7.3; RFC 9700, section 2.1"""
    native = register_client(
        name="App",
        redirect_uris=["http://127.0.0.1/back"],
        application_type="native",
        auth_method="none",  # type: ignore[arg-type]
    )
    open_consent(browser, native, redirect_uri="http://127.0.0.1:49152/back")


@pytest.mark.usefixtures("consented")
def test_the_authorization_endpoint_is_not_for_scripts_of_other_origins(
    browser: FlaskClient, service: RegisteredClient
) -> None:
    """RFC 9700, section 2.6"""
    answer = browser.get(
        "/oauth/authorize", query_string=request_of(service), headers={"Origin": "https://clinic.example"}
    )
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.fixture
def hint(browser: FlaskClient, service: RegisteredClient, consented: None) -> str:
    """An ID token that the service got for the citizen who is signed in."""
    token: str = redeem(browser, service, answer_at(ask(browser, service))["code"]).get_json()["id_token"]
    return token


def test_a_client_may_say_whom_it_expects(browser: FlaskClient, service: RegisteredClient, hint: str) -> None:
    """oidcc-id-token-hint; an ID token that has expired says it just as well"""
    assert "code" in answer_at(ask(browser, service, id_token_hint=hint, prompt="none"))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=20), tick=False):
        assert "code" in answer_at(ask(browser, service, id_token_hint=hint, prompt="none"))


def test_somebody_else_than_expected_is_asked_to_sign_in_and_then_refused(
    app: Flask, service: RegisteredClient, hint: str, make_citizen: Callable[..., Citizen]
) -> None:
    """OpenID Connect Core, section 3.1.2.1: login_required"""
    other = app.test_client()
    other.set_cookie(COOKIE, make_citizen(103).new_session.token)
    assert answer_at(ask(other, service, id_token_hint=hint, prompt="none"))["error"] == "login_required"
    query = parse_qs(urlsplit(ask(other, service, id_token_hint=hint).headers["Location"]).query)
    assert query["again"] == ["yes"]
    other.set_cookie(COOKIE, make_citizen(104).new_session.token)
    assert answer_at(other.get(query["next"][0]))["error"] == "login_required"


def test_a_hint_that_is_not_ours_or_anothers_is_refused(
    browser: FlaskClient, service: RegisteredClient, hint: str
) -> None:
    other = register_client(name="Other", redirect_uris=[BACK])
    head, body, signature = hint.split(".")
    broken = f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    for wrong, asking in (("x", service), ("a.b.c", service), (broken, service), (hint, other)):
        answer = answer_at(ask(browser, asking, id_token_hint=wrong))
        assert answer["error"] == "invalid_request"


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "suspended": ({"suspended_at": datetime(2026, 1, 1, tzinfo=UTC)}, "client_suspended"),
    "ended": ({"ended_at": datetime(2026, 1, 1, tzinfo=UTC)}, "invalid_request"),
    "another address": ({"redirect_uris": ["https://clinic.example/other"]}, "invalid_request"),
    "fewer scopes": ({"scopes": ["openid"]}, "invalid_scope"),
    "must push": ({"require_pushed_authorization_requests": True}, "invalid_request"),
    "must sign": ({"require_signed_request_object": True}, "invalid_request"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_client_is_obeyed_by_the_very_next_request(
    browser: FlaskClient, service: RegisteredClient, consented: None, change: str
) -> None:
    """And so is its taking back; whatever was kept of the client."""
    assert "code" in answer_at(ask(browser, service))
    columns, code = CHANGES[change]
    before = {name: getattr(find_client(service.client_id), name) for name in columns}
    for values in (columns, before, columns):
        db.session.execute(update(Client).where(Client.client_id == service.client_id).values(values))
        db.session.commit()
        answered = ask(browser, service)
        if values is before:
            assert "code" in answer_at(answered)
        elif answered.status_code == 303:
            assert answer_at(answered)["error"] == code
        else:
            assert code in answered.text and "Location" not in answered.headers


def test_a_purpose_that_changed_asks_for_consent_anew_at_once(
    browser: FlaskClient, service: RegisteredClient, consented: None
) -> None:
    assert "code" in answer_at(ask(browser, service))
    db.session.execute(update(Client).where(Client.client_id == service.client_id).values(purpose="Quảng cáo"))
    db.session.commit()
    open_consent(browser, service)
