"""RFC 8693: a citizen's token becomes a narrower one for one other service, which the citizen has agreed to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import select

from eid.audit import find_disclosures
from eid.db import db
from eid.oauth.client_choices import ClientChoices
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import find_consents, withdraw_attribute
from eid.oauth.grant_types import TOKEN_EXCHANGE, ExtraGrants
from eid.oauth.grants import ACCESS_TOKEN_LIFE
from eid.oauth.models import AccessToken
from eid.oauth.token_exchange import ACCESS_TOKEN, JWT
from tests.conformance.logout import claims_of
from tests.engines import one_engine
from tests.oauth.conftest import BACK, ISSUER, Citizen, answer_at, redeem, request_of
from tests.oauth.decoupled import Counter, browse, error_of, fill_in
from tests.oauth.proving import HeldKey, proven
from tests.people import PASSCODE

AGENCY, OTHER = "https://insurance.example/api", "https://tax.example/api"


def register_agent(**changes: Any) -> RegisteredClient:
    given = {
        "name": "Trợ lý Thử",
        "purpose": "Nộp hồ sơ thay bạn",
        "redirect_uris": [BACK],
        "scopes": ["openid", "identity", "phone", "offline_access"],
        "choices": ClientChoices(resources=(AGENCY, OTHER)),
        "grants": ExtraGrants((TOKEN_EXCHANGE,)),
    }
    return register_client(**given | changes)


@pytest.fixture
def agent(app: Flask) -> Counter:
    return Counter(app, register_agent())


@pytest.fixture
def browser(app: Flask, citizen: Citizen) -> FlaskClient:
    return browse(app, citizen)


def sign_in(browser: FlaskClient, agent: Counter, untick: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    """The agent's own tokens, after the citizen agreed that it may act at the agency."""
    asked = request_of(agent.registered) | {"resource": AGENCY} | changes
    led = browser.get("/oauth/authorize", query_string=asked)
    page = browser.get(led.headers["Location"])
    assert AGENCY in page.text, "the consent names where the token goes"
    back = fill_in(browser, page, "approve", untick=untick, passcode=PASSCODE)
    found: dict[str, Any] = redeem(agent.app.test_client(), agent.registered, answer_at(back)["code"]).get_json()
    return found


def exchange(agent: Counter, token: str, **changes: str | None) -> Any:
    good: dict[str, str | None] = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
        "resource": AGENCY,
        "scope": "identity",
    }
    return agent.send("/oauth/token", **good | changes)


@one_engine
def test_a_token_becomes_a_narrower_one_for_the_agency(
    app: Flask, agent: Counter, browser: FlaskClient, citizen: Citizen
) -> None:
    """RFC 8693, sections 2.2.1 and 4.1; RFC 9068; RFC 8707"""
    own = sign_in(browser, agent)
    given = exchange(agent, own["access_token"]).get_json()
    assert (given["issued_token_type"], given["token_type"], given["scope"]) == (ACCESS_TOKEN, "Bearer", "identity")
    assert not {"id_token", "refresh_token"} & given.keys()
    keys = KeySet.import_key_set(app.test_client().get("/oauth/jwks.json").get_json())
    assert jws.deserialize_compact(given["access_token"], keys, algorithms=["ES256"])
    claims = claims_of(given["access_token"])
    assert claims["aud"] == AGENCY
    assert claims["act"] == {"sub": agent.registered.client_id}
    assert (claims["sub"], claims["scope"]) == (claims_of(own["id_token"])["sub"], "identity")
    told = agent.send("/oauth/introspect", token=given["access_token"]).get_json()
    assert (told["active"], told["act"], told["aud"]) == (True, {"sub": agent.registered.client_id}, [AGENCY])
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert app.test_client().get("/oauth/userinfo", headers=bearer).status_code == 401, "it is for the agency alone"
    own_reads = {"Authorization": f"Bearer {own['access_token']}"}
    assert app.test_client().get("/oauth/userinfo", headers=own_reads).status_code == 200
    db.session.rollback()
    found = find_disclosures(citizen.person_id, since=datetime(2020, 1, 1, tzinfo=UTC))
    [passed] = [entry for entry in found if entry.act == "exchange_token"]
    assert (passed.details["resource"], "pin" in passed.details["attributes"]) == (AGENCY, True)
    assert "phone_number" not in passed.details["attributes"]


@one_engine
def test_for_ourselves_it_is_only_narrower(app: Flask, agent: Counter, browser: FlaskClient) -> None:
    own = sign_in(browser, agent)
    given = exchange(agent, own["access_token"], resource=None, audience=ISSUER, scope="openid phone").get_json()
    told = app.test_client().get("/oauth/userinfo", headers={"Authorization": f"Bearer {given['access_token']}"})
    assert set(told.get_json()) == {"sub", "phone_number", "phone_number_verified"}


