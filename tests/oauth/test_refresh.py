"""Refreshing: RFC 6749, section 6; RFC 9700, section 4.14.2; OpenID Connect Core, sections 11 and 12."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from eid.accounts.lifecycle import LockReason
from eid.accounts.service import lock_account
from eid.clock import wall_now
from eid.db import db
from eid.errors import OAuthError
from eid.oauth.authorize import open_authorization
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import find_consents, record_consent, withdraw_consent
from eid.oauth.models import RefreshToken
from eid.oauth.responses import AuthorizationResponse
from eid.oauth.tokens import check_access_token
from eid.retention.tidying import tidy
from tests.oauth.conftest import BACK, ISSUER, Citizen, redeem, request_of
from tests.turns import both_engines

GetCode = Callable[[], str]


@pytest.fixture
def service(app: Flask) -> RegisteredClient:
    return register_client(name="Phòng khám Thử", redirect_uris=[BACK], purpose="Tiếp nhận người bệnh")


@pytest.fixture
def get_code(citizen: Citizen, service: RegisteredClient) -> GetCode:
    """A code of a grant that may be used while the citizen is away."""
    scopes = ["openid", "identity", "phone", "offline_access"]
    record_consent(citizen.person_id, service.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()

    def get() -> str:
        asked = request_of(service, scope=" ".join(scopes)).items()
        outcome = open_authorization(asked, session=citizen.new_session.session, issuer=ISSUER)
        assert isinstance(outcome, AuthorizationResponse)
        return outcome.parameters["code"]

    return get


@pytest.fixture
def first(client: FlaskClient, service: RegisteredClient, get_code: GetCode) -> dict[str, Any]:
    """The tokens that the code gave."""
    tokens: dict[str, Any] = redeem(client, service, get_code()).get_json()
    return tokens


def refresh(client: FlaskClient, service: RegisteredClient, token: str, **changes: str) -> TestResponse:
    form = {"grant_type": "refresh_token", "refresh_token": token} | changes
    return client.post("/oauth/token", data=form, auth=(service.client_id, service.secret or ""))


def claims_of(id_token: str) -> dict[str, Any]:
    body = id_token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def is_dead(access_token: str) -> bool:
    try:
        check_access_token(access_token)
    except OAuthError as refused:
        return refused.code == "invalid_token"
    return False


def later(seconds: int) -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=False)


def test_a_refresh_gives_new_tokens_and_replaces_the_old_one(
    client: FlaskClient, service: RegisteredClient, first: dict[str, Any]
) -> None:
    """oidcc-refresh-token, fapi2-security-profile-final-refresh-token; OpenID Connect Core, section 12.2"""
    answer = refresh(client, service, first["refresh_token"])
    second = answer.get_json()
    assert (answer.status_code, second["scope"]) == (200, first["scope"])
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    before, after = claims_of(first["id_token"]), claims_of(second["id_token"])
    assert {name: after[name] for name in ("iss", "sub", "aud", "auth_time", "acr", "sid")} == {
        name: before[name] for name in ("iss", "sub", "aud", "auth_time", "acr", "sid")
    }
    assert "nonce" not in after
    assert first["refresh_token"] not in str([*db.session.execute(select(RefreshToken.__table__))])


def test_without_offline_access_there_is_nothing_to_refresh(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    record_consent(citizen.person_id, service.client, asked=["openid"], granted=["openid"], now=wall_now())
    db.session.commit()
    asked = request_of(service, scope="openid").items()
    outcome = open_authorization(asked, session=citizen.new_session.session, issuer=ISSUER)
    assert isinstance(outcome, AuthorizationResponse)
    assert "refresh_token" not in redeem(client, service, outcome.parameters["code"]).get_json()


def test_a_client_that_lost_the_answer_may_ask_again_for_a_moment(
    client: FlaskClient, service: RegisteredClient, first: dict[str, Any]
) -> None:
    lost = refresh(client, service, first["refresh_token"]).get_json()
    with later(29):
        again = refresh(client, service, first["refresh_token"])
        assert again.status_code == 200
        assert refresh(client, service, again.get_json()["refresh_token"]).status_code == 200
    assert not is_dead(lost["access_token"])


def test_a_spent_token_that_comes_back_revokes_the_whole_grant(
    client: FlaskClient, service: RegisteredClient, first: dict[str, Any]
) -> None:
    """RFC 9700, section 4.14.2"""
    second = refresh(client, service, first["refresh_token"]).get_json()
    with later(31):
        replayed = refresh(client, service, first["refresh_token"])
    assert (replayed.status_code, replayed.get_json()["error"]) == (400, "invalid_grant")
    assert refresh(client, service, second["refresh_token"]).get_json()["error"] == "invalid_grant"
    assert is_dead(second["access_token"])


def test_only_the_one_before_the_newest_may_come_back(
    client: FlaskClient, service: RegisteredClient, first: dict[str, Any]
) -> None:
    second = refresh(client, service, first["refresh_token"]).get_json()
    third = refresh(client, service, second["refresh_token"]).get_json()
    assert refresh(client, service, first["refresh_token"]).get_json()["error"] == "invalid_grant"
    assert is_dead(third["access_token"])


@both_engines
def test_many_refreshes_at_once_all_get_tokens_and_break_nothing(
    app: Flask, service: RegisteredClient, first: dict[str, Any]
) -> None:
    db.session.rollback()

    def attempt(_: int) -> TestResponse:
        return refresh(app.test_client(), service, first["refresh_token"])

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(10)))
    assert [answer.status_code for answer in answers] == [200] * 10
    newest = answers[0].get_json()["refresh_token"]
    assert refresh(app.test_client(), service, newest).status_code == 200


def test_a_code_that_is_used_twice_ends_its_refresh_tokens_too(
    client: FlaskClient, service: RegisteredClient, get_code: GetCode
) -> None:
    """RFC 6749, section 4.1.2"""
    code = get_code()
    token = redeem(client, service, code).get_json()["refresh_token"]
    redeem(client, service, code)
    assert refresh(client, service, token).get_json()["error"] == "invalid_grant"


def test_fewer_scopes_may_be_asked_for_and_no_more(
    client: FlaskClient, service: RegisteredClient, first: dict[str, Any]
) -> None:
    """RFC 6749, section 6: and the next refresh may ask for all of them again"""
    fewer = refresh(client, service, first["refresh_token"], scope="openid phone").get_json()
    assert fewer["scope"] == "openid phone"
    with pytest.raises(OAuthError) as refused:
        check_access_token(fewer["access_token"], "identity")
    assert refused.value.code == "insufficient_scope"
    more = refresh(client, service, fewer["refresh_token"], scope="openid address")
    assert (more.status_code, more.get_json()["error"]) == (400, "invalid_scope")
    assert refresh(client, service, fewer["refresh_token"]).get_json()["scope"] == first["scope"]


def test_a_refresh_token_is_bound_to_its_client(
    client: FlaskClient, service: RegisteredClient, first: dict[str, Any]
) -> None:
    thief = register_client(name="Other", redirect_uris=[BACK])
    assert refresh(client, thief, first["refresh_token"]).get_json()["error"] == "invalid_grant"
    assert refresh(client, service, "unknown").get_json()["error"] == "invalid_grant"
    assert refresh(client, service, "").get_json()["error"] == "invalid_request"
    assert refresh(client, service, first["refresh_token"]).status_code == 200


def test_a_grant_lasts_for_thirty_days_however_often_it_is_refreshed(
    client: FlaskClient, service: RegisteredClient, first: dict[str, Any]
) -> None:
    with later(29 * 24 * 3600):
        second = refresh(client, service, first["refresh_token"])
        assert second.status_code == 200
    with later(30 * 24 * 3600 + 1):
        late = refresh(client, service, second.get_json()["refresh_token"])
        assert late.get_json()["error"] == "invalid_grant"


def test_a_withdrawn_consent_ends_refreshing(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen, first: dict[str, Any]
) -> None:
    [consent] = find_consents(citizen.person_id)
    withdraw_consent(citizen.person_id, consent.id)
    assert refresh(client, service, first["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_a_locked_account_ends_refreshing(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen, first: dict[str, Any]
) -> None:
    lock_account(citizen.account.id, LockReason.HOLDER)
    assert refresh(client, service, first["refresh_token"]).get_json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["code", "refresh_token"])
def test_what_is_used_again_on_the_last_day_of_its_grant_still_revokes_it(
    kind: str, client: FlaskClient, service: RegisteredClient, get_code: GetCode
) -> None:
    """RFC 6749, section 4.1.2; RFC 9700, section 4.14.2: rows of a grant are not deleted before it can give nothing more."""
    code = get_code()
    first = redeem(client, service, code).get_json()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29, hours=23), tick=False):
        newest = refresh(client, service, first["refresh_token"]).get_json()
        assert tidy().rows["access_tokens"] == 1
        assert not is_dead(newest["access_token"])
    with time_machine.travel(datetime.now(UTC) + timedelta(days=29, hours=23, minutes=5), tick=False):
        again = redeem(client, service, code) if kind == "code" else refresh(client, service, first["refresh_token"])
        assert again.get_json()["error"] == "invalid_grant"
        assert is_dead(newest["access_token"])
        assert refresh(client, service, newest["refresh_token"]).get_json()["error"] == "invalid_grant"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=40), tick=False):
        gone = tidy().rows
        assert (gone["refresh_tokens"], gone["authorization_codes"]) == (2, 1)
