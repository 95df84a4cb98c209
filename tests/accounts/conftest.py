"""A few people of the register, with and without accounts."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask

from eid.accounts import hashing
from eid.accounts.models import Account
from eid.accounts.registration import PresentedCard
from eid.cards.folder import write_card_folder
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.service import issue_card, open_challenge
from eid.clock import advance_world
from eid.config import Settings, current_settings
from eid.db import db
from eid.errors import Refusal
from eid.outbox import find_messages
from eid.population.models import Person
from tests.people import PASSWORD, PHONE, record_account_of, record_one  # noqa: F401

UNKNOWN_PIN = "979085000999"

MakePerson = Callable[..., Person]
MakeAccount = Callable[..., Account]


@pytest.fixture
def make_person(app: Flask) -> MakePerson:
    """Add a person of the register, committed: Trần Văn Minh unless told otherwise."""

    def make(**changes: Any) -> Person:
        person = record_one(**changes)
        db.session.commit()
        return person

    return make


@pytest.fixture
def person(make_person: MakePerson) -> Person:
    return make_person()


@pytest.fixture
def make_account(person: Person) -> MakeAccount:
    """Add an account, committed: active and Minh's unless told otherwise."""

    def make(person_id: int = person.id, **changes: Any) -> Account:
        account = record_account_of(person_id, **changes)
        db.session.commit()
        return account

    return make


@pytest.fixture
def account(make_account: MakeAccount) -> Account:
    return make_account()


@pytest.fixture
def carded(person: Person) -> DemoCard:
    """Minh's identity card, and what a reader finds on it."""
    return hand_out_card(person.pin)


def hand_out_card(pin: str) -> DemoCard:
    """Issue a card and lay it before the virtual reader."""
    folder = current_settings().cards_dir / pin
    write_card_folder(issue_card(pin), folder)
    return read_demo_card(folder)


def present(card: DemoCard) -> PresentedCard:
    """Hold a card to the reader."""
    drawn = open_challenge()
    return PresentedCard(card.files, drawn.id, card.answer_challenge(drawn.challenge))


def last_text(phone: str = PHONE) -> str:
    return find_messages(recipient=phone, limit=1)[0].body


def last_two_texts(phone: str = PHONE) -> tuple[str, str]:
    """The one before the last, and the last."""
    last, before = find_messages(recipient=phone, limit=2)
    return before.body, last.body


def texted_code(phone: str = PHONE) -> str:
    code = re.search(r"\b\d{6}\b", last_text(phone))
    assert code is not None
    return code[0]


@contextmanager
def world_later(settings: Settings, days: float) -> Iterator[None]:
    """The world's clock is that many days ahead."""
    advance_world(timedelta(days=days))
    try:
        yield
    finally:
        settings.world_clock_file.unlink()


def in_threads(app: Flask, acts: list[Callable[[], Any]]) -> list[Any]:
    """Do these at the same moment, each with its own connection; what each returned or was refused with.

    All may wait for a hash: that more than some are sent away unheard is tried in test_hashing.
    """
    db.session.rollback()
    results: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def work(number: int) -> None:
        with app.app_context():
            start.wait()
            try:
                results[number] = acts[number]()
            except Refusal as refusal:
                results[number] = refusal
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(acts))]
    with patch.object(hashing, "_thread", hashing.HashingThread(at_once=len(acts))):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return results
