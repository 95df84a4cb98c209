"""/metrics: what was done by act, what the country looks like, and for whom it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from eid import metrics
from eid.accounts.lifecycle import LockReason
from eid.accounts.locking import record_lock
from eid.app import create_app
from eid.config import Settings
from eid.db import db
from eid.population.models import Person
from tests.engines import one_engine
from tests.people import HOA, record_account_of, record_one

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read_figures(client: FlaskClient) -> Figures:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def rise(before: Figures, after: Figures, name: str, **labels: str) -> float:
    key = (name, frozenset(labels.items()))
    return after.get(key, 0.0) - before.get(key, 0.0)


@one_engine
def test_requests_are_counted_by_act_and_outcome_and_never_by_address(client: FlaskClient) -> None:
    before = read_figures(client)
    client.get("/citizen/sign-in?next=/citizen/")
    client.get("/citizen/sign-in")
    client.get("/api/v1/status-lists/77")
    client.get("/nobody/079090000001")
    after = read_figures(client)
    assert rise(before, after, "eid_acts_total", act="sign_in.show_sign_in", outcome="done") == 2
    assert rise(before, after, "eid_acts_total", act="status_lists.show_status_list", outcome="refused") == 1
    assert rise(before, after, "eid_acts_total", act="none", outcome="refused") == 1
    assert rise(before, after, "eid_act_duration_seconds_count", act="sign_in.show_sign_in") == 2
    assert rise(before, after, "eid_requests_in_progress") == 0
    assert "079090000001" not in client.get("/metrics").text


@one_engine
def test_an_accident_is_a_failure(app: Flask, settings: Settings) -> None:
    broken = create_app(settings)
    broken.view_functions["health.show_health"] = lambda: 1 / 0
    client = broken.test_client()
    before = read_figures(client)
    assert client.get("/healthz").status_code == 500
    after = read_figures(client)
    assert rise(before, after, "eid_acts_total", act="health.show_health", outcome="failed") == 1
    assert rise(before, after, "eid_requests_in_progress") == 0


def test_the_country_is_counted(app: Flask, client: FlaskClient) -> None:
    person: Person = record_one()
    other = record_one(HOA)
    record_account_of(person.id)
    locked = record_account_of(other.id, phone="0100000101")
    record_lock(locked, LockReason.HOLDER, actor_kind="person", actor=other.id)
    db.session.commit()
    found = read_figures(client)
    assert found["eid_register_people", frozenset()] == 2
    assert found["eid_account_locks", frozenset({("reason", "holder")})] == 1
    places = {(name, dict(labels).get("state")): value for (name, labels), value in found.items()}
    assert (places["eid_accounts", "active"], places["eid_accounts", "locked"]) == (1, 1)
    assert found["eid_audit_entries_unsealed", frozenset()] > 0


@one_engine
def test_figures_are_counted_once_a_minute(app: Flask, client: FlaskClient) -> None:
    assert read_figures(client)["eid_register_people", frozenset()] == 0
    record_one()
    db.session.commit()
    assert read_figures(client)["eid_register_people", frozenset()] == 0


@one_engine
def test_without_a_database_there_are_no_old_figures(settings: Settings, tmp_path: Path) -> None:
    dead = create_app(Settings(state_dir=settings.state_dir, database_url=f"sqlite:///{tmp_path}/none/x.sqlite3"))
    found = read_figures(dead.test_client())
    assert found["eid_country_figures_up", frozenset()] == 0
    assert ("eid_register_people", frozenset()) not in found


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "Via"])
@one_engine
def test_what_a_proxy_passes_on_is_refused(client: FlaskClient, header: str) -> None:
    answer = client.get("/metrics", headers={header: "127.0.0.1"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "metrics_refused")


@one_engine
def test_only_networks_that_the_settings_name_are_answered(client: FlaskClient) -> None:
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "metrics_refused")
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


def test_what_a_dead_worker_had_under_way_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metrics.SHARED_FOLDER, str(tmp_path))
    names = ["gauge_livesum_99999999.db", "gauge_livesum_1.db", "counter_99999999.db"]
    for name in names:
        (tmp_path / name).touch()
    metrics.forget_dead_workers()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
