"""Consents that are taken back in part: what still opens, what is asked again, and what two decisions at once leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.audit import find_acts_about
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.oauth.clients import RegisteredClient
from eid.oauth.consents import find_consents, record_consent, withdraw_consent, withdraw_scope
from eid.web.session import COOKIE
from tests.accounts.conftest import in_threads
from tests.oauth.conftest import Citizen, answer_at, redeem, request_of
from tests.turns import both_engines

ASKED = ["openid", "identity", "address", "phone"]


@pytest.fixture
def agreed(citizen: Citizen, service: RegisteredClient) -> int:
    """The citizen has agreed to everything of ASKED; the number of the consent."""
    record_consent(citizen.person_id, service.client, asked=ASKED, granted=ASKED, now=wall_now())
    db.session.commit()
    return find_consents(citizen.person_id)[0].id


@pytest.fixture
def browser(client: FlaskClient, citizen: Citizen) -> FlaskClient:
    """The citizen's browser, signed in."""
    client.set_cookie(COOKIE, citizen.new_session.token)
    return client


def granted_of(citizen: Citizen) -> list[list[str]]:
    db.session.rollback()
    return [list(consent.granted_scopes) for consent in find_consents(citizen.person_id)]


def read_with(browser: FlaskClient, token: str) -> int:
    return browser.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code


def sign_in_at(browser: FlaskClient, service: RegisteredClient) -> dict[str, str]:
    """The token response of a service that is not asked about anything."""
    asked = browser.get("/oauth/authorize", query_string=request_of(service, scope=" ".join(ASKED)))
    tokens: dict[str, str] = redeem(browser, service, answer_at(asked)["code"]).get_json()
    return tokens


def test_a_scope_taken_back_ends_the_tokens_that_carry_it_and_the_service_goes_on_with_the_rest(
    browser: FlaskClient, service: RegisteredClient, citizen: Citizen, agreed: int
) -> None:
    tokens = sign_in_at(browser, service)
    assert tokens["scope"].split() == ASKED
    withdraw_scope(citizen.person_id, agreed, "phone")
    assert read_with(browser, tokens["access_token"]) == 401
    narrower = sign_in_at(browser, service)
    assert narrower["scope"].split() == ["openid", "identity", "address"]
    assert read_with(browser, narrower["access_token"]) == 200
    [*_, act] = sorted(
        (entry for entry in find_acts_about(citizen.person_id) if entry.act == "withdraw_scope"), key=lambda e: e.id
    )
    assert (act.details["client"], act.details["scope"]) == (service.client_id, "phone")


def test_what_is_taken_back_keeps_the_purpose_that_was_agreed_to(
    service: RegisteredClient, citizen: Citizen, agreed: int
) -> None:
    purpose = service.client.purpose
    service.client.purpose = "Quảng cáo"
    db.session.commit()
    withdraw_scope(citizen.person_id, agreed, "phone")
    [consent] = find_consents(citizen.person_id)
    assert (consent.purpose, consent.asked_scopes) == (purpose, ASKED)


@pytest.mark.parametrize("scope", ["openid", "identity"])
def test_what_the_service_needs_ends_with_the_whole_only(citizen: Citizen, agreed: int, scope: str) -> None:
    with pytest.raises(Conflict) as refused:
        withdraw_scope(citizen.person_id, agreed, scope)
    assert refused.value.code == "consent_scope_needed"
    assert granted_of(citizen) == [ASKED]


@pytest.mark.parametrize("scope", ["email", "nonsense", ""])
def test_what_was_not_given_is_taken_back_without_effect(citizen: Citizen, agreed: int, scope: str) -> None:
    withdraw_scope(citizen.person_id, agreed, scope)
    assert granted_of(citizen) == [ASKED]


def test_a_page_from_before_means_the_consent_of_today(citizen: Citizen, agreed: int) -> None:
    withdraw_scope(citizen.person_id, agreed, "phone")
    withdraw_scope(citizen.person_id, agreed, "address")
    assert granted_of(citizen) == [["openid", "identity"]]
    withdraw_consent(citizen.person_id, agreed)
    assert granted_of(citizen) == []
    withdraw_scope(citizen.person_id, agreed, "address")
    assert granted_of(citizen) == []


def test_nobody_takes_back_what_another_gave(
    make_citizen: Callable[..., Citizen], citizen: Citizen, agreed: int
) -> None:
    other = make_citizen(103, given_name="Nam")
    for act in (
        lambda: withdraw_scope(other.person_id, agreed, "phone"),
        lambda: withdraw_consent(other.person_id, agreed),
    ):
        with pytest.raises(NotFound) as refused:
            act()
        assert refused.value.code == "consent_unknown"
    assert granted_of(citizen) == [ASKED]


@both_engines
def test_two_scopes_taken_back_at_once_are_both_gone(app: Flask, citizen: Citizen, agreed: int) -> None:
    person_id = citizen.person_id
    results = in_threads(
        app,
        [
            lambda: withdraw_scope(person_id, agreed, "phone"),
            lambda: withdraw_scope(person_id, agreed, "address"),
            lambda: withdraw_scope(person_id, agreed, "phone"),
        ],
    )
    assert results == [None, None, None]
    assert granted_of(citizen) == [["openid", "identity"]]
