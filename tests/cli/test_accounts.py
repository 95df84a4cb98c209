"""eid accounts: what each command does, prints, and exits with."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from eid.cards.service import issue_card
from eid.cli import eid
from eid.config import Settings
from eid.db import db
from eid.errors import Conflict, NotFound, Refusal
from tests.engines import one_engine
from tests.people import MINH, record_account_of, record_one

PIN = MINH["pin"]


@pytest.fixture
def command(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on this test's database, where Minh has a card."""
    record_one(MINH)
    db.session.commit()
    issue_card(PIN)
    db.session.remove()
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    return CliRunner()


def run(command: CliRunner, *words: str) -> Result:
    return command.invoke(eid, ["accounts", *words], catch_exceptions=True)


def test_an_account_is_opened_shown_locked_and_unlocked(command: CliRunner) -> None:
    opened = json.loads(run(command, "open", PIN, "--phone", "0100000102", "--json").stdout)
    assert (opened["state"], opened["phone"], opened["card"]) == ("approved", "0100000102", "active")
    locked = json.loads(run(command, "lock", PIN, "--reason", "terms", "--json").stdout)
    assert (locked["state"], locked["locked_for"]) == ("locked", ["terms"])
    assert json.loads(run(command, "unlock", PIN, "--json").stdout)["state"] == "approved"
    shown = run(command, "show", PIN)
    assert shown.exit_code == 0
    assert "Trần Văn Minh" in shown.stdout


def test_without_a_phone_the_simulation_gives_one(command: CliRunner) -> None:
    assert json.loads(run(command, "open", PIN, "--json").stdout)["phone"] == "0100000102"


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        (("show", PIN), NotFound, "account_unknown"),
        (("show", "979085000999"), NotFound, "person_unknown"),
        (("lock", PIN), NotFound, "account_unknown"),
        (("open", "979085000999"), NotFound, "person_unknown"),
    ],
)
def test_what_is_refused_is_refused_by_its_code(
    command: CliRunner, words: tuple[str, ...], kind: type[Refusal], code: str
) -> None:
    refused = run(command, *words).exception
    assert isinstance(refused, kind)
    assert refused.code == code


def test_unlocking_what_is_not_locked_is_refused(command: CliRunner) -> None:
    run(command, "open", PIN)
    refused = run(command, "unlock", PIN).exception
    assert isinstance(refused, Conflict)
    assert refused.code == "account_not_locked"


@one_engine
@pytest.mark.parametrize(
    "words",
    [("open",), ("lock", PIN, "--reason", "death"), ("lock", PIN, "--reason", "authority"), ("appoint", PIN)],
)
def test_misuse_exits_with_2(command: CliRunner, words: tuple[str, ...]) -> None:
    assert run(command, *words).exit_code == 2


@pytest.mark.parametrize("name", ["open", "lock", "unlock", "close", "show", "appoint", "dismiss", "states"])
def test_every_command_has_help_with_an_example(name: str) -> None:
    assert f"Example: eid accounts {name} " in CliRunner().invoke(eid, ["accounts", name, "--help"]).stdout


def test_moving_the_world_beyond_a_cards_last_day_locks_the_account(command: CliRunner) -> None:
    run(command, "open", PIN)
    moved = command.invoke(eid, ["clock", "advance", "--days", "9000"])
    assert moved.exit_code == 0
    shown = json.loads(run(command, "show", PIN, "--json").stdout)
    assert (shown["locked_for"], shown["card"]) == (["card"], "expired")
    assert run(command, "lock-expired").stdout == "Locked: 0.\n"


def test_an_account_is_closed_for_good(command: CliRunner) -> None:
    run(command, "open", PIN)
    refused = run(command, "close", PIN, "--reason", "death").exception
    assert isinstance(refused, Conflict) and refused.code == "person_alive"
    closed = json.loads(run(command, "close", PIN, "--json").stdout)
    assert (closed["state"], closed["locked_for"]) == ("closed", [])
    assert closed["closed_at"]
    again = run(command, "lock", PIN).exception
    assert isinstance(again, Conflict) and again.code == "account_closed"


def test_an_operator_appoints_and_dismisses_an_officer(app: Flask, command: CliRunner) -> None:
    record_account_of(MINH["person_id"])
    db.session.commit()
    db.session.remove()
    words = ("appoint", PIN, "--role", "reviewer", "--place", "Phường Bến Thử")
    assert run(command, *words).stdout == "Appointed: reviewer, Phường Bến Thử.\n"
    assert run(command, "dismiss", PIN).stdout == "Dismissed.\n"
    refused = run(command, "dismiss", PIN).exception
    assert isinstance(refused, NotFound) and refused.code == "officer_unknown"


@one_engine
def test_states_are_drawn(command: CliRunner) -> None:
    assert "approved --> active: activate" in run(command, "states", "account").stdout
    assert "in_review --> refused: refuse" in run(command, "states", "request").stdout
