"""The desk: who may come in, what a look needs, and each act on a record."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from eid.accounts.models import Account, LookUp
from eid.accounts.request_models import Request
from eid.accounts.service import find_account, record_officer
from eid.audit import AuditEntry
from eid.cards.reader import read_demo_card
from eid.cards.service import find_current_card
from eid.clock import wall_now
from eid.config import Settings
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import PASSWORD, MakeAccount, MakePerson, last_text, world_later
from tests.web.conftest import Browser

BAO = "938203000104"
BAO_PHONE = "0100000104"


@pytest.fixture
def bao(make_person: MakePerson) -> Person:
    """Somebody who comes to the desk."""
    given = {"surname": "Phạm", "middle_name": "Quốc", "given_name": "Bảo", "residence_province": "38"}
    return make_person(person_id=4, pin=BAO, birth_date=wall_now().date().replace(2003, 1, 30), **given)


@pytest.fixture
def at_desk(browser: Browser, officer: Account, person: Person) -> Browser:
    browser.sign_in(person.pin, at="/desk/")
    return browser


def open_record(browser: Browser, pin: str = BAO) -> str:
    """Open a record; its address."""
    browser.open("/desk/")
    answer = browser.send("/desk/look-ups", pin=pin, purpose="asks for an account")
    browser.open(answer.location)
    return str(answer.location)


def test_a_stranger_is_led_to_sign_in_and_back(browser: Browser) -> None:
    answer = browser.client.get("/desk/")
    assert (answer.status_code, answer.location) == (303, "/citizen/sign-in?next=%2Fdesk%2F&level=LoA2")


def test_a_citizen_is_refused(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin, at="/desk/")
    assert browser.page is not None
    assert browser.page.status_code == 403
    assert "officer_only" in browser.page.text


def test_an_officer_without_the_second_factor_is_asked_for_it(
    browser: Browser, officer: Account, person: Person
) -> None:
    browser.open("/citizen/sign-in")
    browser.send("/citizen/sign-in?level=LoA1", pin=person.pin, password=PASSWORD)
    assert "Confirm with your authenticator" in browser.open("/desk/").text


def test_a_form_from_a_stranger_is_refused(browser: Browser, bao: Person) -> None:
    browser.open("/citizen/sign-in")
    answer = browser.send("/desk/look-ups", pin=BAO, purpose="asks for an account")
    assert db.session.scalars(select(LookUp)).all() == []
    assert answer.status_code in (303, 401)


def test_a_record_opens_for_a_purpose_and_its_subject_can_see_that(at_desk: Browser, bao: Person) -> None:
    open_record(at_desk)
    assert at_desk.page is not None and "Phạm Quốc Bảo" in at_desk.page.text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "look_up_person")).one()
    assert (entry.person_id, entry.details["purpose"]) == (bao.id, "asks for an account")


@pytest.mark.parametrize(
    ("pin", "purpose", "status", "code"),
    [
        (BAO, "", 400, "purpose_missing"),
        (BAO, "abc", 400, "purpose_missing"),
        (BAO, "x" * 201, 400, "purpose_missing"),
        ("979085000999", "asks for an account", 404, "person_unknown"),
        ("", "asks for an account", 404, "person_unknown"),
    ],
)
def test_a_look_without_purpose_or_person_is_refused_on_the_page(
    at_desk: Browser, bao: Person, pin: str, purpose: str, status: int, code: str
) -> None:
    at_desk.open("/desk/")
    answer = at_desk.send("/desk/look-ups", pin=pin, purpose=purpose)
    assert answer.status_code == status
    assert f'data-code="{code}"' in answer.text
    assert db.session.scalars(select(LookUp)).all() == []


def test_a_look_lasts_half_an_hour(at_desk: Browser, bao: Person) -> None:
    record = open_record(at_desk)
    with time_machine.travel(wall_now() + timedelta(minutes=20)):
        assert at_desk.open(record).status_code == 200
    with time_machine.travel(wall_now() + timedelta(minutes=31)):
        at_desk.open("/desk/")
        assert at_desk.open(record).status_code == 404
        at_desk.open("/desk/")
        answer = at_desk.send(f"{record}/card")
        assert answer.status_code == 404
        assert "look_up_over" in answer.text


def test_a_look_belongs_to_its_officer(
    at_desk: Browser, another_browser: Browser, bao: Person, make_account: MakeAccount
) -> None:
    record = open_record(at_desk)
    record_officer(make_account(bao.id, phone=BAO_PHONE), place="Phường Sông Thử")
    db.session.commit()
    another_browser.sign_in(BAO, at="/desk/")
    assert another_browser.open(record).status_code == 404


def test_a_card_is_issued_and_an_account_opened(at_desk: Browser, bao: Person, settings: Settings) -> None:
    record = open_record(at_desk)
    page = at_desk.submit(f"{record}/card")
    assert "A new card is issued" in page.text
    assert read_demo_card(settings.cards_dir / BAO).files["EF.SOD"]
    page = at_desk.submit(f"{record}/account", phone="0100 000 104")
    assert "The account is approved" in page.text
    assert find_account(bao.id).state == "approved"
    assert "PHAM QUOC BAO" in last_text(BAO_PHONE)


def test_without_a_card_no_account_is_opened(at_desk: Browser, bao: Person) -> None:
    record = open_record(at_desk)
    answer = at_desk.send(f"{record}/account", phone=BAO_PHONE)
    assert answer.status_code == 409
    assert 'data-code="card_missing"' in answer.text
    assert "Phạm Quốc Bảo" in answer.text


def test_an_account_is_locked_and_unlocked(at_desk: Browser, bao: Person) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    assert "The account is locked" in at_desk.submit(f"{record}/lock", reason="holder").text
    assert find_account(bao.id).state == "locked"
    assert "This lock is lifted" in at_desk.submit(f"{record}/unlock", reason="holder").text
    assert find_account(bao.id).state == "approved"
    kept = db.session.execute(select(Request.kind, Request.form, Request.state).order_by(Request.id)).all()
    assert [tuple(row) for row in kept[1:]] == [
        ("lock_by_holder", "TK03", "approved"),
        ("unlock_by_holder", "TK03", "approved"),
    ]


@pytest.mark.parametrize(("reason", "status", "code"), [("card", 403, "lock_automatic"), ("x", 400, "reason_unknown")])
def test_a_lock_that_is_not_set_by_hand_is_refused(
    at_desk: Browser, bao: Person, reason: str, status: int, code: str
) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    answer = at_desk.send(f"{record}/lock", reason=reason)
    assert (answer.status_code, f'data-code="{code}"' in answer.text) == (status, True)


def test_a_withheld_card_locks_the_account_and_its_return_unlocks_it(at_desk: Browser, bao: Person) -> None:
    """Law 26/2023, article 34.1 (c); Decree 69/2024, article 8: by itself, at once."""
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    at_desk.submit(f"{record}/card/withhold", reason="held in custody")
    assert find_account(bao.id).lock_reasons == {"card"}
    at_desk.submit(f"{record}/card/return")
    assert find_account(bao.id).state == "approved"


def test_a_revoked_card_locks_the_account_until_a_new_one_is_issued(at_desk: Browser, bao: Person) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    at_desk.submit(f"{record}/card/revoke", reason="wrongly issued")
    assert find_account(bao.id).state == "locked"
    assert find_current_card(bao.id).state == "revoked"
    at_desk.submit(f"{record}/card")
    assert find_account(bao.id).state == "approved"


def test_a_death_is_shown_then_approved_and_ends_card_and_account(at_desk: Browser, bao: Person) -> None:
    """Law 26/2023, article 34.1 (d)."""
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    at_desk.open(record)
    page = at_desk.press("continue", died_on="01/02/2026")
    assert "Please check: Death" in page.text
    assert find_account(bao.id).state == "approved"
    assert "The event is registered." in at_desk.press("approve").text
    assert find_account(bao.id).lock_reasons == {"death", "card"}
    assert find_current_card(bao.id).state == "revoked"


@pytest.mark.parametrize("died_on", ["", "2026-02-01", "31/02/2026", "01/01/2999"])
def test_what_is_no_day_of_death_is_refused_at_its_field(at_desk: Browser, bao: Person, died_on: str) -> None:
    record = open_record(at_desk)
    answer = at_desk.send(f"{record}/life/death", died_on=died_on)
    assert answer.status_code == 400
    assert 'id="died_on-error"' in answer.text
    db.session.refresh(bao)
    assert bao.died_on is None


def test_the_hotline_lets_a_late_account_be_activated(at_desk: Browser, bao: Person, settings: Settings) -> None:
    """Decree 69/2024, article 14."""
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    with world_later(settings, days=8):
        assert "The seven days are over" in at_desk.open(record).text
        assert "another seven days" in at_desk.submit(f"{record}/hotline").text
        assert "The seven days are over" not in at_desk.open(record).text


def test_every_act_names_its_officer(at_desk: Browser, bao: Person, officer: Account) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    at_desk.submit(f"{record}/card/withhold", reason="held in custody")
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.actor_kind == "officer")).all()
    assert {entry.actor for entry in entries} == {str(officer.id)}
    assert [entry.act for entry in entries] == [
        "look_up_person",
        "issue_card_at_desk",
        "open_request",
        "decide_request",
        "open_account",
        "withhold_card_at_desk",
    ]
