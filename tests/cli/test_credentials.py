"""eid credentials verify, as it is typed: files in, exit status out, no database and no settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from eid.clock import wall_now
from eid.credentials.catalogue import DRIVING_LICENCE
from eid.credentials.formats import build_paper_token
from eid.crypto.jwt import build_jwt
from eid.crypto.status_list import StatusReference, build_status_list_claims, pack_statuses
from tests.credentials.test_formats import CLINIC, CONTENT, ISSUER, KEY, URI


def run(*arguments: str, typed: str = "", cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("EID_")}
    env |= {"PYTHONPATH": os.pathsep.join(str(Path(p).resolve()) for p in sys.path), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "eid", "credentials", "verify", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=env, input=typed, capture_output=True, text=True, check=False, encoding="utf-8"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """keys.json, token.jwt and status.jwt, all good now."""
    now = wall_now()
    token = build_paper_token(
        DRIVING_LICENCE,
        CONTENT,
        issuer=ISSUER,
        audience=CLINIC,
        subject="s-1",
        token_id="t-1",
        status=StatusReference(URI, 5),
        now=now,
        key=KEY,
    )
    (tmp_path / "token.jwt").write_text(token + "\n")
    (tmp_path / "keys.json").write_text(json.dumps({"issuer": ISSUER, "keys": [KEY.public_jwk()]}))
    write_list(tmp_path, {})
    return tmp_path


def write_list(folder: Path, statuses: dict[int, int]) -> None:
    packed = pack_statuses(statuses, size=1 << 17, bits=2)
    claims = build_status_list_claims(
        packed, uri=URI, now=wall_now(), lifetime=timedelta(hours=1), time_to_live=timedelta(minutes=1)
    )
    (folder / "status.jwt").write_text(build_jwt(claims, key=KEY, typ="statuslist+jwt"))


def test_a_good_token_exits_with_0_and_makes_nothing(folder: Path) -> None:
    result = run("token.jwt", "--trust", "keys.json", cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert "verified: Driving licence" in result.stdout
    assert "Trần Văn Minh" in result.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["keys.json", "status.jwt", "token.jwt"]


def test_json_is_one_document(folder: Path) -> None:
    token = (folder / "token.jwt").read_text()
    arguments = ("-", "--trust", "keys.json", "--audience", CLINIC, "--status-list", "status.jwt", "--json")
    result = run(*arguments, typed=token, cwd=folder)
    document = json.loads(result.stdout)
    assert (result.returncode, document["verdict"]) == (0, "verified")
    assert {step["result"] for step in document["steps"]} == {"passed"}
    assert document["paper"]["content"]["points"] == 12


def test_a_token_that_was_ended_exits_with_1_and_one_line(folder: Path) -> None:
    write_list(folder, {5: 1})
    result = run("token.jwt", "--trust", "keys.json", "--status-list", "status.jwt", "--json", cwd=folder)
    assert (result.returncode, json.loads(result.stdout)["verdict"]) == (1, "refused")
    assert result.stderr == "eid: refused at status: The paper is no longer valid.\n"


def test_a_trust_file_that_is_none_exits_with_1(folder: Path) -> None:
    (folder / "keys.json").write_text("nothing")
    result = run("token.jwt", "--trust", "keys.json", cwd=folder)
    assert (result.returncode, result.stderr) == (1, "eid: The trust file is no JSON Web Key Set.\n")


def test_misuse_exits_with_2(folder: Path) -> None:
    assert run("token.jwt", cwd=folder).returncode == 2
    assert run("no-such-file", "--trust", "keys.json", cwd=folder).returncode == 2
