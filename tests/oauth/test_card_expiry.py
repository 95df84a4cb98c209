"""What services hold ends with the holder's card, and with the account: no clock has to strike for it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from eid.accounts.closing import close_account
from eid.accounts.lifecycle import CloseReason
from eid.cards.service import find_current_card, issue_card
from eid.clock import world_today
from eid.config import Settings
from eid.oauth.clients import RegisteredClient
from eid.population.service import find_person_by_id
from tests.accounts.conftest import world_later
from tests.oauth.conftest import Citizen, redeem
from tests.oauth.test_refresh import GetCode, first, get_code, is_dead, refresh, service

__all__ = ["first", "get_code", "service"]


@pytest.fixture
def days_left(citizen: Citizen) -> int:
    """The citizen has a card; how many days from today is its last one."""
    issue_card(find_person_by_id(citizen.person_id).pin)
    last = find_current_card(citizen.person_id).expires_on
    assert last is not None
    return (last - world_today()).days


def introspect(client: FlaskClient, service: RegisteredClient, token: str) -> dict[str, Any]:
    answer = client.post("/oauth/introspect", data={"token": token}, auth=(service.client_id, service.secret or ""))
    return dict(answer.get_json())


def test_no_token_outlives_the_holders_card(
    client: FlaskClient,
    service: RegisteredClient,
    days_left: int,
    get_code: GetCode,
    settings: Settings,
) -> None:
    """Decree 69/2024, article 15: from the day after the card's last."""
    code, first = get_code(), redeem(client, service, get_code()).get_json()
    token = first["access_token"]
    with world_later(settings, days=days_left):
        assert not is_dead(token)
        assert introspect(client, service, token)["active"]
    with world_later(settings, days=days_left + 1):
        assert is_dead(token)
        assert introspect(client, service, token) == {"active": False}
        assert redeem(client, service, code).get_json()["error"] == "invalid_grant"
        assert refresh(client, service, first["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_a_closed_account_leaves_services_nothing(
    client: FlaskClient,
    service: RegisteredClient,
    citizen: Citizen,
    first: dict[str, Any],
) -> None:
    close_account(citizen.account.id, CloseReason.HOLDER)
    assert is_dead(first["access_token"])
    assert introspect(client, service, first["access_token"]) == {"active": False}
    assert refresh(client, service, first["refresh_token"]).get_json()["error"] == "invalid_grant"
