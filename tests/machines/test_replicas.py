"""Marked reads go to a replica that has all that the reader wrote, and to the primary where there is none.

A second database stands in for the replica: it holds another list than the primary, so that one sees who answered, and says
that it has replayed whatever the primary has written. A real one follows in test_streaming_replica.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from eid import replicas
from eid.app import create_app
from eid.audit import find_acts_about, record_act
from eid.clock import wall_now
from eid.config import EXTENSION, Settings
from eid.db import close_database, db
from eid.errors import Malformed
from eid.replicas import COOKIE
from tests.conftest import Databases, make_settings, running_app
from tests.live import free_port

PRIMARYS, REPLICAS = 1, 2
LISTS = "/api/v1/status-lists"


@pytest.fixture(scope="module")
def both(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = Path(tmp_path_factory.mktemp("replicas"))
    with databases.empty("postgresql", folder) as primary, databases.empty("postgresql", folder) as replica:
        for url, number in ((primary, PRIMARYS), (replica, REPLICAS)):
            with psycopg.connect(url) as connection:
                connection.execute("INSERT INTO paper_status_lists (id, opened_at) VALUES (%s, now())", (number,))
        yield make_settings(folder / "state", primary, replica_urls=(replica,))


@pytest.fixture
def app(both: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr(replicas, "_REPLICA", replicas._PRIMARY)
    with running_app(both) as app:
        yield app
        close_database()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _who_answers(client: FlaskClient) -> int:
    [address] = client.get(LISTS).get_json()["status_lists"]
    return int(address.rsplit("/", 1)[1])


def test_a_marked_read_goes_to_the_replica_and_another_does_not(app: Flask, client: FlaskClient) -> None:
    assert _who_answers(client) == REPLICAS
    assert db.session.scalar(text("SELECT id FROM paper_status_lists")) == PRIMARYS


def test_a_list_that_the_replica_does_not_know_yet_is_asked_for_at_the_primary(client: FlaskClient) -> None:
    assert client.get(f"{LISTS}/{PRIMARYS}").status_code == 200
    assert client.get(f"{LISTS}/3").status_code == 404


def test_a_browser_reads_what_it_wrote(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(wall_now()) as clock:
        assert _who_answers(client) == REPLICAS
        answer = client.post("/citizen/sign-in", data={"pin": "x"})
        [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE)]
        assert "HttpOnly" in cookie and "Max-Age=60" in cookie
        assert _who_answers(client) == PRIMARYS, "the replica may not have it yet"
        assert _who_answers(app.test_client()) == REPLICAS, "other browsers wrote nothing"
        clock.shift(2.5)
        assert _who_answers(client) == REPLICAS, "by now it has"


def test_a_cookie_of_somebody_elses_making_counts_as_none(client: FlaskClient) -> None:
    client.set_cookie(COOKIE, "99999999999.AAAA")
    assert _who_answers(client) == REPLICAS


def test_programs_are_given_no_cookie(client: FlaskClient) -> None:
    assert not client.post("/oauth/token").headers.getlist("Set-Cookie")


def test_a_persons_history_has_what_was_done_a_moment_ago_by_anybody(app: Flask) -> None:
    with time_machine.travel(wall_now()) as clock:
        record_act("lock_account", person_id=7)
        db.session.commit()
        assert [entry.act for entry in find_acts_about(7)] == ["lock_account"]
        clock.shift(10)
        assert find_acts_about(7) == [], "by now a replica would have it; the stand-in shows that it was asked"
        with app.test_request_context("/citizen/sign-in", method="POST"):
            assert [entry.act for entry in find_acts_about(7)] == ["lock_account"], "who writes reads from the primary"


@pytest.mark.parametrize("place", ["0::bigint", "NULL::bigint"], ids=["far behind", "no replica"])
def test_a_server_that_lags_or_follows_nobody_is_not_read_from(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(replicas, "_REPLICA", text(f"SELECT {place}"))
    assert _who_answers(client) == PRIMARYS


def test_a_replica_is_read_from_as_long_as_it_is_near_enough(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(wall_now()) as clock:
        assert _who_answers(client) == REPLICAS
        standing = db.session.scalar(replicas._PRIMARY)
        monkeypatch.setattr(replicas, "_REPLICA", text(f"SELECT {standing}::bigint"))
        record_act("advance")
        db.session.commit()
        for seconds, expected in ((2, REPLICAS), (2, REPLICAS), (2, PRIMARYS)):
            clock.shift(seconds)
            assert _who_answers(client) == expected


def test_a_dead_replica_costs_one_try_in_ten_seconds(
    both: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = replace(both, replica_urls=(f"postgresql://eid@127.0.0.1:{free_port()}/eid",), log_level="warning")
    with running_app(dead) as app, time_machine.travel(wall_now()) as clock:
        for _ in range(4):
            assert _who_answers(app.test_client()) == PRIMARYS
            clock.shift(3)
        assert capsys.readouterr().err.count("replica_failed") == 1
        clock.shift(3)
        assert _who_answers(app.test_client()) == PRIMARYS
        assert capsys.readouterr().err.count("replica_failed") == 1
        close_database()


def test_a_replica_that_dies_between_two_reads_is_covered_by_the_primary(app: Flask, client: FlaskClient) -> None:
    assert _who_answers(client) == REPLICAS
    known, engine = app.extensions[replicas.EXTENSION], db.engines["replica-0"]
    engine.dispose()
    name = engine.url.database
    with psycopg.connect(app.extensions[EXTENSION].database_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            assert _who_answers(client) == PRIMARYS
            assert known.replicas[0].as_of is None
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_replicas_beside_sqlite_are_refused() -> None:
    with pytest.raises(Malformed) as refused:
        create_app(Settings(replica_urls=("postgresql://eid@db.example/eid",)))
    assert refused.value.code == "setting_replica_urls"
    assert timedelta(seconds=Settings().replica_lag_seconds) < replicas.REMEMBERED
