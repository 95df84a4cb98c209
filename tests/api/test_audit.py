"""/audit/roots: what anybody can read and keep of the sealed log."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.audit import record_act
from eid.audit_seal import published
from eid.audit_seal.encoding import TYP
from eid.audit_seal.sealing import seal_entries
from eid.crypto.jwt import verify_signature
from eid.db import db
from tests.engines import one_engine


@pytest.fixture
def batches(app: Flask) -> None:
    for _ in range(4):
        record_act("look_up_person", person_id=2)
        db.session.commit()
        seal_entries()


@pytest.mark.usefixtures("batches")
def test_the_heads_are_signed_and_each_names_the_one_before(client: FlaskClient) -> None:
    """As docs/security.md says that a third party goes through them."""
    told = client.get("/audit/roots").get_json()
    assert [batch["number"] for batch in told["batches"]] == [1, 2, 3, 4]
    before = "00" * 32
    for batch in told["batches"]:
        head = verify_signature(batch["head"], keys=told["keys"], expected_typ=TYP).claims
        assert (head["number"], head["previous"]) == (batch["number"], before)
        before = hashlib.sha256(payload_of(batch["head"])).hexdigest()
    assert told["newest"] == {"number": 4, "root": before}


@pytest.mark.usefixtures("batches")
def test_whoever_has_some_asks_for_the_rest(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "MOST_HEADS", 2)
    assert numbers(client, "") == [3, 4]
    assert numbers(client, "?after=0") == [1, 2]
    assert numbers(client, "?after=2") == [3, 4]
    assert numbers(client, "?after=4") == []


@one_engine
@pytest.mark.parametrize("after", ["", "-1", "x", "9223372036854775808", "１", "1" * 5000])
def test_a_number_that_is_none_is_refused(client: FlaskClient, after: str) -> None:
    refused = client.get("/audit/roots", query_string={"after": after})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "batch_number")


@one_engine
def test_before_the_first_batch_there_is_a_key_and_nothing_else(client: FlaskClient) -> None:
    told = client.get("/audit/roots").get_json()
    assert (len(told["keys"]), told["newest"], told["batches"]) == (1, {"number": 0, "root": "00" * 32}, [])
    assert "d" not in told["keys"][0]


def numbers(client: FlaskClient, query: str) -> list[int]:
    told: dict[str, Any] = client.get(f"/audit/roots{query}").get_json()
    return [batch["number"] for batch in told["batches"]]


def payload_of(token: str) -> bytes:
    payload = token.split(".")[1]
    found = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert isinstance(json.loads(found), dict)
    return found
