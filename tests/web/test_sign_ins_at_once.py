"""Several people at the sign-in form at the same moment, each in a thread: their passwords are judged one by one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from eid.accounts import hashing
from eid.accounts.hashing import HashingThread, hash_in_turn
from eid.accounts.models import Account, GuessCounter
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import in_threads
from tests.people import PASSWORD
from tests.turns import both_engines
from tests.web.conftest import Browser

LEVEL_1 = "/citizen/sign-in?next=/robots.txt&level=LoA1"


def sign_in(app: Flask, pin: str) -> tuple[int, str | None]:
    """Status and way of the answer to the form, in a browser that nobody has seen."""
    browser = Browser(app.test_client())
    browser.open(LEVEL_1)
    answer = browser.send(LEVEL_1, pin=pin, password=PASSWORD)
    return answer.status_code, answer.location


@both_engines
def test_four_who_sign_in_at_once_all_get_in(app: Flask, account: Account, person: Person) -> None:
    pin = person.pin
    assert in_threads(app, [partial(sign_in, app, pin)] * 4) == [(303, "/robots.txt")] * 4


def test_who_finds_too_many_waiting_is_told_when_to_come_again_and_no_try_is_counted(
    browser: Browser, account: Account, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_thread", HashingThread(at_once=1))
    begun, ended = threading.Event(), threading.Event()
    browser.open(LEVEL_1)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(hash_in_turn, lambda: (begun.set(), ended.wait(10)))
        assert begun.wait(10)
        answer = browser.send(LEVEL_1, pin=person.pin, password=PASSWORD)
        ended.set()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "Too many ask at once" in answer.text
    assert PASSWORD not in answer.text
    assert db.session.scalar(select(func.count()).select_from(GuessCounter)) == 0
    assert browser.send(LEVEL_1, pin=person.pin, password=PASSWORD).location == "/robots.txt"
