"""Server-Timing: told to whoever asks where the setting allows it, and to nobody else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import bindparam, select, text

from eid.accounts.models import Account
from eid.app import create_app
from eid.config import Argon2Cost, Mode, ServerTiming, Settings
from eid.db import db, run, table_of
from eid.prepared import Prepared
from eid.scenarios.spending import LAYERS, OUTSIDE, parse_server_timing
from eid.timing import Layer, begin_ledger, end_ledger
from tests.heard import listening
from tests.people import PASSWORD
from tests.web.conftest import Browser

ASKED = {"Prefer": "server-timing"}
PREPARED = Prepared(select(table_of(Account)).where(table_of(Account).c.id == bindparam("sought")))
METRIC = r"[a-z]+;(dur=\d+\.\d\d|desc=\"[\w.]+\")"


def test_who_asks_is_told_what_an_answer_cost(client: FlaskClient, app: Flask) -> None:
    header = client.get("/citizen/sign-in", headers=ASKED).headers["Server-Timing"]
    assert re.fullmatch(rf"{METRIC}(, {METRIC})*", header)
    told = parse_server_timing(header, elapsed_ms=60_000)
    assert set(told.spent.layers) == set(LAYERS)
    assert told.spent.layers["template"] > 0
    assert told.service == {
        "version": "0.1.0",
        "database": app.config["SQLALCHEMY_DATABASE_URI"].split(":")[0].split("+")[0],
    }


def test_statements_commits_and_hashes_are_counted_by_layer(app: Flask, client: FlaskClient) -> None:
    browser = Browser(client)
    browser.open("/citizen/sign-in")
    assert browser.page is not None
    client.environ_base["HTTP_PREFER"] = "server-timing"
    answer = browser.send("/citizen/sign-in", pin="901190000018", password=PASSWORD)
    told = parse_server_timing(answer.headers["Server-Timing"], elapsed_ms=60_000)
    assert told.spent.statements > 0
    assert min(told.spent.layers[layer] for layer in ("db", "hash", "rest", OUTSIDE)) > 0


def test_each_statement_is_counted_once_by_whatever_way_it_goes(app: Flask) -> None:
    with app.app_context():
        db.session.connection()  # a new one asks the server who it is
        ledger = begin_ledger()
        try:
            run(PREPARED, {"sought": 1})
            assert ledger.statements == 1
            db.session.execute(PREPARED.statement, {"sought": 1})
            db.session.execute(text("SELECT 1"))
            assert ledger.statements == 3
            db.session.execute(text("SELECT 1"), execution_options={"no_parameters": True})
            with listening(db.engine) as heard:
                run(PREPARED, {"sought": 1})
            assert (ledger.statements, len(heard)) == (5, 1)
        finally:
            end_ledger()
        assert ledger.spent[Layer.DATABASE] > 0


def test_prepared_statements_go_to_the_driver_although_an_answer_may_tell_its_timing(app: Flask) -> None:
    with app.app_context():
        assert not db.engine.dispatch.before_cursor_execute


def test_who_does_not_ask_is_not_told(client: FlaskClient) -> None:
    assert "Server-Timing" not in client.get("/healthz").headers
    assert "Server-Timing" not in client.get("/healthz", headers={"Prefer": "respond-async"}).headers


@pytest.mark.parametrize(
    ("mode", "setting", "is_told"),
    [
        (Mode.PRODUCTION, ServerTiming.DEMO, False),
        (Mode.PRODUCTION, ServerTiming.ANYBODY, True),
        (Mode.DEMO, ServerTiming.NOBODY, False),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_setting_decides(app: Flask, settings: Settings, mode: Mode, setting: ServerTiming, is_told: bool) -> None:
    changes = {"public_url": "https://eid.example", "face_matcher": "none", "argon2": Argon2Cost()}
    other = create_app(replace(settings, mode=mode, server_timing=setting, **changes))  # type: ignore[arg-type]
    assert ("Server-Timing" in other.test_client().get("/healthz", headers=ASKED).headers) is is_told
