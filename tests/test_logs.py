"""The log: one JSON line an event, in the shape that docs/watching.md describes."""

from __future__ import annotations

import json
import re
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.logs import bind_to_log, clear_log, configure_logging, log
from tests.engines import one_engine
from tests.logged import read_log

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


@pytest.fixture(autouse=True)
def _told() -> None:
    configure_logging("info")
    clear_log()


def test_a_line_says_what_happened_with_what_is_bound_its_level_and_its_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bind_to_log(request="abc", code="bound")
    log.info("refused", code="otp_none", reason="Nguyễn", about={1, 2})
    line = capsys.readouterr().err
    assert re.fullmatch(
        '{"code": "otp_none", "reason": "Nguyễn", "about": "{1, 2}", "event": "refused", "request": "abc", '
        rf'"level": "info", "timestamp": "{TIME}"}}\n',
        line,
    )


def test_what_is_bound_is_the_threads_own_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    bind_to_log(request="abc")
    bind_to_log(trace="def")
    elsewhere = Thread(target=log.info, args=("elsewhere",))
    elsewhere.start()
    elsewhere.join()
    log.warning("here")
    clear_log()
    log.warning("afterwards")
    told = [(line["event"], line.get("request"), line.get("trace")) for line in read_log(capsys)]
    assert told == [("elsewhere", None, None), ("here", "abc", "def"), ("afterwards", None, None)]


@pytest.mark.parametrize(
    ("level", "told"),
    [("info", ["info", "warning", "error"]), ("WARNING", ["warning", "error"]), ("error", ["error"]), ("critical", [])],
)
def test_lesser_events_than_the_setting_says_are_not_written(
    level: str, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(level)
    for write in (log.info, log.warning, log.error):
        write("event")
    assert [line["level"] for line in read_log(capsys)] == told


def test_an_exception_is_told_with_its_traceback_on_the_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        json.loads("{")
    except ValueError as error:
        log.error("accident", exc_info=error)
    [line] = read_log(capsys)
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].splitlines()[-1].startswith("json.decoder.JSONDecodeError: ")
    assert list(line) == ["event", "level", "timestamp", "exception"]


@one_engine
@pytest.mark.parametrize(
    ("address", "code"), [("/citizen/sign-in?next=%00", 400), ("/api/v1/nothing", 404), ("/citizen/sign-in", 400)]
)
def test_a_request_that_is_refused_before_its_view_has_a_number_too(
    address: str, code: int, client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("info")
    answer = client.get(address) if "nothing" in address or "%00" in address else client.post(address)
    lines = read_log(capsys)
    assert answer.status_code == code and re.fullmatch("[0-9a-f]{12}", answer.headers["X-Request-Id"])
    assert {line.get("request") for line in lines} == {answer.headers["X-Request-Id"]}
    assert [line["status"] for line in lines if line["event"] == "request"] == [code]


@one_engine
def test_a_request_leaves_a_line_with_its_route_and_number(
    app: Flask, client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("info")
    answer = client.get("/citizen/sign-in?pin=979085000102")
    [line] = [line for line in read_log(capsys) if line["event"] == "request"]
    assert list(line) == ["method", "route", "status", "ms", "event", "request", "level", "timestamp"]
    told = (line["method"], line["route"], line["status"], line["request"])
    assert told == ("GET", "/citizen/sign-in", 200, answer.headers["X-Request-Id"])
    assert "979085000102" not in str(line)
