"""Opening an account at the desk, on both databases."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.opening import open_account
from eid.audit import AuditEntry
from eid.cards.reader import DemoCard
from eid.cards.service import issue_card, withhold_card
from eid.clock import world_today
from eid.config import Settings
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refused
from eid.population.models import Person
from eid.population.registration import register_death
from tests.accounts.conftest import UNKNOWN_PIN, MakePerson, in_threads, last_text, world_later
from tests.engines import one_engine
from tests.people import PHONE
from tests.turns import both_engines


def test_an_account_is_approved_for_seven_days_and_its_holder_told(carded: DemoCard, person: Person) -> None:
    """Decree 69/2024, article 14: to be activated within seven days of the notice."""
    account = open_account(person.pin, PHONE, officer=7)
    assert (account.state, account.level) == (AccountState.APPROVED, "2")
    assert account.activate_by - account.approved_at == timedelta(days=7)
    assert last_text().startswith("Cuc Canh sat QLHC ve TTXH thong bao: Ho so dang ky")
    assert "TRAN VAN MINH" in last_text()


def test_opening_is_in_the_audit_log_with_its_officer(carded: DemoCard, person: Person) -> None:
    open_account(person.pin, PHONE, officer=7)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "open_account")).one()
    assert (entry.actor_kind, entry.actor, entry.person_id) == ("officer", "7", person.id)


def test_an_unknown_person_has_no_account(person: Person) -> None:
    with pytest.raises(NotFound) as caught:
        open_account(UNKNOWN_PIN, PHONE, officer=7)
    assert caught.value.code == "person_unknown"


def test_the_dead_get_no_account(carded: DemoCard, person: Person) -> None:
    register_death(person.pin, died_on=world_today())
    with pytest.raises(Refused) as caught:
        open_account(person.pin, PHONE, officer=7)
    assert caught.value.code == "person_dead"


def test_an_account_is_for_people_of_fourteen_and_older(make_person: MakePerson, settings: Settings) -> None:
    """Decree 69/2024, article 7; the age is reckoned in the world's time, in Vietnam."""
    today = world_today()
    birthday = today.replace(year=today.year - 14) + timedelta(days=1)
    pin = f"9792{birthday.year % 100:02}000110"
    make_person(person_id=9, pin=pin, birth_date=birthday)
    issue_card(pin)
    with pytest.raises(Refused) as caught:
        open_account(pin, PHONE, officer=7)
    assert caught.value.code == "person_too_young"
    with world_later(settings, days=1):
        assert world_today() > today
        assert open_account(pin, PHONE, officer=7).state == AccountState.APPROVED


def test_a_usable_card_is_needed(person: Person) -> None:
    with pytest.raises(Conflict) as caught:
        open_account(person.pin, PHONE, officer=7)
    assert caught.value.code == "card_missing"
    issue_card(person.pin)
    withhold_card(person.id, reason="test")
    with pytest.raises(Conflict) as caught:
        open_account(person.pin, PHONE, officer=7)
    assert caught.value.code == "card_unusable"


def test_nobody_gets_two_accounts(carded: DemoCard, person: Person) -> None:
    open_account(person.pin, PHONE, officer=7)
    with pytest.raises(Conflict) as caught:
        open_account(person.pin, PHONE, officer=7)
    assert caught.value.code == "account_exists"
    assert len(db.session.scalars(select(Account)).all()) == 1


@one_engine
@pytest.mark.parametrize("phone", ["", "123", "1234567890", "01000001021", "010000010a", "٠١٠٠٠٠٠١٠٢", "+84100000102"])
def test_a_phone_number_is_a_zero_and_nine_digits(carded: DemoCard, person: Person, phone: str) -> None:
    with pytest.raises(Malformed) as caught:
        open_account(person.pin, phone, officer=7)
    assert caught.value.code == "phone_malformed"


@both_engines
def test_four_officers_at_once_open_one_account(app: Flask, carded: DemoCard, person: Person) -> None:
    pin = person.pin
    results = in_threads(app, [lambda: open_account(pin, PHONE, officer=7).id for _ in range(4)])
    refused = [result.code for result in results if isinstance(result, Conflict)]
    assert refused == ["account_exists"] * 3
    assert len(db.session.scalars(select(Account)).all()) == 1
