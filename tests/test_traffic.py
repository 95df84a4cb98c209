"""How many requests an address may make: windows that begin and end, on both databases, and who the caller is behind proxies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.clock import wall_now
from eid.config import Settings
from eid.db import db
from eid.traffic import AddressWindow, find_caller_address
from eid.traffic_limiting import SCHEME, DatabaseStorage
from tests.conftest import running_app
from tests.turns import both_engines

KEY = "LIMITER/127.0.0.1/a/60/1/minute"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    proxies = (ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"))
    with running_app(replace(settings, rate_limit="4 per minute", client_certificate_proxies=proxies)) as app:
        yield app


@both_engines
def test_a_window_ends_and_the_next_begins(app: Flask) -> None:
    client = app.test_client()
    with time_machine.travel(wall_now(), tick=False) as clock:
        assert [client.get("/oauth/jwks.json").status_code for _ in range(6)] == [200] * 4 + [429] * 2
        refused = client.get("/oauth/jwks.json")
        assert refused.get_json()["code"] == "too_many_requests"
        clock.shift(59)
        assert client.get("/oauth/jwks.json").status_code == 429
        clock.shift(2)
        assert client.get("/oauth/jwks.json").status_code == 200
        [row] = db.session.scalars(select(AddressWindow)).all()
        assert row.taken == 1
        db.session.rollback()
        clock.shift(3 * 3600)
        assert client.get("/oauth/jwks.json", headers={"X-Forwarded-For": "192.0.2.9"}).status_code == 200
        db.session.rollback()
        assert len(db.session.scalars(select(AddressWindow)).all()) == 1, "windows of an hour ago are gone"


@both_engines
def test_processes_give_away_numbers_that_nobody_else_has(app: Flask) -> None:
    processes = [DatabaseStorage(f"{SCHEME}://") for _ in range(3)]
    with time_machine.travel(wall_now(), tick=False):
        numbers = [processes[turn % 3].incr(KEY, 60) for turn in range(60)]
        assert len(set(numbers)) == 60
        assert max(numbers) <= processes[0].get(KEY) == 63, "leases of a twentieth, of which each process has begun one"
        assert processes[0].get_expiry(KEY) == pytest.approx(wall_now().timestamp() + 60, abs=1)
        processes[0].clear(KEY)
        assert processes[0].incr(KEY, 60) == 1
        assert processes[0].reset() == 1
        assert processes[0].get(KEY) == 0


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "192.0.2.1", "198.51.100.1"),  # no proxy of ours: what it says is its own
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),  # the first was written by whoever called
        ("127.0.0.1", "203.0.113.9, 192.0.2.1, 10.1.2.3", "192.0.2.1"),  # two proxies of ours
        ("127.0.0.1", "203.0.113.9, not an address, 10.1.2.3", "not an address"),
        ("127.0.0.1", ",", "127.0.0.1"),
    ],
)
def test_the_caller_is_whom_the_outermost_proxy_of_ours_saw(app: Flask, peer: str, forwarded: str, caller: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context("/", headers=headers, environ_base={"REMOTE_ADDR": peer}):
        assert find_caller_address() == caller
