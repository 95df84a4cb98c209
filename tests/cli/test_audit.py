"""eid audit: sealed, verified, proved and dropped from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from eid.audit import AuditEntry, record_act
from eid.audit_seal.sealing import find_standing
from eid.config import Settings
from eid.db import db
from tests.cli.conftest import Typed
from tests.engines import one_engine


@pytest.fixture
def eid(typed: Typed, settings: Settings, monkeypatch: pytest.MonkeyPatch, app: Flask) -> Typed:
    """`eid audit …` on this test's database, which holds three acts."""
    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    for _ in range(3):
        record_act("look_up_person", person_id=2)
    db.session.commit()
    return lambda *words, **environ: typed("audit", *words, **environ)


def test_a_log_is_sealed_and_verified_and_a_changed_entry_fails_it(eid: Typed) -> None:
    before = json.loads(eid("status", "--json").stdout)
    assert (before["batches"], before["unsealed"], before["root"]) == (0, 3, "00" * 32)
    assert eid("seal", "--once").stdout == "Sealed 3 entries.\n"
    root = json.loads(eid("status", "--json").stdout)["root"]
    sound = eid("verify", "--expect", root)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert "1 batches, 3 entries, 0 not sealed yet." in sound.stdout
    db.session.execute(update(AuditEntry).where(AuditEntry.id == 2).values(actor="somebody"))
    db.session.commit()
    faulty = eid("verify", "--json")
    assert (faulty.returncode, faulty.stderr.count("\n")) == (1, 1)
    report = json.loads(faulty.stdout)
    assert report["verdict"] == "faulty"
    assert [(fault["code"], fault["batch"], fault["entry"]) for fault in report["faults"]] == [("entry_altered", 1, 2)]
    assert "entry_altered" in eid("verify").stdout


@one_engine
def test_a_root_that_is_not_in_the_chain_fails_the_log(eid: Typed) -> None:
    eid("seal", "--once")
    refused = eid("verify", "--expect", "ab" * 32)
    assert (refused.returncode, "root_unknown" in refused.stdout) == (1, True)


@one_engine
def test_a_proof_is_checked_with_what_anybody_can_fetch(eid: Typed, client: FlaskClient, tmp_path: Path) -> None:
    """Without the database: `check` reads the proof and the published key."""
    eid("seal", "--once")
    proof, keys = tmp_path / "proof.json", tmp_path / "roots.json"
    assert eid("prove", "2", "--out", str(proof)).returncode == 0
    keys.write_bytes(client.get("/audit/roots").data)
    nowhere = {"EID_DATABASE_URL": "sqlite:////nowhere/at/all"}
    checked = eid("check", str(proof), "--trust", str(keys), "--json", **nowhere)
    assert json.loads(checked.stdout)["entry"]["id"] == 2
    assert "was sealed in batch 1" in eid("check", str(proof), "--trust", str(keys), **nowhere).stdout
    altered = json.loads(proof.read_text())
    altered["entry"]["actor"] = "somebody"
    proof.write_text(json.dumps(altered))
    refused = eid("check", str(proof), "--trust", str(keys), **nowhere)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)


@one_engine
def test_rubbish_is_refused_in_one_line(eid: Typed, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_text("{")
    keys = tmp_path / "keys"
    keys.write_text("[]")
    for words in (
        ("check", str(rubbish), "--trust", str(keys)),
        ("check", str(keys), "--trust", str(keys)),
        ("prove", "99"),
    ):
        refused = eid(*words)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1), words


@one_engine
@pytest.mark.parametrize(
    "words",
    [("seal",), ("verify", "--expect", "zz"), ("verify", "--from", "yesterday"), ("prove", "0"), ("drop",), ("check",)],
)
def test_misuse_exits_with_2(eid: Typed, words: tuple[str, ...]) -> None:
    assert eid(*words).returncode == 2


@one_engine
def test_nothing_of_the_last_five_years_can_be_dropped(eid: Typed) -> None:
    eid("seal", "--once")
    refused = eid("drop", "--before", "2026-11-01")
    assert (refused.returncode, "5 years" in refused.stderr) == (1, True)
    assert eid("drop", "--before", "2020-01-01").stdout == "Dropped 0 entries of 0 batches; their roots stay.\n"


@pytest.mark.parametrize("command", ["", "seal", "status", "verify", "prove", "check", "drop"])
def test_every_command_has_help_with_an_example(typed: Typed, command: str) -> None:
    assert "Example: eid audit" in typed("audit", *command.split(), "--help").stdout


@one_engine
def test_a_watching_sealer_seals_until_it_is_interrupted(eid: Typed, settings: Settings) -> None:
    environment = {"EID_STATE_DIR": str(settings.state_dir), "EID_DATABASE_URL": settings.database_url}
    command = [sys.executable, "-m", "eid", "audit", "seal", "--watch"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as watching:
        for _ in range(300):
            if not find_standing().unsealed:
                break
            db.session.rollback()
            time.sleep(0.1)
        watching.send_signal(signal.SIGTERM)
    assert list(db.session.scalars(select(AuditEntry.batch))) == [1, 1, 1]
