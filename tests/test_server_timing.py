"""Server-Timing: told to whoever asks where the setting allows it, and to nobody else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.app import create_app
from eid.config import Argon2Cost, Mode, ServerTiming, Settings
from eid.scenarios.spending import LAYERS, OUTSIDE, parse_server_timing
from tests.people import PASSWORD
from tests.web.conftest import Browser

ASKED = {"Prefer": "server-timing"}
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
