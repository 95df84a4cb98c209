"""How much a client may ask for, whatever process it asks: refused with 429 and when to come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from eid.db import db
from eid.oauth import client_limits
from eid.oauth.client_limits import find_limit_uses
from eid.oauth.clients import RegisteredClient
from eid.oauth.limits import WINDOWS, Leases, Limit, lease_of, window_of
from eid.oauth.registration_models import ClientUse
from eid.web.session import COOKIE
from tests.oauth.conftest import Citizen, answer_at, redeem, request_of

NOON = datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC)


@given(st.integers(1, 10**9))
def test_a_lease_is_part_of_a_limit(allowed: int) -> None:
    assert 1 <= lease_of(allowed) <= allowed


@given(st.integers(0, 10**9), st.sampled_from(Limit))
def test_every_moment_lies_in_one_window(seconds: int, limit: Limit) -> None:
    now = NOON + timedelta(seconds=seconds)
    began = window_of(limit, now)
    assert began <= now < began + WINDOWS[limit]
    assert window_of(limit, began) == began


def test_a_process_gives_away_what_it_leased_and_knows_what_is_used_up() -> None:
    leases = Leases()
    assert leases.take("a", Limit.REQUESTS, NOON) is None
    leases.keep("a", Limit.REQUESTS, NOON, 1)
    assert [leases.take("a", Limit.REQUESTS, NOON) for _ in range(2)] == [True, None]
    leases.keep("a", Limit.REQUESTS, NOON, -1)
    assert leases.take("a", Limit.REQUESTS, NOON) is False
    assert leases.take("a", Limit.REQUESTS, NOON + timedelta(minutes=1)) is None


def test_requests_beyond_the_limit_are_refused_until_the_next_minute(
    client: FlaskClient, service: RegisteredClient
) -> None:
    service.client.requests_per_minute = 4
    db.session.commit()
    with time_machine.travel(NOON, tick=False) as clock:
        answers = [redeem(client, service, "x") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [400] * 4 + [429] * 2
        refused = answers[-1]
        assert (refused.get_json()["error"], refused.headers["Retry-After"]) == ("temporarily_unavailable", "40")
        for address in ("/oauth/par", "/oauth/introspect"):
            again = client.post(address, data={"token": "x"}, auth=(service.client_id, service.secret or ""))
            assert again.status_code == 429
        ended = client.post("/oauth/revoke", data={"token": "x"}, auth=(service.client_id, service.secret or ""))
        assert ended.status_code == 200, "what is to end is never refused"
        [requests, _sign_ins] = find_limit_uses(service.client)
        assert (requests.taken, requests.allowed) == (4, 4)
        clock.shift(40)
        assert redeem(client, service, "x").status_code == 400


def test_two_processes_share_one_limit(app: Flask, service: RegisteredClient, monkeypatch: pytest.MonkeyPatch) -> None:
    service.client.requests_per_minute = 100
    db.session.commit()
    with time_machine.travel(NOON, tick=False):
        answers = []
        processes = [Leases(), Leases(), Leases()]
        for number in range(130):
            monkeypatch.setattr(client_limits, "leases", processes[number % 3])
            answers.append(redeem(app.test_client(), service, "x").status_code)
        assert answers.count(400) == 100
        assert db.session.scalars(db.select(ClientUse.taken)).one() == 100


def test_a_wrong_secret_uses_up_nobodys_limit(client: FlaskClient, service: RegisteredClient) -> None:
    redeem(client, RegisteredClient(service.client, service.client_id, "wrong"), "x")
    assert db.session.scalars(db.select(ClientUse)).all() == []


@pytest.mark.usefixtures("consented")
def test_sign_ins_beyond_the_limit_of_the_day_are_refused_on_a_page(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    service.client.sign_ins_per_day = 2
    db.session.commit()
    client.set_cookie(COOKIE, citizen.new_session.token)
    for _ in range(2):
        assert "code" in answer_at(client.get("/oauth/authorize", query_string=request_of(service)))
    refused = client.get("/oauth/authorize", query_string=request_of(service))
    assert (refused.status_code, "client_limit" in refused.text) == (429, True)
    assert 0 < int(refused.headers["Retry-After"]) <= 86400


@pytest.mark.parametrize("own", [0, None])
def test_no_limit_costs_nothing(client: FlaskClient, service: RegisteredClient, own: int | None) -> None:
    service.client.requests_per_minute = own
    db.session.commit()
    redeem(client, service, "x")
    assert len(db.session.scalars(db.select(ClientUse)).all()) == (0 if own == 0 else 1)
