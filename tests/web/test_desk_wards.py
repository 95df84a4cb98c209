"""The desk's pages of wards and foreigners."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from eid.accounts import registration
from eid.accounts.foreign_papers import find_foreign_paper
from eid.accounts.guardian_rules import Ground
from eid.accounts.guardianships import find_guardians
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.request_models import Request, RequestKind
from eid.accounts.service import find_account
from eid.clock import wall_now, world_today
from eid.crypto.totp import build_code
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import texted_code
from tests.accounts.test_foreigners import ANNA, ANNAS_PHONE
from tests.engines import one_engine
from tests.people import HOA, MINH, PASSCODE, PASSWORD, QUESTION_FIELDS, record_one
from tests.representation import approve, record_approver, record_child, record_ward
from tests.web.conftest import Browser
from tests.web.test_desk import open_record


@pytest.fixture
def officer_id(app: Flask) -> int:
    return record_approver()


@pytest.fixture
def at_desk(browser: Browser, officer_id: int, account: Account) -> Browser:
    """Hoa, at the desk; Minh has an account."""
    browser.sign_in(HOA["pin"], at="/desk/")
    return browser


@pytest.fixture
def anna(app: Flask) -> Person:
    person = record_one(ANNA)
    db.session.commit()
    return person


def papers_until(days: int) -> dict[str, str]:
    day = f"{world_today() + timedelta(days=days):%d/%m/%Y}"
    given = {"passport": "PA1234567", "residence_kind": "temporary", "residence_card": "TR0000301"}
    return given | {"passport_until": day, "residence_until": day}


def test_guardian_and_child_ask_for_level_2_together(at_desk: Browser, officer_id: int) -> None:
    child = record_child(9)
    here = open_record(at_desk, child.pin)
    assert f'href="{here}/ward"' in at_desk.open(here).text
    assert f'href="{here}/foreigner"' not in at_desk.open(here).text
    at_desk.open(f"{here}/ward")
    page = at_desk.press("continue", guardian_pin=MINH["pin"], ground="parent", level="2")
    assert "waits to be examined" in page.text
    request = db.session.scalars(select(Request)).one()
    assert (request.kind, request.officer_id, request.details["level"]) == (
        RequestKind.ACCOUNT_CHILD,
        officer_id,
        "2",
    )
    approve(request, officer_id)
    assert find_account(child.id).state == AccountState.APPROVED


@one_engine
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"guardian_pin": "979085000999"}, "person_unknown", "guardian_pin"),
        ({"guardian_pin": ""}, "person_unknown", "guardian_pin"),
        ({"guardian_pin": HOA["pin"]}, "guardian_not_parent", "ground"),
        ({"ground": "neighbour"}, "ground_unknown", "ground"),
        ({"ground": "appointed_minor"}, "document_missing", "document"),
        ({"level": "4"}, "account_level", "level"),
    ],
)
def test_what_is_wrong_stands_at_its_field(at_desk: Browser, changes: dict[str, str], code: str, field: str) -> None:
    here = open_record(at_desk, record_child(9).pin)
    at_desk.open(f"{here}/ward")
    sent = {"guardian_pin": MINH["pin"], "ground": "parent", "level": "1", "document": ""}
    answer = at_desk.send(f"{here}/ward", **sent | changes)
    assert f'data-code="{code}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert db.session.scalars(select(Request)).all() == []


def test_an_appointment_is_ended(at_desk: Browser, officer_id: int, person: Person) -> None:
    orphan = record_child(9, father_id=None)
    record_ward(person, orphan, officer=officer_id, ground=Ground.APPOINTED_MINOR)
    here = open_record(at_desk, orphan.pin)
    at_desk.open(f"{here}/ward")
    assert "The guardianship has ended." in at_desk.press("end-guardianship").text
    assert find_guardians(orphan.id) == []


def test_a_foreigner_gets_an_account_and_activates_it_with_the_passport(
    at_desk: Browser, another_browser: Browser, anna: Person, officer_id: int
) -> None:
    here = open_record(at_desk, anna.pin)
    assert f'href="{here}/foreigner"' in at_desk.open(here).text
    page = at_desk.open(f"{here}/foreigner")
    assert 'data-act="continue"' not in page.text
    page = at_desk.press("enter-papers", **papers_until(90))
    assert "The papers are entered." in page.text
    page = at_desk.press("continue", phone=ANNAS_PHONE, level="2")
    assert "waits to be examined" in page.text
    approve(db.session.scalars(select(Request)).one(), officer_id)

    another_browser.open("/citizen/activate")
    another_browser.press("continue", pin=anna.pin, phone=ANNAS_PHONE)
    another_browser.press("continue", code=texted_code(ANNAS_PHONE))
    another_browser.press("continue", password=PASSWORD)
    another_browser.press("continue", passcode=PASSCODE)
    another_browser.press("continue", **QUESTION_FIELDS)
    token = another_browser.client.get_cookie("eid_activation", path="/citizen/activate")
    assert token is not None
    progress = registration.find_progress(token.value)
    assert progress is not None and progress.totp_secret is not None
    page = another_browser.press("continue", otp=build_code(progress.totp_secret, now=wall_now()))
    assert 'name="passport"' in page.text
    refused = another_browser.send("/citizen/activate/card", passport="PA7654321")
    assert 'data-code="passport_wrong"' in refused.text
    another_browser.press("activate", passport="PA1234567")
    assert find_account(anna.id).state == AccountState.ACTIVE


@one_engine
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"passport": "1"}, "paper_number", "passport"),
        ({"residence_card": "<script>"}, "paper_number", "residence_card"),
        ({"residence_kind": "visit"}, "residence_kind", "residence_kind"),
        ({"passport_until": "soon"}, "date_malformed", "passport_until"),
        ({"residence_until": "31/02/2027"}, "date_malformed", "residence_until"),
        ({"residence_until": "01/01/2020"}, "residence_missing", "residence_until"),
    ],
)
def test_what_is_wrong_with_papers_stands_at_its_field(
    at_desk: Browser, anna: Person, changes: dict[str, str], code: str, field: str
) -> None:
    here = open_record(at_desk, anna.pin)
    at_desk.open(f"{here}/foreigner")
    answer = at_desk.send(f"{here}/foreigner/papers", **papers_until(90) | changes)
    assert f'data-code="{code}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert find_foreign_paper(anna.id) is None


@one_engine
def test_a_citizen_is_not_let_to_these_pages(browser: Browser, account: Account, person: Person) -> None:
    browser.sign_in(person.pin)
    for path in ("look-ups/1/ward", "look-ups/1/foreigner", "organisations/", "organisations/new"):
        assert "officer_only" in browser.open(f"/desk/{path}").text
