"""The demo's reader for programs: it gives what a card gives, and outside of the demo nothing."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from eid.cards.folder import write_card_folder
from eid.cards.service import issue_card
from eid.config import Argon2Cost, Mode, Settings, current_settings
from eid.db import db
from tests.conftest import running_app
from tests.people import HOA, record_one

READER = "/api/v1/virtual-reader/cards"
PIN = HOA["pin"]


@pytest.fixture
def folder(client: FlaskClient) -> None:
    """The card of Nguyễn Thị Hoa lies before the reader."""
    record_one(HOA)
    db.session.commit()
    write_card_folder(issue_card(PIN), current_settings().cards_dir / PIN)
    db.session.remove()


def read(client: FlaskClient, pin: str, challenge: object) -> tuple[int, dict[str, object]]:
    answer = client.post(f"{READER}/{pin}/readings", json={"challenge": challenge})
    return answer.status_code, dict(answer.get_json())


def test_a_card_that_was_read_can_be_verified(client: FlaskClient, folder: None) -> None:
    assert client.get(READER).get_json() == {"cards": [PIN]}
    drawn = client.post("/api/v1/card-challenges").get_json()
    status, card = read(client, PIN, drawn["challenge"])
    assert status == 200
    body = {
        "files": card["files"],
        "active_authentication": {"challenge_id": drawn["id"], "response": card["response"]},
    }
    assert client.post("/api/v1/card-verifications", json=body).get_json()["document"]["pin"] == PIN


def test_no_key_of_a_chip_leaves(client: FlaskClient, folder: None) -> None:
    _status, card = read(client, PIN, base64.b64encode(bytes(8)).decode())
    assert set(card) == {"files", "response"}
    files = card["files"]
    assert isinstance(files, dict) and all(name.startswith("EF.") for name in files)
    assert "PRIVATE" not in str({name: base64.b64decode(content) for name, content in files.items()})


@pytest.mark.parametrize(
    ("pin", "challenge", "status", "code"),
    [
        ("901190000999", "AAAAAAAAAAA=", 404, "folder_missing"),
        ("12", "AAAAAAAAAAA=", 400, "card_unknown"),
        ("..%2f..%2fkeys", "AAAAAAAAAAA=", 404, "not_found"),
        (PIN, "AAAA", 400, "malformed"),
        (PIN, "!", 400, "malformed"),
        (PIN, None, 400, "malformed"),
        (PIN, "A" * 1_000, 400, "malformed"),
    ],
)
def test_what_is_no_card_or_no_challenge_is_refused(
    client: FlaskClient, folder: None, pin: str, challenge: object, status: int, code: str
) -> None:
    found, problem = read(client, pin, challenge)
    assert (found, problem["code"]) == (status, code)


def test_outside_of_the_demo_there_is_no_such_reader(settings: Settings, folder: None) -> None:
    production = replace(
        settings, mode=Mode.PRODUCTION, public_url="https://eid.example", face_matcher="none", argon2=Argon2Cost()
    )
    with running_app(production) as app:
        client = app.test_client()
        assert (client.get(READER).status_code, client.get(READER).get_json()["code"]) == (403, "demo_only")
        found, problem = read(client, PIN, "AAAAAAAAAAA=")
        assert (found, problem["code"]) == (403, "demo_only")
