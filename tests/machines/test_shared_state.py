"""Two hosts, each a process, on one PostgreSQL: what the one has let in, the other knows."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from eid.db import db
from eid.oauth.clients import RegisteredClient
from eid.oauth.models import Client
from eid.oauth.registration_models import ClientUse
from eid.traffic import AddressWindow
from eid.traffic_limiting import lease_of
from tests.conftest import Databases
from tests.machines.hosts import Answer, SecondHost, second_host
from tests.oauth.assertions import proof_of
from tests.oauth.attacking import CITIZEN, Scene, back_of, error_of, playing
from tests.oauth.conftest import redemption_of
from tests.oauth.proving import HeldKey
from tests.people import PASSWORD
from tests.walker import read_forms

LIMIT = 40


@pytest.fixture(scope="module")
def scene(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = Path(tmp_path_factory.mktemp("machines"))
    proxies = (ip_network("127.0.0.1/32"),)
    changes: dict[str, Any] = {"rate_limit": f"{LIMIT} per hour", "client_certificate_proxies": proxies}
    with playing(databases, "postgresql", folder, **changes) as scene:
        yield scene


@pytest.fixture(scope="module")
def other(scene: Scene) -> Iterator[SecondHost]:
    with second_host(scene.app) as host:
        yield host


def _from(address: str) -> dict[str, str]:
    """As the proxy before us tells of a caller; what stands before its own word, the caller wrote."""
    return {"X-Forwarded-For": f"192.0.2.1, {address}"}


def _as(service: RegisteredClient) -> dict[str, str]:
    pair = f"{service.client_id}:{service.secret}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"} | _from("198.51.100.9")


def _error(answer: Answer) -> str:
    return str(json.loads(answer.text)["error"])


def test_a_code_is_redeemed_at_one_of_them(scene: Scene, other: SecondHost) -> None:
    code = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    form = redemption_of(code, redirect_uri=back_of(scene.honest))
    assert other.call("POST", "/oauth/token", form, _as(scene.honest)).status == 200
    assert error_of(scene.redeem(code, scene.honest)) == (400, "invalid_grant")


def test_a_dpop_proof_that_one_has_seen_is_none_at_the_other(scene: Scene, other: SecondHost) -> None:
    """RFC 9449, section 11.1; and the nonce of one is a nonce of both."""
    code = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    proof = {"DPoP": scene.prove(HeldKey.generate(), "/oauth/token")}
    assert scene.redeem(code, scene.honest, headers=proof).status_code == 200
    again = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    form = redemption_of(again, redirect_uri=back_of(scene.honest))
    replayed = other.call("POST", "/oauth/token", form, _as(scene.honest) | proof)
    assert (replayed.status, _error(replayed)) == (400, "invalid_dpop_proof")
    fresh = {"DPoP": scene.prove(HeldKey.generate(), "/oauth/token")}
    assert other.call("POST", "/oauth/token", form, _as(scene.honest) | fresh).status == 200


def test_an_assertion_that_one_has_seen_is_none_at_the_other(scene: Scene, other: SecondHost) -> None:
    """RFC 7523, section 3."""
    sent = scene.request(scene.bank) | proof_of(scene.bank.client_id, jti=uuid.uuid4().hex)
    assert scene.post("/oauth/par", sent, None).status_code == 201
    replayed = other.call("POST", "/oauth/par", sent, _from("198.51.100.8"))
    assert (replayed.status, _error(replayed)) == (401, "invalid_client")


def test_wrong_passwords_at_one_are_counted_at_the_other(scene: Scene, other: SecondHost) -> None:
    browser = scene.app.test_client()
    form = read_forms(browser.get("/citizen/sign-in", headers=_from("198.51.100.7")).text)[0]
    wrong = dict(form.fields) | {"pin": f"979085000{CITIZEN}", "password": "not the password"}
    for _ in range(5):
        assert browser.post("/citizen/sign-in", data=wrong, headers=_from("198.51.100.7")).status_code < 500
    page = other.call("GET", "/citizen/sign-in", headers=_from("198.51.100.7"))
    form = read_forms(page.text)[0]
    cookie = {"Cookie": page.headers["Set-Cookie"].partition(";")[0]}
    right = dict(form.fields) | {"pin": f"979085000{CITIZEN}", "password": PASSWORD}
    refused = other.call("POST", "/citizen/sign-in", right, cookie | _from("198.51.100.7"))
    assert "too_many_tries" in refused.text, (refused.status, refused.text[:2000])


def test_a_clients_limit_is_of_both_together(scene: Scene, other: SecondHost) -> None:
    with scene.app.app_context():
        change = update(Client).where(Client.client_id == scene.evil.client_id)
        db.session.execute(change.values(requests_per_minute=6))
        db.session.commit()
    form = redemption_of("nothing", redirect_uri=back_of(scene.evil))
    statuses = []
    for _ in range(4):
        statuses.append(scene.redeem("nothing", scene.evil).status_code)
        statuses.append(other.call("POST", "/oauth/token", form, _as(scene.evil)).status)
    with scene.app.app_context():
        its = (ClientUse.client_id == scene.evil.client.id, ClientUse.limit == "requests")
        windows = db.session.scalars(select(ClientUse.taken).where(*its)).all()
    assert max(windows) <= 6
    assert statuses.count(400) <= 6 * len(windows), "a minute may end in between"
    assert 429 in statuses or len(windows) > 1


def test_an_addresss_limit_is_of_both_together_and_of_each_address_by_itself(scene: Scene, other: SecondHost) -> None:
    client, statuses = scene.app.test_client(), []
    for _ in range(LIMIT // 2 + 4):
        statuses.append(client.get("/oauth/jwks.json", headers=_from("203.0.113.5")).status_code)
        statuses.append(other.call("GET", "/oauth/jwks.json", headers=_from("203.0.113.5")).status)
    assert statuses.count(200) == LIMIT
    assert other.call("GET", "/oauth/jwks.json", headers=_from("203.0.113.6")).status == 200
    assert client.get("/healthz", headers=_from("203.0.113.5")).status_code == 200, "whoever watches is no traffic"
    with scene.app.app_context():
        kept = db.session.scalars(select(AddressWindow)).all()
    assert not [row for row in kept if "203.0.113" in row.digest], "addresses are kept as keyed digests"


def test_a_lease_is_a_twentieth_of_what_the_key_says() -> None:
    leases = [lease_of(f"LIMITER/1.2.3.4/a/{allowed}/1/minute") for allowed in (1, 39, 40, 300, 10**6)]
    assert leases == [1, 1, 2, 15, 1000]
