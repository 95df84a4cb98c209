"""A real replica that follows a real primary: what is read there, what is not, and what happens as it lags and dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from eid.clock import wall_now
from eid.credentials.models import PaperStatusList
from eid.db import close_database, db, upgrade_schema
from eid.replicas import EXTENSION
from eid.web.session import COOKIE as SESSION
from tests.conftest import make_settings, running_app
from tests.heard import listening
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
    number = len(db.session.scalars(select(PaperStatusList)).all()) + 1
    db.session.add(PaperStatusList(id=number, opened_at=wall_now()))
    db.session.commit()
    return number


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it does not come to pass")


def _wait_for_replica(app: Flask, client: FlaskClient) -> None:
    """Until it is known how far it is: who reads looks for that."""
    _until(lambda: _count_lists(client) >= 0 and app.extensions[EXTENSION].replicas[0].as_of is not None)


def test_marked_reads_are_answered_by_the_replica(app: Flask, servers: tuple[Server, Server]) -> None:
    client, number = app.test_client(), _add_list()
    _until(lambda: _count_lists(client) == number)
    _wait_for_replica(app, client)
    with listening(db.engine) as at_primary, listening(db.engines["replica-0"]) as at_replica:
        for _ in range(20):
            assert _count_lists(client) == number
    lists = "FROM paper_status_lists"
    assert len([one for one in at_replica if lists in one]) == 20
    assert not [one for one in at_primary if lists in one]


def test_what_a_browser_wrote_it_reads_and_a_replica_that_stands_still_is_left(
    app: Flask, servers: tuple[Server, Server]
) -> None:
    client = app.test_client()
    with psycopg.connect(servers[1].uri(), autocommit=True) as replica:
        _wait_for_replica(app, client)
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
    client, known = app.test_client(), app.extensions[EXTENSION].replicas[0]
    known.failed_at = None  # what the test before did to it is over
    _until(lambda: client.get(LISTS).status_code == 200 and known.as_of is not None)
    db.session.remove()
    servers[0].stop()
    assert client.get(LISTS).status_code == 200, "the replica is near enough for a while yet"
    refused = client.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=("a", "b"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert refused.get_json()["error"] == "temporarily_unavailable"
    client.set_cookie(SESSION, "a")
    page = client.get("/citizen/")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "1")
    assert "database_unavailable" in page.text
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    servers[0].start()
    assert client.get("/readyz").status_code == 200
