"""Many cards in one request: each line has its own answer, and nothing that one line holds harms the next."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography import x509
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from eid.api import card_batch
from eid.api.card_batch import BATCHES_AT_ONCE, MAX_TIME
from eid.api.ndjson import BLOCK, MEDIA_TYPE
from eid.audit import AuditEntry, record_act
from eid.cards import verification
from eid.cards.folder import write_card_folder
from eid.cards.models import RevocationReason, write_serial
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.revocation import revoke_signer
from eid.cards.service import issue_card, revoke_card
from eid.cards.signing_keys import find_document_signer
from eid.clock import wall_now
from eid.crypto.jwt import verify_jwt
from eid.db import db
from tests.engines import one_engine
from tests.people import HOA, record_one

BATCH = "/api/v1/card-verifications/batch"


@pytest.fixture
def chip(client: FlaskClient, tmp_path: Path) -> DemoCard:
    record_one(HOA)
    db.session.commit()
    write_card_folder(issue_card(HOA["pin"]), tmp_path / "card")
    db.session.remove()
    return read_demo_card(tmp_path / "card")


def line_of(chip: DemoCard, **members: Any) -> dict[str, Any]:
    """The stored files of a card, its chip not asked."""
    return {"files": {name: base64.b64encode(content).decode() for name, content in chip.files.items()}} | members


def proof_of(client: FlaskClient, chip: DemoCard) -> dict[str, str]:
    drawn = client.post("/api/v1/card-challenges").get_json()
    answer = chip.answer_challenge(base64.b64decode(drawn["challenge"]))
    return {"challenge_id": drawn["id"], "response": base64.b64encode(answer).decode()}


def send(client: FlaskClient, *lines: Any) -> list[dict[str, Any]]:
    """The answers to these lines: bytes are sent as they are, everything else as JSON."""
    body = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    answer = client.post(BATCH, data=body, content_type=MEDIA_TYPE)
    assert (answer.status_code, answer.content_type) == (200, MEDIA_TYPE)
    return [json.loads(line) for line in answer.data.splitlines()]


def test_each_line_has_its_answer_in_order_with_the_callers_id(client: FlaskClient, chip: DemoCard) -> None:
    proof = proof_of(client, chip)
    answers = send(client, line_of(chip, id="a", active_authentication=proof), b"{", b"", b" \t\r", line_of(chip))
    assert [(answer["line"], answer["id"], answer["status"]) for answer in answers] == [
        (1, "a", 200),
        (2, None, 400),
        (3, None, 200),
    ]
    assert answers[1]["code"] == "line_malformed"
    assert [answer["document"]["chip_proved"] for answer in (answers[0], answers[2])] == [True, False]


def test_the_answer_is_that_of_a_single_verification(client: FlaskClient, chip: DemoCard) -> None:
    lines = [line_of(chip, active_authentication=proof_of(client, chip)) for _ in range(2)]
    [answer] = send(client, lines[0])
    single = client.post("/api/v1/card-verifications", json=lines[1]).get_json()
    assert set(answer) == {"line", "id", "status", *single}
    assert answer["document"] == single["document"]
    assert [{**step, "evidence": ""} for step in answer["steps"]] == [
        {**step, "evidence": ""} for step in single["steps"]
    ]
    assert [sorted(step.get("evidence", ())) for step in answer["steps"]] == [
        sorted(step.get("evidence", ())) for step in single["steps"]
    ]


def test_a_refused_line_is_the_problem_of_a_single_verification(client: FlaskClient, chip: DemoCard) -> None:
    revoke_card(1, reason="test")
    db.session.remove()
    [answer] = send(client, line_of(chip, id="x"))
    assert (answer["status"], answer["step"], answer["code"]) == (422, "card_state", "card_revoked")
    assert answer["steps"][-1]["result"] == "failed"


def test_files_whose_chip_was_not_asked_are_no_proof_of_a_chip(client: FlaskClient, chip: DemoCard) -> None:
    [answer] = send(client, line_of(chip))
    steps = {step["step"]: (step["result"], step["code"]) for step in answer["steps"]}
    assert steps["active_authentication"] == ("not_checked", "aa_not_done")
    assert steps["clone_detection"] == ("not_checked", "clone_detection_not_done")
    claims = read_receipt(client, answer["receipt"])
    assert (claims["chip_proved"], claims["challenge_sha256"]) == (False, None)
    assert claims["codes"]["active_authentication"] == "aa_not_done"


def read_receipt(client: FlaskClient, receipt: str) -> dict[str, Any]:
    published = client.get("/api/v1/keys").get_json()
    verified = verify_jwt(
        receipt,
        keys=published["keys"],
        expected_typ="eid-card-receipt+jwt",
        expected_issuer=published["issuer"],
        expected_audience=None,  # type: ignore[arg-type]
        now=wall_now(),
    )
    return dict(verified.claims)


def test_a_challenge_is_answered_once_in_a_batch_too(client: FlaskClient, chip: DemoCard) -> None:
    line = line_of(chip, active_authentication=proof_of(client, chip))
    assert [answer.get("code") for answer in send(client, line, line)] == [None, "aa_nonce_reused"]


@one_engine
def test_lines_verified_together_have_each_its_own_verdict_and_entry(client: FlaskClient, chip: DemoCard) -> None:
    changed = line_of(chip)
    changed["files"]["EF.DG1"] = changed["files"]["EF.DG2"]
    answers = send(client, line_of(chip, id="a"), changed, {"files": {"chip_keys.json": ""}}, line_of(chip, id="b"))
    assert [(answer["id"], answer["status"], answer.get("code")) for answer in answers] == [
        ("a", 200, None),
        (None, 422, "dg_hash_mismatch"),
        (None, 400, "chip_keys_uploaded"),
        ("b", 200, None),
    ]
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "issue_card_receipt")).all()
    told = {"attributes": ["card"], "purpose": "", "card_id": 1, "chip_proved": False}
    assert [(entry.person_id, entry.details) for entry in entries] == [(HOA["person_id"], told)] * 2
    assert len({read_receipt(client, answers[at]["receipt"])["jti"] for at in (0, 3)}) == 2


@one_engine
def test_an_accident_with_several_lines_is_told_of_the_one_whose_it_is(
    client: FlaskClient, chip: DemoCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[object] = []

    def judge_once(*given: Any) -> Any:
        judged.append(given)
        if len(judged) in (2, 4):  # of two lines together the second, and then alone
            raise RuntimeError("an accident")
        return judge(*given)

    judge = verification._judge
    monkeypatch.setattr(verification, "_judge", judge_once)
    answers = send(client, line_of(chip, id="a"), line_of(chip, id="b"), line_of(chip, id="c"))
    assert [(answer["id"], answer["status"]) for answer in answers] == [("a", 200), ("b", 500)]
    entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.act == "issue_card_receipt")
    assert db.session.scalar(entries) == 1


def revoke_its_signer() -> None:
    serial = write_serial(x509.load_der_x509_certificate(find_document_signer().certificate).serial_number)
    revoke_signer(serial, reason=RevocationReason.KEY_COMPROMISE)


@pytest.mark.parametrize(
    ("revoke", "code"),
    [(lambda: revoke_card(HOA["person_id"], reason="test"), "card_revoked"), (revoke_its_signer, "dsc_revoked")],
    ids=["card", "signer"],
)
def test_what_is_revoked_in_the_middle_of_a_batch_is_refused_from_the_next_line_on(
    client: FlaskClient, chip: DemoCard, revoke: Callable[[], object], code: str
) -> None:
    line = json.dumps(line_of(chip)).encode() + b"\n"

    def body() -> Iterator[bytes]:
        yield line + b" " * (-len(line) % BLOCK)
        revoke()
        yield b"\n" + line + line

    answer = client.post(BATCH, content_type=MEDIA_TYPE, environ_overrides=chunked(body()))
    assert [json.loads(found).get("code") for found in answer.data.splitlines()] == [None, code, code]


@one_engine
@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (b"nonsense", "line_malformed", None),
        (b"[]", "line_malformed", None),
        (b"\xff\xfe", "line_malformed", None),
        (b"NaN", "line_malformed", None),
        (b"[" * 5_000, "json_malformed", None),
        (b"1" * 2_000, "json_malformed", None),
        (b'{"files": {"EF.SOD": "\\ud800"}}', "text_malformed", None),
        (b"{}", "malformed", "files"),
        ({"files": {}}, "malformed", "files"),
        ({"files": {"EF.SOD": "!"}}, "malformed", "files"),
        ({"files": {"EF.SOD": ""}, "papers": ["health_insurance"]}, "malformed", "papers"),
        ({"files": {"EF.SOD": ""}, "id": 5}, "malformed", "id"),
        ({"files": {"EF.SOD": ""}, "id": "x" * 129}, "malformed", "id"),
        ({"files": {"chip_keys.json": ""}}, "chip_keys_uploaded", None),
        ({"files": {"EF.DG1": "", "dg1.bin": ""}}, "file_twice", None),
        ({"files": {"EF.DG1": ""}}, "sod_missing", None),
        ({"files": {"EF.SOD": "AAAA"}}, "sod_malformed", None),
    ],
)
def test_a_line_that_is_no_upload_is_refused_and_the_next_is_verified(
    client: FlaskClient, chip: DemoCard, line: Any, code: str, field: str | None
) -> None:
    refused, verified = send(client, line, line_of(chip))
    assert refused["code"] == code
    assert field is None or list(refused["fields"]) == [field]
    assert verified["status"] == 200


@one_engine
def test_a_line_that_is_too_long_is_passed_over(app: Flask, client: FlaskClient, chip: DemoCard) -> None:
    too_long = b'{"id": "' + b"x" * (app.config["MAX_CONTENT_LENGTH"] + 1) + b'"}'
    answers = send(client, line_of(chip), too_long, line_of(chip))
    assert [answer.get("code") for answer in answers] == [None, "line_too_long", None]


@one_engine
def test_a_batch_of_nothing_has_no_answers(client: FlaskClient) -> None:
    assert send(client) == []
    assert send(client, b"\n\n \n") == []


@one_engine
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(client: FlaskClient, kind: str) -> None:
    answer = client.post(BATCH, data=b"{}", content_type=kind)
    assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_media_type")


@one_engine
def test_only_a_batch_may_be_longer_than_other_requests(app: Flask, client: FlaskClient) -> None:
    body = b"\n" * (app.config["MAX_CONTENT_LENGTH"] + 1)
    assert client.post(BATCH, data=body, content_type="application/json").status_code == 413
    assert client.post("/api/v1/card-verifications", data=body, content_type=MEDIA_TYPE).status_code == 413
    assert client.post(BATCH, data=body, content_type=MEDIA_TYPE).status_code == 200


@one_engine
def test_a_batch_has_an_end(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_batch, "MAX_LINES", 2)
    answers = send(client, *[b"{}"] * 5)
    assert [answer["code"] for answer in answers] == ["malformed", "malformed", "batch_too_long"]


@one_engine
def test_a_batch_takes_an_hour_at_most(client: FlaskClient) -> None:
    with time_machine.travel(wall_now(), tick=False) as traveller:

        def body() -> Iterator[bytes]:
            yield b"{}\n" + b" " * 4096
            traveller.shift(MAX_TIME)
            yield b"\n{}\n{}\n" + b" " * 4096

        answer = client.post(BATCH, content_type=MEDIA_TYPE, environ_overrides=chunked(body()))
        codes = [json.loads(line)["code"] for line in answer.data.splitlines()]
    assert codes == ["malformed", "batch_too_late"]


def chunked(pieces: Iterator[bytes]) -> dict[str, Any]:
    """What a server says of a body that comes in pieces, of unknown length."""
    return {"wsgi.input": _Stream(pieces), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}


class _Stream:
    """A body that comes in pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


