"""eid keys: a new sealing key, and the end of the old one."""

from __future__ import annotations

import json
import os

import pytest
from flask import Flask

from eid.accounts.models import Account
from eid.config import Settings
from eid.issuing_keys import CERTIFIED
from eid.keystore import AuthorityUse, Keystore, KeyUse, open_keystore
from tests.accounts.conftest import account, make_account, make_person, person
from tests.cli.conftest import Typed

__all__ = ["account", "make_account", "make_person", "person"]


@pytest.fixture
def at(settings: Settings) -> dict[str, str]:
    return {"EID_STATE_DIR": str(settings.state_dir), "EID_DATABASE_URL": settings.database_url}


def test_a_sealing_key_is_rotated_and_the_old_one_removed(
    app: Flask, account: Account, settings: Settings, typed: Typed, at: dict[str, str]
) -> None:
    done = typed("keys", "rotate", "sealing", "--json", **at)
    assert done.returncode == 0
    rotation = json.loads(done.stdout)
    assert (rotation["is_new"], rotation["resealed"], len(rotation["older"])) == (True, 1, 1)
    assert done.stderr == ""
    soon = typed("keys", "remove", "sealing", **at)
    assert (soon.returncode, soon.stderr.count("\n")) == (1, 1)
    assert "five minutes" in soon.stderr
    for path in (settings.keys_dir).glob("sealing*.secret"):
        os.utime(path, (1, 1))
    removed = typed("keys", "remove", "sealing", **at)
    assert (removed.returncode, removed.stdout) == (0, f"Removed: {rotation['older'][0]}\n")
    assert len(open_keystore(settings).find_sealing_keys()) == 1
    assert "nothing was removed" in typed("keys", "remove", "sealing", **at).stdout


def test_a_rotation_says_what_it_did_and_what_to_do_next(
    app: Flask, account: Account, typed: Typed, at: dict[str, str]
) -> None:
    said = typed("keys", "rotate", "sealing", **at).stdout
    assert "1 secrets are sealed anew" in said
    assert "eid keys remove sealing" in said


@pytest.mark.parametrize(
    "words",
    [["rotate"], ["rotate", "cookies"], ["rotate", "id_token"], ["remove", "nonsense"], ["rotate", "sealing", "now"]],
)
def test_misuse_exits_with_2(typed: Typed, words: list[str]) -> None:
    assert typed("keys", *words).returncode == 2


@pytest.mark.parametrize("command", ["list", "make", "rotate", "withdraw", "remove"])
def test_every_command_has_help_with_an_example(typed: Typed, command: str) -> None:
    said = typed("keys", command, "--help")
    assert said.returncode == 0
    assert "Example:" in said.stdout


def test_a_demo_that_has_not_needed_every_key_yet_lists_those_that_it_has(typed: Typed, at: dict[str, str]) -> None:
    assert (typed("keys", "list", **at).returncode, typed("keys", "list", "--json", **at).stdout) == (0, "[]\n")
    typed("keys", "rotate", "papers", **at)
    listed = json.loads(typed("keys", "list", "--json", **at).stdout)
    assert {(key["use"], key["state"]) for key in listed} == {("papers", "signing"), ("papers", "next")}


def test_a_key_that_leaked_is_withdrawn_and_another_signs(
    app: Flask, settings: Settings, typed: Typed, at: dict[str, str]
) -> None:
    leaked = open_keystore(settings).issuing_keys.find_signer(KeyUse.MDOC)
    done = typed("keys", "withdraw", "mdoc", leaked.key.kid, "--json", **at)
    assert (done.returncode, done.stderr) == (0, "")
    signing = open_keystore(settings).issuing_keys.find_signer(KeyUse.MDOC)
    assert json.loads(done.stdout) == {"use": "mdoc", "withdrawn": leaked.key.kid, "signing": signing.key.kid}
    assert signing.key.kid != leaked.key.kid
    again = typed("keys", "withdraw", "mdoc", leaked.key.kid, **at)
    assert (again.returncode, again.stderr) == (1, "eid: There is no such key of this use.\n")
    hyphen = typed("keys", "withdraw", "mdoc", "-pNjW0sEWIEppX8c8HQ7BlBjcwgwNraoB93TN3N7puEg", **at)
    assert hyphen.stderr == again.stderr  # one thumbprint in sixty-four begins so


def test_an_authority_is_followed_by_another(app: Flask, settings: Settings, typed: Typed, at: dict[str, str]) -> None:
    assert "CN=eid synthetic IACA 2" in typed("keys", "rotate", "iaca", **at).stdout
    assert len(open_keystore(settings).issuing_keys.find_authorities(AuthorityUse.IACA)) == 2


def test_keys_that_are_made_have_their_certificates(settings: Settings, typed: Typed, at: dict[str, str]) -> None:
    made = typed(
        "keys", "make", EID_MODE="production", EID_PUBLIC_URL="https://eid.example", EID_FACE_MATCHER="none", **at
    )
    assert made.returncode == 0
    keystore = Keystore(settings.keys_dir, may_create=False, public_url="https://eid.example")
    for use in CERTIFIED:
        assert keystore.issuing_keys.find_signer(use).certificate


def test_an_agencys_keys_are_made_listed_and_rotated_apart(app: Flask, typed: Typed, at: dict[str, str]) -> None:
    assert typed("keys", "make", **at).returncode == 0
    rotation = json.loads(typed("keys", "rotate", "agencies/traffic-police", "--json", **at).stdout)
    listed = json.loads(typed("keys", "list", "--json", **at).stdout)
    police = {key["kid"]: key["state"] for key in listed if key["use"] == "agencies/traffic-police"}
    assert (rotation["use"], rotation["removed"]) == ("agencies/traffic-police", [])
    assert sorted(police.values()) == ["next", "signing"]
    assert police[rotation["next"][0]["kid"]] == "next"
    assert [key["state"] for key in listed if key["use"] == "agencies/tax-authority"] == ["signing"]
    assert "answers" not in {key["use"] for key in listed}
    assert typed("keys", "rotate", "answers", **at).returncode == 2
