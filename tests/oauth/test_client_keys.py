"""Keys at an address of the client's: fetched, kept, fetched anew when they change, and not more often than that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.errors import Unavailable
from eid.oauth.client_keys import FetchedKeys, find_kept_keys
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import RegisteredClient
from tests.engines import one_engine
from tests.oauth.assertions import claims_of, jwks_of, key_for, proof_of, register_keyed, sign
from tests.oauth.test_client_authentication import ask
from tests.test_fetching import Peer, peer

pytestmark = one_engine


class KeyServer:
    """A client's address with its keys, which the test changes."""

    def __init__(self) -> None:
        self.document: Any = jwks_of(key_for("ES256"))
        self.status = b"200 OK"

    def __call__(self, connection: Any) -> None:
        body = self.document if isinstance(self.document, bytes) else json.dumps(self.document).encode()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/jwk-set+json\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (self.status, len(body)) + body)


@pytest.fixture
def keys() -> KeyServer:
    return KeyServer()


@pytest.fixture
def server(keys: KeyServer) -> Iterator[Peer]:
    with peer(keys) as running:
        yield running


@pytest.fixture
def bank(app: Flask, server: Peer) -> RegisteredClient:
    return register_keyed(keys=ClientKeys(jwks_uri=server.url), own_scopes=["health_insurance"])


@pytest.fixture
def clock() -> Iterator[Any]:
    """The wall clock, which the test moves; the time of a call is measured by another."""
    with time_machine.travel(wall_now(), tick=True) as traveller:
        yield traveller


def asked_for(bank: RegisteredClient, number: int = 1) -> dict[str, str]:
    key = key_for("ES256", number)
    return proof_of(bank.client_id) | {"client_assertion": sign(claims_of(bank.client_id), key=key)}


def test_keys_are_fetched_once_for_a_quarter_of_an_hour(
    client: FlaskClient, bank: RegisteredClient, server: Peer, clock: Any
) -> None:
    for _ in range(3):
        assert ask(client, asked_for(bank)).status_code == 200
    assert len(server.asked) == 1
    clock.shift(timedelta(minutes=15, seconds=1))
    assert ask(client, asked_for(bank)).status_code == 200
    assert len(server.asked) == 2


def test_a_new_key_is_found_at_its_first_use_and_a_removed_one_is_forgotten(
    client: FlaskClient, bank: RegisteredClient, keys: KeyServer, clock: Any
) -> None:
    assert ask(client, asked_for(bank)).status_code == 200
    keys.document = jwks_of(key_for("ES256", 2))
    clock.shift(timedelta(seconds=31))
    assert ask(client, asked_for(bank, 2)).status_code == 200
    assert ask(client, asked_for(bank, 1)).status_code == 401


def test_whoever_makes_up_keys_makes_us_ask_no_more_than_twice_a_minute(
    client: FlaskClient, bank: RegisteredClient, server: Peer, clock: Any
) -> None:
    assert ask(client, asked_for(bank)).status_code == 200
    clock.shift(timedelta(seconds=31))
    for _ in range(5):
        assert ask(client, asked_for(bank, 3)).status_code == 401
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "broken", [b"rubbish", {"keys": "none"}, {"keys": [{"kty": "oct", "k": "AAAA"}]}, b"[" * 100_000]
)
def test_an_address_without_keys_lets_nobody_in_and_is_left_alone_for_a_while(
    client: FlaskClient, bank: RegisteredClient, keys: KeyServer, server: Peer, broken: Any
) -> None:
    keys.document = broken
    for _ in range(3):
        assert ask(client, asked_for(bank)).status_code == 401
    assert len(server.asked) == 1


def test_an_address_that_fails_for_a_moment_shuts_nobody_out(
    client: FlaskClient, bank: RegisteredClient, keys: KeyServer, clock: Any
) -> None:
    """Else a stranger with a made-up key at the right moment could"""
    assert ask(client, asked_for(bank)).status_code == 200
    keys.status = b"503 Service Unavailable"
    clock.shift(timedelta(seconds=31))
    assert ask(client, asked_for(bank, 3)).status_code == 401
    assert ask(client, asked_for(bank)).status_code == 200
    clock.shift(timedelta(minutes=15))
    assert ask(client, asked_for(bank)).status_code == 401


def test_in_the_middle_of_a_transaction_nobody_is_asked(bank: RegisteredClient, server: Peer) -> None:
    with pytest.raises(Unavailable) as refused:
        find_kept_keys(bank.client)
    assert refused.value.code == "client_keys_unknown"
    assert server.asked == []


def test_the_least_used_sets_are_forgotten_first(app: Flask, server: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eid.oauth.client_keys.MOST_SETS", 2)
    kept = FetchedKeys()
    for name in ("a", "b", "a", "c", "a", "b"):
        kept.find(f"{server.url}?{name}")
    assert [line.split(b"?")[1][:1] for line in server.asked] == [b"a", b"b", b"c", b"b"]
