"""eid db: with no settings at all, the database is the one that `make demo` fills."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from eid.clock import wall_now
from eid.config import Settings
from eid.db import db
from eid.outbox import OutboxMessage, find_messages
from tests.cli.conftest import Typed
from tests.engines import one_engine


def test_without_settings_the_database_is_under_var_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Typed
) -> None:
    (tmp_path / "var").mkdir()
    monkeypatch.chdir(tmp_path)
    assert (upgraded := typed("db", "upgrade")).returncode == 0, upgraded.stderr
    assert typed("db", "check").stdout == "The database answers and has the schema of this version.\n"
    assert typed("population", "synthesise", "--people", "1000", "--seed", "1").returncode == 0
    assert "1000 people, score 100.000" in typed("population", "audit").stdout
    assert (tmp_path / "var" / "eid.sqlite3").is_file()
    assert [folder.name for folder in tmp_path.iterdir()] == ["var"]


@one_engine
def test_what_is_over_is_counted_then_deleted(
    app: Flask, settings: Settings, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    for days in (40, 31, 0):
        message = OutboxMessage(kind="text", recipient="0900000001", body="", posted_at=wall_now() - timedelta(days))
        db.session.add(message)
    db.session.commit()
    assert typed("db", "tidy", "--dry-run").stdout.split() == ["outbox_messages", "2", "2", "rows", "would", "go."]
    tidied = json.loads(typed("db", "tidy", "--json").stdout)
    assert (tidied["dry_run"], tidied["is_whole"], tidied["rows"]["outbox_messages"]) == (False, True, 2)
    assert typed("db", "tidy").stdout == "0 rows are gone.\n"
    assert len(find_messages()) == 1
