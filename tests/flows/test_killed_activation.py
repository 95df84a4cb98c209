"""The server is killed at every moment of an activation: nothing confirmed is lost, and nothing blocks a second try.

It is the real server, in processes of its own, killed by SIGKILL with all its workers; the browser keeps its cookies. Confirmed
is what the browser got its redirect for.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest
import requests
from flask import Flask

from eid.accounts.opening import open_account
from eid.app import create_app
from eid.cards.folder import write_card_folder
from eid.cards.service import issue_card
from eid.config import Settings
from eid.db import db
from eid.scenarios.target import start_server
from tests.accounts.conftest import texted_code
from tests.live import free_port
from tests.people import MINH, PASSCODE, PASSWORD, PHONE, QUESTION_FIELDS, record_one
from tests.walker import Walker

PIN = MINH["pin"]
STEPS = ("start", "code", "password", "passcode", "questions", "authenticator", "card", "done")


@dataclass
class Server:
    """The real server on one port, started and killed again and again."""

    app: Flask
    settings: Settings
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.settings.public_url

    def start(self) -> None:
        self.process = start_server(self.settings, port=self.port, output=self.log)

    def kill(self) -> None:
        """SIGKILL to the server and all its workers at once: nobody gets to tidy up."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass
class Attempt:
    """Minh at a browser, activating his account."""

    server: Server
    password: str = PASSWORD
    walker: Walker = field(default_factory=Walker)
    secret: str = ""

    def where(self) -> str:
        """The step that the pages lead to."""
        self.walker.open(f"{self.server.url}/citizen/activate/done")
        return self.walker.address.removesuffix("/").rsplit("/", 1)[-1].replace("activate", "start")

    def fill_in(self, step: str) -> tuple[str, dict[str, str]]:
        """Where the form of a step goes, and what is sent."""
        self.walker.open(f"{self.server.url}/citizen/activate" + ("" if step == "start" else f"/{step}"))
        form = next(form for form in self.walker.forms if {"continue", "activate"} & set(form.buttons))
        return self.walker.address, dict(form.fields) | self.fields_of(step)

    def fields_of(self, step: str) -> dict[str, str]:
        if step == "start":
            return {"pin": PIN, "phone": PHONE}
        if step == "code":
            code = texted_code()
            db.session.rollback()  # the server must be able to write
            return {"code": code}
        if step == "authenticator":
            self.secret = re.findall(r"secret=([A-Z2-7]{32})", self.walker.text)[0]
            return {"otp": self.walker.code_of(self.secret)}
        others: dict[str, dict[str, str]] = {
            "password": {"password": self.password},
            "passcode": {"passcode": PASSCODE},
            "questions": QUESTION_FIELDS,
            "card": {"card": PIN},
        }
        return others[step]

    def send(self, filled: tuple[str, dict[str, str]]) -> bool:
        """Whether the browser was told that it is done."""
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            answer = self.walker.http.post(filled[0], data=filled[1], allow_redirects=False, timeout=20)
            if answer.status_code >= 400:
                raise AssertionError(answer.text)
            return answer.status_code == 303
        return False

    def go_on_from(self, step: str) -> None:
        """All that is left to do, without trouble."""
        while step != "done":
            assert self.send(self.fill_in(step))
            step = self.where()

    def check_can_sign_in(self) -> None:
        member = {"pin": PIN, "password": self.password, "passcode": PASSCODE, "totp_secret": self.secret}
        walker = Walker().open(f"{self.server.url}/citizen/").walk(member)
        assert walker.status == 200
        assert "sign-out" in walker.acts, walker.text


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    """A served country of one person, whose account is approved and whose card lies ready."""
    port = free_port()
    served = replace(settings, public_url=f"http://localhost:{port}")
    served.state_dir.mkdir()
    app = create_app(served)
    with app.app_context():
        record_one()
        db.session.commit()
        write_card_folder(issue_card(PIN), served.cards_dir / PIN)
        open_account(PIN, PHONE, officer=7)
        db.session.remove()
        running = Server(app, served, port, tmp_path / "server.log")
        running.start()
        yield running
        running.kill()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.sweep
def test_killed_after_each_step_it_goes_on_where_it_was(server: Server) -> None:
    attempt = Attempt(server)
    for step, after in pairwise(STEPS):
        assert attempt.send(attempt.fill_in(step))
        server.kill()
        server.start()
        assert attempt.where() == after
    attempt.check_can_sign_in()


def test_killed_during_each_step_nothing_confirmed_is_lost_and_the_rest_can_be_done(server: Server) -> None:
    rng = random.Random(2)
    attempt = Attempt(server)
    step = "start"
    while step != "done":
        filled = attempt.fill_in(step)
        confirmed: list[bool] = []
        sending = threading.Thread(target=lambda filled=filled, told=confirmed: told.append(attempt.send(filled)))
        sending.start()
        time.sleep(rng.uniform(0, 0.08))
        server.kill()
        sending.join()
        server.start()
        here, following = attempt.where(), STEPS[STEPS.index(step) + 1]
        assert here == following or (here == step and not confirmed[0])
        if here == step:
            assert attempt.send(attempt.fill_in(step))
        step = attempt.where()
        assert step == following
    attempt.check_can_sign_in()


def test_another_browser_begins_again_after_a_kill_and_its_secrets_are_those_that_count(server: Server) -> None:
    first = Attempt(server)
    for step in STEPS[:5]:
        assert first.send(first.fill_in(step))
    filled = first.fill_in("authenticator")
    sending = threading.Thread(target=lambda: first.send(filled))
    sending.start()
    time.sleep(0.01)
    server.kill()
    sending.join()
    server.start()
    second = Attempt(server, password="Khac@2031x")
    second.go_on_from("start")
    assert first.where() in ("start", "over")
    second.check_can_sign_in()
