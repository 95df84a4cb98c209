"""What production refuses to start with, and how its keys come to be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from flask import Flask

from eid.config import Settings
from eid.demo.people import prepare_cast
from tests.live import free_port


def eid(state: Path, database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "EID_MODE": "production",
        "EID_PUBLIC_URL": "https://eid.example",
        "EID_STATE_DIR": str(state),
        "EID_DATABASE_URL": database_url,
    }
    command = [sys.executable, "-m", "eid", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_production_does_not_start_without_keys_and_the_operator_makes_them(settings: Settings, tmp_path: Path) -> None:
    state = tmp_path / "production"
    refused = eid(state, settings.database_url, "db", "check")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "lacks a key" in refused.stderr
    assert eid(state, settings.database_url, "keys", "make").returncode == 0
    listed = json.loads(eid(state, settings.database_url, "keys", "list", "--json").stdout)
    assert set(listed) == {"id-token", "papers", "receipts"}
    assert eid(state, settings.database_url, "keys", "make").returncode == 0
    assert json.loads(eid(state, settings.database_url, "keys", "list", "--json").stdout) == listed
    assert eid(state, settings.database_url, "db", "check").returncode == 0


def test_production_does_not_serve_people_whose_secrets_everybody_knows(app: Flask, settings: Settings) -> None:
    prepare_cast(settings.cards_dir, lambda: None)
    refused = eid(settings.state_dir, settings.database_url, "serve", "--port", str(free_port()))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "cast" in refused.stderr
