"""eid credentials verify, as it is typed: files in, exit status out, no database and no settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from eid.clock import wall_now
from eid.credentials.catalogue import DRIVING_LICENCE
from eid.credentials.deck_folder import write_credential_deck
from eid.credentials.formats import build_paper_token
from eid.credentials.mutants import build_deck, make_key
from eid.crypto.jwt import build_jwt
from eid.crypto.keys import generate_signing_key
from eid.crypto.status_list import StatusReference, build_status_list_claims, pack_statuses
from eid.crypto.trust_entries import TrustList
from eid.crypto.trust_list import build_trust_list
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


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    """A deck of credentials with its root, all shown now."""
    write_credential_deck(build_deck(at=wall_now().replace(microsecond=0), make_key=make_key, rng=Random(1)), tmp_path)
    return tmp_path


SHOWN = ("--audience", "x509_san_dns:verifier.example", "--nonce", "nonce-of-the-deck")


@pytest.mark.parametrize(
    ("file", "more"),
    [
        ("vc_good.txt", SHOWN),
        ("mdoc_good.cbor", (*SHOWN, "--response-uri", "https://verifier.example/answer")),
        ("vc_good.txt", ()),
        ("mdoc_good.cbor", ("--doc-type", "org.iso.18013.5.1.mDL")),
    ],
)
def test_a_root_is_all_that_it_takes_to_verify_what_a_wallet_shows(
    deck: Path, file: str, more: tuple[str, ...]
) -> None:
    result = run(file, "--trust", "root.der", "--status-list", "list_cwt_good.cwt", "--json", *more, cwd=deck)
    assert (result.returncode, result.stderr) == (
        1,
        "eid: refused at status: The token is signed by a key that is not trusted.\n",
    )
    result = run(file, "--trust", "root.der", "--json", *more, cwd=deck)
    document = json.loads(result.stdout)
    assert (result.returncode, document["verdict"]) == (0, "verified")
    assert document["credential"]["holder_proved"] == ("--nonce" in more)


def test_what_is_wrong_is_said_by_step_and_on_one_line(deck: Path) -> None:
    result = run("vc_expired.txt", "--trust", "root.der", cwd=deck)
    assert result.returncode == 1
    assert "- time      The token is not valid now." in result.stdout
    assert result.stderr == "eid: refused at time: The token is not valid now.\n"


def test_a_folder_is_trust_too(deck: Path) -> None:
    folder = deck / "trust"
    folder.mkdir()
    (deck / "root.der").rename(folder / "root.der")
    (deck / "list_jwt_good.jwt").rename(folder / "list.jwt")
    key = json.loads((deck / "deck.json").read_text())["status_list_key"]
    (folder / "keys.json").write_text(json.dumps({"keys": [key]}))
    result = run("mdoc_revoked.cbor", "--trust", "trust", cwd=deck)
    assert (result.returncode, result.stderr) == (1, "eid: refused at status: The paper is no longer valid.\n")


def test_a_pin_that_fits_nothing_is_a_refusal(folder: Path) -> None:
    key = generate_signing_key()
    content = TrustList("https://x.example", 1, wall_now(), wall_now() + timedelta(days=1), (key.kid,), ())
    (folder / "list.jwt").write_text(build_trust_list(content, key=key))
    result = run("token.jwt", "--trust", "list.jwt", "--pin", "another", cwd=folder)
    assert (result.returncode, result.stderr) == (1, "eid: This is signed by no key that is pinned here.\n")
