"""What production refuses to start with, and how its keys come to be."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from contextlib import nullcontext
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from flask import Flask
from sqlalchemy import event, text

from eid.agencies.conduct import AGENCIES
from eid.app import create_app
from eid.audit import record_act
from eid.audit_seal.sealing import find_standing
from eid.background import Background
from eid.cli import workers
from eid.config import Settings
from eid.db import current_engine, db
from eid.demo.people import prepare_cast
from eid.signing_keys import SERVICE_USES
from tests.cli.conftest import Typed
from tests.engines import one_engine
from tests.live import free_port


def production(state: Path, database_url: str) -> dict[str, str]:
    """The settings of a production service, as the environment has them."""
    return {
        "EID_MODE": "production",
        "EID_PUBLIC_URL": "https://eid.example",
        "EID_FACE_MATCHER": "none",
        "EID_STATE_DIR": str(state),
        "EID_DATABASE_URL": database_url,
    }


def test_production_does_not_start_without_keys_and_the_operator_makes_them(
    typed: Typed, settings: Settings, tmp_path: Path
) -> None:
    environ = production(tmp_path / "production", settings.database_url)
    refused = typed("db", "check", **environ)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "lacks a key" in refused.stderr
    assert typed("keys", "make").returncode == 0
    listed = json.loads(typed("keys", "list", "--json").stdout)
    agencies = {f"agencies/{agency.name}" for agency in AGENCIES}
    assert {key["use"] for key in listed} == {str(use) for use in SERVICE_USES} | agencies
    assert typed("keys", "make").returncode == 0
    assert json.loads(typed("keys", "list", "--json").stdout) == listed
    assert typed("db", "check").returncode == 0


def test_production_does_not_serve_people_whose_secrets_everybody_knows(app: Flask, settings: Settings) -> None:
    """A process of its own, as an operator would start it."""
    prepare_cast(settings.cards_dir, lambda: None)
    command = [sys.executable, "-m", "eid", "serve", "--port", str(free_port())]
    environ = production(settings.state_dir, settings.database_url)
    refused = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "cast" in refused.stderr


@one_engine
def test_workers_seal_the_log_while_they_serve_and_count_together(app: Flask, settings: Settings) -> None:
    """Two workers: the log of each second is sealed once, and whoever reads the figures reads those of both."""
    for _ in range(3):
        record_act("look_up_person")
    db.session.commit()
    port = free_port()
    environment = {"EID_STATE_DIR": str(settings.state_dir), "EID_DATABASE_URL": settings.database_url}
    command = [sys.executable, "-m", "eid", "serve", "--workers", "2", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as serving:
        try:
            for _ in range(600):
                if not find_standing().unsealed:
                    break
                db.session.rollback()
                time.sleep(0.1)
            for _ in range(8):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
                    assert answer.status == 200
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                figures = answer.read().decode()
        finally:
            serving.terminate()
    standing = find_standing()
    assert (standing.batches, standing.unsealed) == (1, 0)
    assert 'eid_acts_total{act="health.show_health",outcome="done"} 8.0\n' in figures
    assert "eid_requests_in_progress 1.0\n" in figures


@one_engine
def test_a_worker_has_read_its_keys_before_anybody_asks_for_them(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some services wait half a second for the keys; reading those of four algorithms may take as long on a busy machine"""
    app.test_client().get("/oauth/jwks.json")
    worker = create_app(settings)
    workers.read_published_keys(worker)
    reading: list[bytes] = []

    def read(pem: bytes, **_: object) -> None:
        reading.append(pem)
        raise ValueError("read again")

    monkeypatch.setattr(serialization, "load_pem_private_key", read)
    answer = worker.test_client().get("/oauth/jwks.json")
    assert (answer.status_code, len(answer.get_json()["keys"]), reading) == (200, 4, [])


@one_engine
def test_each_worker_seals_delivers_and_tidies(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(workers, "made_for_good", nullcontext)
    started: list[str] = []
    monkeypatch.setattr(Background, "start", lambda background: started.append(background.name))
    workers.load_app.cache_clear()
    try:
        with workers.load_worker().app_context():
            db.engine.dispose()
    finally:
        workers.load_app.cache_clear()
    assert started == ["audit-sealer", "courier", "tidier"]


def test_workers_inherit_an_application_that_holds_no_connection(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is looked up before anybody is forked is looked up on connections that are closed by then"""
    held, looked = set[int](), []

    def look_up(made: Flask) -> None:
        with made.app_context():
            looked.append(db.session.execute(text("SELECT 1")).scalar())
            event.listen(current_engine(), "close", lambda connection, _record: held.discard(id(connection)))
            held.add(id(db.session.connection().connection.driver_connection))

    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    monkeypatch.setattr(workers, "check_may_serve", look_up)
    monkeypatch.setattr(workers, "made_for_good", nullcontext)
    workers.load_app.cache_clear()
    try:
        made = workers.prepare_workers()
        assert (workers.load_app() is made, looked, held) == (True, [1], set())
    finally:
        workers.load_app.cache_clear()
