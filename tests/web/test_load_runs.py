"""/command-centre/load: what is on, how the last run ended, how to begin one; in the demo only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.app import create_app
from eid.clock import wall_now
from eid.config import Argon2Cost, Mode, Settings
from eid.load_runs import FILE, SILENCE, LoadRun, RunState, find_load_run, write_load_run

ADDRESS = "/command-centre/load"
STEP = {"step": "token", "count": 1234, "errors": 2, "median_ms": 12.4, "p99_ms": 98.7}
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def make_run(**changes: object) -> LoadRun:
    now = wall_now()
    run = LoadRun(
        "clinic", "A <morning>", RunState.ON, now, now, 60.0, 40, 20.0, 90, 50, 45, 5, 1234, 2, 31.0, 14.0, 99.0
    )
    seconds = tuple({"rate": 10 + n, "errors": n % 2, "inside": n} for n in range(20))
    return replace(run, steps=(STEP,), seconds=seconds, server_cpu=0.35, **changes)  # type: ignore[arg-type]


def show(client: FlaskClient, app: Flask, settings: Settings, run: LoadRun | None) -> str:
    settings.state_dir.mkdir(exist_ok=True)
    if run:
        write_load_run(settings.state_dir, run)
    client.set_cookie("eid_locale", "en")
    return client.get(ADDRESS).text


@on_sqlite
def test_where_nothing_was_played_the_page_says_how_to_begin(
    client: FlaskClient, app: Flask, settings: Settings
) -> None:
    page = show(client, app, settings, None)
    assert "No load scenario was played yet." in page
    assert "eid scenarios run morning-at-the-clinic" in page
    assert "http-equiv" not in page
    assert client.get(f"{ADDRESS}/figures").json["is_on"] is False


@on_sqlite
def test_a_run_that_is_on_is_shown_and_renewed_with_and_without_scripts(
    client: FlaskClient, app: Flask, settings: Settings
) -> None:
    page = show(client, app, settings, make_run())
    assert "A &lt;morning&gt;" in page
    assert "under way" in page and "simulation" in page
    assert "people arrive for 40 s more" in page
    assert '<td class="number">1,234</td>' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    figures = client.get(f"{ADDRESS}/figures")
    assert figures.headers["Cache-Control"] == "no-store"
    assert figures.json["is_on"] is True
    assert figures.json["said"] == "31 answers a second, 5 people inside, 2 errors."
    assert figures.json["html"].strip() in page


@on_sqlite
def test_how_the_last_run_ended_is_shown(client: FlaskClient, app: Flask, settings: Settings) -> None:
    run = make_run(state=RunState.FAILED, unmet=("p99 of token: 900 ms (at most 500 ms)",))
    page = show(client, app, settings, run)
    assert "p99 of token: 900 ms (at most 500 ms)" in page
    assert "http-equiv" not in page
    assert client.get(f"{ADDRESS}/figures").json["said"] == "A <morning>: failed"


def test_a_run_whose_player_died_is_on_no_more(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    write_load_run(tmp_path, make_run(written_at=now))
    states = [find_load_run(tmp_path, now=now + since) for since in (SILENCE, SILENCE + timedelta(seconds=1))]
    assert [run.state for run in states if run] == [RunState.ON, RunState.ABANDONED]


def test_what_was_written_is_read_and_no_other_file_is_left(tmp_path: Path) -> None:
    run = make_run()
    write_load_run(tmp_path, run)
    assert find_load_run(tmp_path, now=run.written_at) == run
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"started_at": 5}', '{"state": "on"}'])
def test_a_file_that_is_none_is_no_run(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert find_load_run(tmp_path, now=wall_now()) is None


@on_sqlite
def test_production_has_no_such_page(app: Flask, settings: Settings) -> None:
    production = create_app(
        replace(
            settings, mode=Mode.PRODUCTION, public_url="https://eid.example", face_matcher="none", argon2=Argon2Cost()
        )
    )
    client = production.test_client()
    assert {client.get(address).status_code for address in (ADDRESS, f"{ADDRESS}/figures")} == {404}
