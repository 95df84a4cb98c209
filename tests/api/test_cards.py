"""Cards over HTTP: a challenge, a verification with its receipt, and every upload that is none."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE, Schema, ValidationError

from eid.api.cards import CardUpload, CardVerdict, _read_usual_upload
from eid.cards.folder import write_card_folder
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.service import issue_card, revoke_card
from eid.clock import wall_now
from eid.crypto.jwt import verify_jwt
from eid.db import db
from tests.engines import one_engine
from tests.people import HOA, record_one

PIN = HOA["pin"]


@pytest.fixture
def chip(client: FlaskClient, tmp_path: Path) -> DemoCard:
    record_one(HOA)
    db.session.commit()
    write_card_folder(issue_card(PIN), tmp_path / "card")
    db.session.remove()
    return read_demo_card(tmp_path / "card")


def upload_of(client: FlaskClient, chip: DemoCard, **files: bytes) -> dict[str, Any]:
    drawn = client.post("/api/v1/card-challenges").get_json()
    response = chip.answer_challenge(base64.b64decode(drawn["challenge"]))
    contents = {**chip.files, **files}
    return {
        "files": {name: base64.b64encode(content).decode() for name, content in contents.items()},
        "active_authentication": {
            "challenge_id": drawn["id"],
            "response": base64.b64encode(response).decode(),
        },
    }


def test_a_card_is_verified_and_the_receipt_says_so(client: FlaskClient, chip: DemoCard) -> None:
    answer = client.post("/api/v1/card-verifications", json=upload_of(client, chip))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    verdict = answer.get_json()
    assert verdict["verdict"] == "verified"
    assert verdict["document"]["pin"] == PIN
    assert {step["result"] for step in verdict["steps"]} == {"passed", "not_checked"}
    assert set(verdict["steps"][0]) == {"step", "result", "code", "detail"}
    assert CardVerdict(unknown=RAISE).load(verdict) == verdict  # it is of the form that is described
    published = client.get("/api/v1/keys").get_json()
    receipt = verify_jwt(
        verdict["receipt"],
        keys=published["keys"],
        expected_typ="eid-card-receipt+jwt",
        expected_issuer=published["issuer"],
        expected_audience=None,  # type: ignore[arg-type]
        now=wall_now(),
    )
    assert receipt.claims["document"] == verdict["document"]


def test_a_changed_file_is_refused_with_the_step(client: FlaskClient, chip: DemoCard) -> None:
    changed = chip.files["EF.DG2"][:-1] + b"\x00"
    answer = client.post("/api/v1/card-verifications", json=upload_of(client, chip, **{"EF.DG2": changed}))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert (problem["step"], problem["code"]) == ("data_groups", "dg_hash_mismatch")
    assert problem["steps"][0] == {
        "step": "sod_structure",
        "result": "passed",
        "code": None,
        "detail": "EF.SOD is one element under tag 77, whole, with nothing after it.",
    }


def test_a_revoked_card_is_refused(client: FlaskClient, chip: DemoCard) -> None:
    revoke_card(HOA["person_id"], reason="test")
    db.session.remove()
    problem = client.post("/api/v1/card-verifications", json=upload_of(client, chip)).get_json()
    assert (problem["step"], problem["code"]) == ("card_state", "card_revoked")


def test_a_challenge_is_answered_once(client: FlaskClient, chip: DemoCard) -> None:
    upload = upload_of(client, chip)
    assert client.post("/api/v1/card-verifications", json=upload).status_code == 200
    again = client.post("/api/v1/card-verifications", json=upload)
    assert (again.status_code, again.get_json()["code"]) == (422, "aa_nonce_reused")


def test_an_upload_with_the_chips_keys_is_refused(client: FlaskClient, chip: DemoCard) -> None:
    answer = client.post("/api/v1/card-verifications", json=upload_of(client, chip, **{"chip_keys.json": b"{}"}))
    assert (answer.status_code, answer.get_json()["code"]) == (400, "chip_keys_uploaded")


@one_engine
@pytest.mark.parametrize(
    "change",
    [
        {"files": {}},
        {"files": {"EF.SOD": "no base64!"}},
        {"files": {"EF.SOD": 7}},
        {"files": {f"f{n}": "" for n in range(21)}},
        {"files": {"EF.SOD": "A" * 400_000}},
        {"active_authentication": {"challenge_id": "x"}},
        {"active_authentication": {"challenge_id": "x" * 65, "response": ""}},
        {"active_authentication": None},
        {"unknown": 1},
    ],
    ids=["none", "not base64", "not text", "too many", "too large", "no response", "long id", "null", "unknown field"],
)
def test_what_is_no_upload_is_refused(client: FlaskClient, chip: DemoCard, change: dict[str, Any]) -> None:
    answer = client.post("/api/v1/card-verifications", json=upload_of(client, chip) | change)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed")


def test_an_upload_beyond_the_services_limit_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/v1/card-verifications", data=b"x" * 3_000_000, content_type="application/json")
    assert answer.status_code == 413


def test_every_address_is_described(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").get_json()["paths"]
    assert {"/api/v1/card-challenges", "/api/v1/card-verifications"} <= set(paths)


def test_the_usual_upload_is_read_as_field_by_field() -> None:
    """What is read straight is what the fields read, and whatever is wrong with it is left to them."""
    good: dict[str, Any] = {
        "files": {"EF.SOD": "AQI=", "EF_DG1.bin": ""},
        "active_authentication": {"challenge_id": "c" * 64, "response": "AA=="},
    }
    files, answer = good["files"], good["active_authentication"]
    bad = [
        *(
            {"files": given, "active_authentication": answer}
            for given in ({}, [], None, {f"f{n}": "" for n in range(21)})
        ),
        *(good | {"files": files | {name: content}} for name, content in BAD_FILES),
        *(good | {"active_authentication": answer | {"response": given}} for given in (7, None, "A", "é", "A" * 1400)),
        *(good | {"active_authentication": answer | {"challenge_id": given}} for given in (7, None, "c" * 65)),
        *(good | {"active_authentication": given} for given in (None, [], {}, {"response": ""}, answer | {"more": 1})),
        *(given for given in (None, [], "files", {}, {"files": files}, good | {"more": 1})),
    ]
    assert _read_usual_upload(good) == Schema.load(CardUpload(), good)
    for upload in bad:
        assert _read_usual_upload(upload) is None
        with pytest.raises(ValidationError):
            CardUpload().load(upload)


BAD_FILES = [
    ("n" * 65, ""),
    *(("EF.COM", content) for content in (7, None, "A", "AA", "AA==\n", "=", "AA==AA==", "é", "A" * 400_000)),
]
