"""What passes by itself is told as such: 503 and when to come back; what is our fault stays an accident."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from eid.config import Settings
from eid.connecting import UNAVAILABILITIES, find_unavailability
from eid.db import close_database, db
from tests.conftest import Databases, make_settings, running_app

BASIC = ("nobody", "secret")


@pytest.fixture(scope="module")
def narrow(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Of a process that keeps two connections and has little patience."""
    folder = Path(tmp_path_factory.mktemp("lost"))
    with databases.empty("postgresql", folder) as url:
        settings = make_settings(folder / "state", url)
        yield replace(settings, database_pool_size=2, database_pool_timeout_seconds=1)


@pytest.fixture
def app(narrow: Settings) -> Iterator[Flask]:
    with running_app(narrow) as app:
        yield app
        close_database()


def test_a_pool_that_runs_dry_is_told_after_a_moment_and_is_over_when_it_is_over(app: Flask) -> None:
    client = app.test_client()
    client.get("/citizen/sign-in")
    db.session.remove()
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(db.engine.connect())
        answer = client.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=BASIC)
        assert (answer.status_code, answer.get_json()["error"]) == (503, "temporarily_unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.get_json()["code"]) == (503, "database_unavailable")
    assert client.get("/readyz").status_code == 200
    assert client.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=BASIC).status_code == 401


def test_a_connection_that_was_ended_fails_once(app: Flask, narrow: Settings) -> None:
    client = app.test_client()

    def ask() -> int:
        return client.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=BASIC).status_code

    assert ask() == 401
    db.session.remove()
    with psycopg.connect(narrow.database_url, autocommit=True) as operator:
        operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
    assert [ask() for _ in range(3)] == [503, 401, 401]


@pytest.mark.parametrize(
    ("state", "passes"),
    [
        ("40001", True),  # rolled back for another
        ("40P01", True),
        ("53100", True),  # the disk is full
        ("53300", True),  # too many connections
        ("55P03", True),
        ("57P01", True),  # stopped by its operator
        ("25006", True),  # became a replica
        ("23505", False),
        ("42P01", False),
        ("42501", False),
    ],
)
def test_which_failures_pass_is_said_by_their_state(app: Flask, state: str, passes: bool) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(DBAPIError) as failed:
        db.session.execute(text(raising))
    db.session.rollback()
    found = find_unavailability(failed.value)
    assert (found is not None) == passes
    if found is not None:
        assert found.code in UNAVAILABILITIES
        assert "as asked" not in f"{found.detail} {found.reason}"