@one_engine
def test_more_batches_than_there_is_room_for_are_told_to_wait(client: FlaskClient) -> None:
    taken = [card_batch._SLOTS.take() for _ in range(BATCHES_AT_ONCE)]
    try:
        answer = client.post(BATCH, data=b"", content_type=MEDIA_TYPE)
        assert (answer.status_code, answer.get_json()["code"]) == (429, "batches_busy")
        assert int(answer.headers["Retry-After"]) in (29, 30)
    finally:
        for slot in taken:
            slot.give_back()
            slot.give_back()  # twice does no harm
    for _ in range(BATCHES_AT_ONCE + 1):
        assert send(client, b"{}")[0]["code"] == "malformed"


@one_engine
def test_no_transaction_is_open_while_lines_are_awaited(app: Flask, client: FlaskClient, chip: DemoCard) -> None:
    """SQLite's write lock is free for others between two lines."""
    written = threading.Event()

    def body() -> Iterator[bytes]:
        yield json.dumps(line_of(chip)).encode() + b"\n" + b" " * 4096
        thread = threading.Thread(target=write_something)
        thread.start()
        thread.join(timeout=3)
        assert written.is_set()
        yield b"\n" + json.dumps(line_of(chip)).encode()

    def write_something() -> None:
        with app.app_context():
            record_act("look_up_person")
            db.session.commit()
            written.set()

    answer = client.post(BATCH, content_type=MEDIA_TYPE, environ_overrides=chunked(body()))
    assert [json.loads(line)["status"] for line in answer.data.splitlines()] == [200, 200]


def test_a_batch_is_described(client: FlaskClient) -> None:
    operation = client.get("/api/openapi.json").get_json()["paths"][BATCH]["post"]
    assert list(operation["requestBody"]["content"]) == [MEDIA_TYPE]
    assert list(operation["responses"]["200"]["content"]) == [MEDIA_TYPE]
