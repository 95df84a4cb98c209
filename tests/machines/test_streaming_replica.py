"""A real replica that follows a real primary: what is read there, what is not, and what happens as it lags and dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.credentials.models import PaperStatusList
from eid.db import close_database, db, upgrade_schema
from eid.replicas import EXTENSION
from tests.conftest import make_settings, running_app
from tests.machines.streaming import Server, primary_and_replica

pytestmark = pytest.mark.sweep

LISTS = "/api/v1/status-lists"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with primary_and_replica() as both:
        yield both


@pytest.fixture(scope="module")
def app(servers: tuple[Server, Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    primary, replica = servers
    folder = Path(tmp_path_factory.mktemp("streaming"))
    settings = make_settings(folder, primary.uri(), replica_urls=(replica.uri(),), replica_lag_seconds=2)
    with running_app(settings) as app:
        upgrade_schema()
        yield app
        close_database()


def _count_lists(client: FlaskClient) -> int:
    return len(client.get(LISTS).get_json()["status_lists"])


def _add_list() -> int:
    db.session.add(PaperStatusList(opened_at=wall_now()))
    db.session.commit()
    return len(db.session.query(PaperStatusList).all())


def _reads_at(replica: Server) -> int:
    """How many transactions the replica has served; its statistics are told a moment later."""
    with psycopg.connect(replica.uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_sleep(1.2)")
        [number] = connection.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone() or [0]
        return int(number)


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it does not come to pass")


def test_marked_reads_are_answered_by_the_replica(app: Flask, servers: tuple[Server, Server]) -> None:
    client, number = app.test_client(), _add_list()
    _until(lambda: _count_lists(client) == number)
    _until(lambda: app.extensions[EXTENSION].replicas[0].as_of is not None)
    before = _reads_at(servers[1])
    for _ in range(50):
        assert _count_lists(client) == number
    assert _reads_at(servers[1]) - before >= 50


def test_what_a_browser_wrote_it_reads_and_a_replica_that_stands_still_is_left(
    app: Flask, servers: tuple[Server, Server]
) -> None:
    client = app.test_client()
    with psycopg.connect(servers[1].uri(), autocommit=True) as replica:
        _until(lambda: app.extensions[EXTENSION].replicas[0].as_of is not None)
        replica.execute("SELECT pg_wal_replay_pause()")
        try:
            stranger, number = app.test_client(), _add_list()
            client.post("/citizen/sign-in", data={"pin": "x"})
            assert _count_lists(client) == number, "the writer reads from the primary"
            assert _count_lists(stranger) in (number, number - 1), "who wrote nothing may read what was before"
            time.sleep(2.2)
            assert _count_lists(stranger) == number, "beyond two seconds behind nobody reads from it"
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")
    time.sleep(1.1)
    _until(lambda: _count_lists(stranger) == number and app.extensions[EXTENSION].replicas[0].as_of is not None)


def test_a_replica_that_dies_is_noticed_by_nobody(app: Flask, servers: tuple[Server, Server]) -> None:
    client, number = app.test_client(), _add_list()
    _until(lambda: _count_lists(client) == number)
    servers[1].stop()
    assert [_count_lists(client) for _ in range(5)] == [number] * 5
    assert app.extensions[EXTENSION].replicas[0].as_of is None
    servers[1].start()


def test_a_primary_that_dies_is_answered_with_503_and_come_back(app: Flask, servers: tuple[Server, Server]) -> None:
    client = app.test_client()
    db.session.remove()
    servers[0].stop()
    refused = client.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=("a", "b"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.get_json()["error"] == "temporarily_unavailable"
    page = client.post("/citizen/sign-in", data={"pin": "979085000102", "password": "x"})
    assert page.status_code in (400, 503), page.status_code
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    servers[0].start()
    assert client.get("/readyz").status_code == 200
