"""The terminal with a real service: loaded before, used without network, asking for the status where there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.agencies.licences import deduct_licence_points
from eid.app import create_app
from eid.cards.service import issue_card
from eid.config import Settings
from eid.credentials.own_card import sign_card_code
from eid.credentials.service import issue_shown_paper
from eid.db import db
from eid.samples.roadside import RoadsideConfig, create_roadside
from tests.engines import one_engine
from tests.live import bound_listener, serving
from tests.people import MINH, record_account_of, record_added_licence, record_one

pytestmark = one_engine


class Patrol:
    """An officer's terminal, and the service that it may or may not reach."""

    def __init__(self, url: str, service: Flask, store: Path, network: ExitStack) -> None:
        self.service, self.network = service, network
        self.config = RoadsideConfig(issuer=url, url="http://127.0.0.1", store=str(store), secret_key="for this test")
        self.terminal = self.switch_on()

    def switch_on(self) -> FlaskClient:
        self.terminal = create_roadside(self.config).test_client()
        return self.terminal

    def lose_network(self) -> None:
        self.network.close()

    def show(self, code: str) -> dict[str, str]:
        """What the officer reads: every data-attribute of the answer."""
        page = self.terminal.post("/checks", data={"code": code}, headers={"Accept-Language": "en"}).text
        return dict(re.findall(r'data-([a-z-]+)="([^"]*)"', page)) | {"text": page}

    def draw_code(self) -> str:
        with self.service.app_context():
            token = issue_shown_paper(MINH["person_id"], "driving_licence").token
            assert token is not None
            return token.token


@pytest.fixture
def patrol(settings: Settings, tmp_path: Path) -> Iterator[Patrol]:
    listener, url = bound_listener()
    settings.state_dir.mkdir(exist_ok=True)
    service = create_app(replace(settings, public_url=url))
    with service.app_context():
        record_account_of(record_one().id)
        record_added_licence(MINH["person_id"])
        db.session.commit()
    with listener, ExitStack() as network:
        network.enter_context(serving(service, listener))
        yield Patrol(url, service, tmp_path / "roadside" / "trust.json", network)
    with service.app_context():
        db.engine.dispose()


def test_a_licence_is_valid_by_the_status_of_now_and_the_second_showing_is_told(patrol: Patrol) -> None:
    assert patrol.show(patrol.draw_code())["reason"] == "nothing_loaded"
    patrol.terminal.post("/trust")
    code = patrol.draw_code()
    found = patrol.show(code)
    assert (found["outcome"], found["status-from"]) == ("valid", "now")
    assert "Trần Văn Minh" in found["text"] and "shown here before" not in found["text"]
    assert "shown here before" in patrol.show(code)["text"]


def test_without_network_what_was_loaded_before_is_enough_also_after_a_restart(patrol: Patrol) -> None:
    code = patrol.draw_code()
    patrol.terminal.post("/trust")
    patrol.lose_network()
    patrol.switch_on()
    found = patrol.show(code)
    assert (found["outcome"], found["status-from"]) == ("valid", "kept")
    refused = patrol.terminal.post("/trust")
    assert (refused.status_code, 'data-problem="offline"' in refused.text) == (502, True)
    assert patrol.show(patrol.draw_code())["outcome"] == "valid"


def test_a_licence_that_lost_its_last_point_after_its_code_was_drawn_is_caught_by_the_status(patrol: Patrol) -> None:
    patrol.terminal.post("/trust")
    code = patrol.draw_code()
    with patrol.service.app_context():
        deduct_licence_points(MINH["pin"], 12, decision="a long night")
    assert patrol.show(code)["outcome"] == "suspended"
    patrol.lose_network()
    assert patrol.show(code)["status-from"] == "kept"


def test_a_file_that_was_never_finished_or_is_another_issuers_is_as_none(patrol: Patrol) -> None:
    patrol.terminal.post("/trust")
    patrol.config = replace(patrol.config, issuer="https://another.example")
    patrol.switch_on()
    assert patrol.show(patrol.draw_code())["reason"] == "nothing_loaded"


def test_a_cards_code_says_who_and_rubbish_says_nothing(patrol: Patrol) -> None:
    patrol.terminal.post("/trust")
    for rubbish in ("", "%", "a.b.c", "\x00", "é" * 9000, "eyJ0eXAiOiJKV1QifQ.e30."):
        assert patrol.show(rubbish)["outcome"] == "not_genuine"
    with patrol.service.app_context():
        issue_card(MINH["pin"])
        code = sign_card_code(MINH["person_id"]).token
    found = patrol.show(code)
    assert found["outcome"] == "identity" and MINH["pin"] in found["text"]
    assert patrol.terminal.get("/checks").status_code == 404
