"""eid clients: what a script relies on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.conftest import Typed

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def run(typed: Typed, database_url: str, tmp_path: Path) -> Run:
    return partial(typed, "clients", EID_DATABASE_URL=database_url, EID_STATE_DIR=str(tmp_path / "state"))


def test_a_service_is_registered_and_its_secret_printed_once(run: Run) -> None:
    words = ("--name", "Phòng khám", "--redirect-uri", "http://localhost:9000/callback", "--profile", "basic")
    done = run("register", *words, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["client_secret"]) == 43
    assert {"openid", "health_insurance"} <= set(found["scope"].split())
    listed = run("list")
    assert found["client_id"] in listed.stdout and found["client_secret"] not in listed.stdout


def test_what_there_is_not_yet_is_misuse_and_a_bad_address_is_refused(run: Run) -> None:
    assert (
        run("register", "--name", "Bank", "--redirect-uri", "https://b.example/", "--profile", "fapi2").returncode == 2
    )
    assert run("register", "--name", "Bank").returncode == 2
    refused = run("register", "--name", "Bank", "--redirect-uri", "http://bank.example/")
    assert refused.returncode == 1
    assert refused.stderr.startswith("eid: A redirect address starts with https://")
    assert refused.stderr.count("\n") == 1