@one_engine
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "invalid_request"),
        ({"subject_token": "unknown"}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"resource": OTHER}, "invalid_target"),
        ({"resource": "https://unknown.example/"}, "invalid_target"),
        ({"resource": None}, "invalid_target"),
        ({"audience": OTHER}, "invalid_target"),
        ({"scope": "address"}, "invalid_scope"),
        ({"scope": "identity email"}, "invalid_scope"),
    ],
)
def test_what_widens_or_cannot_be_is_refused(
    agent: Counter, browser: FlaskClient, changes: dict[str, Any], error: str
) -> None:
    """RFC 8693, section 2.2.2: OTHER is registered for the client, and nobody agreed to it"""
    token = sign_in(browser, agent)["access_token"]
    assert error_of(exchange(agent, token, **changes)) == (400, error)
    assert exchange(agent, token, requested_token_type=JWT).status_code == 200


@one_engine
def test_only_the_client_of_the_token_that_is_registered_for_it_exchanges(
    app: Flask, agent: Counter, browser: FlaskClient
) -> None:
    token = sign_in(browser, agent)["access_token"]
    other = Counter(app, register_agent(name="Trợ lý khác"))
    assert error_of(exchange(other, token)) == (400, "invalid_request")
    plain = Counter(app, register_agent(name="Không", grants=ExtraGrants()))
    assert error_of(exchange(plain, token)) == (400, "unauthorized_client")
    given = exchange(agent, token, resource=ISSUER).get_json()["access_token"]
    assert error_of(exchange(agent, given)) == (400, "invalid_request"), "what was exchanged is not exchanged again"


@one_engine
def test_what_the_citizen_does_not_agree_to_is_no_target(agent: Counter, browser: FlaskClient) -> None:
    token = sign_in(browser, agent, untick=(f"pass_on:{AGENCY}",))["access_token"]
    assert error_of(exchange(agent, token)) == (400, "invalid_target")


@one_engine
def test_it_ends_with_the_token_that_it_was_given_for(
    app: Flask, agent: Counter, browser: FlaskClient, citizen: Citizen
) -> None:
    def is_active(token: str) -> bool:
        return bool(agent.send("/oauth/introspect", token=token).get_json()["active"])

    first = sign_in(browser, agent)["access_token"]
    given = exchange(agent, first).get_json()["access_token"]
    assert is_active(given)
    agent.send("/oauth/revoke", token=first)
    assert not is_active(given)
    assert error_of(exchange(agent, first)) == (400, "invalid_request")
    again = browser.get("/oauth/authorize", query_string=request_of(agent.registered) | {"resource": AGENCY})
    second = redeem(app.test_client(), agent.registered, answer_at(again)["code"]).get_json()["access_token"]
    given = exchange(agent, second).get_json()["access_token"]
    [consent] = find_consents(citizen.person_id)
    withdraw_attribute(citizen.person_id, consent.id, f"pass_on:{AGENCY}")
    assert not is_active(given)


@one_engine
def test_it_never_lives_longer(agent: Counter, app: Flask, make_citizen: Any) -> None:
    noon = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    with time_machine.travel(noon, tick=False) as now:
        token = sign_in(browse(app, make_citizen()), agent)["access_token"]
        now.shift(ACCESS_TOKEN_LIFE - timedelta(seconds=30))
        given = exchange(agent, token).get_json()
        assert given["expires_in"] == 30
        assert claims_of(given["access_token"])["exp"] == (noon + ACCESS_TOKEN_LIFE).timestamp()
        now.shift(timedelta(seconds=31))
        assert error_of(exchange(agent, token)) == (400, "invalid_request")
    rows = db.session.scalars(select(AccessToken).order_by(AccessToken.id)).all()
    assert [row.parent_id for row in rows] == [None, rows[0].id]


@one_engine
def test_a_token_that_is_bound_to_a_key_is_exchanged_by_its_holder(
    app: Flask, agent: Counter, browser: FlaskClient
) -> None:
    """RFC 9449: neither is a bound token exchanged for a loose one, nor by whoever copied it"""
    key, asked = HeldKey.generate(), request_of(agent.registered) | {"resource": AGENCY}
    page = browser.get(browser.get("/oauth/authorize", query_string=asked).headers["Location"])
    code = answer_at(fill_in(browser, page, "approve", passcode=PASSCODE))["code"]
    client = app.test_client()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": "v" * 43}
    bound = client.post("/oauth/token", data=form, auth=agent.proof, headers=proven(client, key, "/oauth/token"))
    token = bound.get_json()["access_token"]
    assert error_of(exchange(agent, token)) == (400, "invalid_request")
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
        "resource": AGENCY,
    }
    stranger = proven(client, HeldKey.generate(), "/oauth/token")
    assert error_of(client.post("/oauth/token", data=form, auth=agent.proof, headers=stranger))[1] == "invalid_request"
    holder = proven(client, key, "/oauth/token")
    given = client.post("/oauth/token", data=form, auth=agent.proof, headers=holder).get_json()
    assert given["token_type"] == "DPoP"
    assert claims_of(given["access_token"])["cnf"] == {"jkt": key.jkt}
