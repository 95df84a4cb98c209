"""A card is held out at a counter: the client behind it reads a paper of its holder, and the holder sees that it did."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.accounts.levels import AccountLevel
from eid.agencies.service import record_driving_licence, record_health_insurance, record_vehicle
from eid.audit import ActorKind, find_acts_about
from eid.cards.folder import write_card_folder
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.service import issue_card, revoke_card
from eid.credentials.additions import AdditionState, list_additions
from eid.db import db
from eid.oauth.clients import RegisteredClient, register_client
from tests.people import HOA, record_account_of, record_one

VERIFICATIONS = "/api/v1/card-verifications"


@pytest.fixture
def chip(client: FlaskClient, tmp_path: Path) -> DemoCard:
    record_one(HOA)
    record_health_insurance(1)
    db.session.commit()
    write_card_folder(issue_card(HOA["pin"]), tmp_path / "card")
    db.session.remove()
    return read_demo_card(tmp_path / "card")


@pytest.fixture
def counter(client: FlaskClient) -> RegisteredClient:
    registered = register_client(
        name="Quầy", redirect_uris=["https://clinic.example/back"], purpose="Tiếp đón", own_scopes=["health_insurance"]
    )
    db.session.remove()
    return registered


def token_of(client: FlaskClient, counter: RegisteredClient) -> str:
    answer = client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=(counter.client_id, counter.secret or "")
    )
    return str(answer.get_json()["access_token"])


def hold_out(client: FlaskClient, chip: DemoCard, *papers: str, token: str = "", **changes: Any) -> TestResponse:
    drawn = client.post("/api/v1/card-challenges").get_json()
    answer = chip.answer_challenge(base64.b64decode(drawn["challenge"]))
    body = {
        "files": {name: base64.b64encode(content).decode() for name, content in chip.files.items()},
        "active_authentication": {"challenge_id": drawn["id"], "response": base64.b64encode(answer).decode()},
        "papers": list(papers),
    }
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(VERIFICATIONS, json=body | changes, headers=headers)


def test_the_paper_of_the_cards_holder_is_answered(
    client: FlaskClient, chip: DemoCard, counter: RegisteredClient
) -> None:
    answer = hold_out(client, chip, "health_insurance", token=token_of(client, counter))
    assert answer.status_code == 200, answer.text
    body = answer.get_json()
    assert body["verdict"] == "verified" and body["document"]["chip_proved"]
    assert body["papers"]["health_insurance"]["name"] == "Nguyễn Thị Hoa"
    assert body["papers"]["health_insurance"]["valid_from"]


@pytest.mark.parametrize("level", [None, "1", "2"])
def test_a_card_needs_no_paper_to_be_in_an_account(client: FlaskClient, chip: DemoCard, level: str | None) -> None:
    """The agency is asked: that the holder has an account of either level, in which nothing was added, plays no part."""
    if level is not None:
        record_account_of(1, level=AccountLevel(level))
    record_driving_licence(1)
    record_vehicle(1)
    db.session.commit()
    assert {each.state for each in list_additions(1)} == {AdditionState.NOT_ASKED}
    papers = ("health_insurance", "driving_licence", "vehicle")
    police = register_client(name="CSGT", redirect_uris=["https://traffic.example/back"], own_scopes=[*papers])
    db.session.remove()
    found = hold_out(client, chip, *papers, token=token_of(client, police)).get_json()["papers"]
    assert {paper: content["name"] for paper, content in found.items()} == dict.fromkeys(papers, "Nguyễn Thị Hoa")


def test_the_holder_can_see_who_read_it_and_what_for(
    client: FlaskClient, chip: DemoCard, counter: RegisteredClient
) -> None:
    hold_out(client, chip, "health_insurance", token=token_of(client, counter))
    entry = find_acts_about(1)[0]
    assert (entry.act, entry.actor_kind, entry.actor) == (
        "disclose_paper_by_card",
        ActorKind.CLIENT,
        counter.client_id,
    )
    assert (entry.details["paper"], entry.details["purpose"]) == ("health_insurance", "Tiếp đón")


def test_a_holder_without_the_paper_has_none(client: FlaskClient, chip: DemoCard, counter: RegisteredClient) -> None:
    from_nowhere = register_client(
        name="Cảnh sát", redirect_uris=["https://traffic.example/back"], own_scopes=["driving_licence"]
    )
    db.session.remove()
    body = hold_out(client, chip, "driving_licence", token=token_of(client, from_nowhere)).get_json()
    assert body["papers"] == {"driving_licence": None}


def test_nobody_in_particular_gets_no_paper(client: FlaskClient, chip: DemoCard) -> None:
    answer = hold_out(client, chip, "health_insurance")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert hold_out(client, chip).status_code == 200


def test_a_client_that_may_not_read_it_is_refused_before_the_card_is_looked_at(
    client: FlaskClient, chip: DemoCard, counter: RegisteredClient
) -> None:
    token = token_of(client, counter)
    answer = hold_out(client, chip, "health_insurance", "driving_licence", token=token)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "insufficient_scope")
    assert 'scope="driving_licence health_insurance"' in answer.headers["WWW-Authenticate"]
    assert [entry.act for entry in find_acts_about(1)] == ["issue_card"]


@pytest.mark.parametrize("token", ["x", "a.b.c", "\u00ff", "x" * 5_000])
def test_a_token_that_is_none_is_refused(client: FlaskClient, chip: DemoCard, token: str) -> None:
    answer = hold_out(client, chip, "health_insurance", token=token)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "invalid_token")


def test_a_card_that_proves_nothing_discloses_nothing(
    client: FlaskClient, chip: DemoCard, counter: RegisteredClient
) -> None:
    revoke_card(1, reason="test")
    db.session.remove()
    answer = hold_out(client, chip, "health_insurance", token=token_of(client, counter))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "card_revoked")
    assert "papers" not in answer.get_json()
    assert "disclose_paper_by_card" not in {entry.act for entry in find_acts_about(1)}


def test_without_the_chips_answer_there_are_no_papers(
    client: FlaskClient, chip: DemoCard, counter: RegisteredClient
) -> None:
    wrong = {"challenge_id": "nobody", "response": ""}
    answer = hold_out(client, chip, "health_insurance", token=token_of(client, counter), active_authentication=wrong)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "aa_nonce_unknown")


@pytest.mark.parametrize("papers", [["weather"], ["health_insurance"] * 99, "health_insurance", [None], [5]])
def test_papers_that_are_none_are_refused(client: FlaskClient, chip: DemoCard, papers: Any) -> None:
    answer = hold_out(client, chip, papers=papers)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed")
    assert list(answer.get_json()["fields"]["json"]) == ["papers"]
