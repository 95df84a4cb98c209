"""Papers of children: a parent shows a small child's card without an account of the child's, and asks for its papers."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from eid.accounts.levels import AccountLevel
from eid.accounts.models import Account
from eid.agencies.disability import record_disability
from eid.agencies.entitlement_models import DisabilityCertificate
from eid.agencies.insurance import insure_newborns
from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.credentials.additions import ANSWERED_AFTER, record_prepared_additions
from eid.credentials.offline_reading import verify_offline_paper
from eid.credentials.service import find_claims
from eid.db import db
from eid.events import PeopleChanged, PersonChange
from eid.population.models import LifeEventKind, Person
from tests.people import PASSCODE, record_account_of
from tests.representation import TRANG, record_account_for, record_child
from tests.web.conftest import Browser


@pytest.fixture
def small(account: Account) -> Person:
    """Minh's child of three, insured, with neither card nor account."""
    child = record_child(3, carded=False)
    born = PersonChange(child.id, LifeEventKind.BIRTH, frozenset(), frozenset())
    insure_newborns(PeopleChanged((born,)))
    db.session.commit()
    return child


@pytest.fixture
def parent(browser: Browser, account: Account, person: Person, small: Person) -> Browser:
    browser.sign_in(person.pin, at="/robots.txt")
    return browser


def test_a_parent_shows_a_small_childs_card_without_an_account_of_the_childs(parent: Browser, small: Person) -> None:
    here = f"/citizen/wards/{small.id}/papers/"
    assert f'href="{here}"' in parent.open("/citizen/wards/").text
    assert "Card of a child under six" in parent.open(here).text
    parent.open(f"{here}newborn_card")
    page = parent.submit(f"{here}newborn_card", passcode=PASSCODE).text
    assert "TE 1 79" in page
    assert "Trần Văn Minh" in page
    assert 'id="code-text"' in page
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "present_paper")).one()
    assert (entry.person_id, entry.actor) == (small.id, "2")


def test_a_parent_shows_a_childs_card_without_a_network_and_prints_it(parent: Browser, small: Person) -> None:
    here = f"/citizen/wards/{small.id}/papers/newborn_card"
    parent.open(here)
    assert parent.submit(f"{here}/offline", passcode="000000").status_code == 403
    page = parent.submit(f"{here}/offline", passcode=PASSCODE).text
    text = html.unescape(page.split('id="code-text">')[1].split("<")[0])
    keys = parent.client.get("/api/v1/keys").json["keys"]  # type: ignore[index]
    verified = verify_offline_paper(text, keys=keys, expected_issuer="http://localhost:8000", now=wall_now())
    assert (verified.paper.name, verified.photo is not None) == ("newborn_card", True)
    pdf = parent.send(f"{here}/pdf", passcode=PASSCODE)
    assert (pdf.status_code, pdf.content_type, pdf.data[:5]) == (200, "application/pdf", b"%PDF-")
    acts = select(AuditEntry.act).where(AuditEntry.person_id == small.id, AuditEntry.actor == "2")
    assert {"present_paper", "print_paper"} <= set(db.session.scalars(acts))


def test_the_parents_level_decides_about_a_small_childs_card_and_no_other(parent: Browser, small: Person) -> None:
    """A child under six can have an account of level 1 alone (Decree 69/2024, article 7)."""
    record_account_of(small.id, level=AccountLevel.ONE, phone="0100000999")
    record_prepared_additions(small.id, ["health_insurance"])
    db.session.commit()
    here = f"/citizen/wards/{small.id}/papers/"
    page = parent.open(here).text
    assert "Card of a child under six" in page
    assert "Health insurance card" not in page
    assert parent.open(f"{here}newborn_card").status_code == 200
    assert parent.open(f"{here}health_insurance").status_code == 409
    assert find_claims("newborn_card", small.id) is None


def test_nobody_else_sees_a_childs_papers(another_browser: Browser, small: Person) -> None:
    trang = record_account_for(TRANG, "0100000107")
    another_browser.sign_in(db.session.get_one(Person, trang.person_id).pin, at="/robots.txt")
    for path in ("", "newborn_card", "disability/request"):
        assert another_browser.open(f"/citizen/wards/{small.id}/papers/{path}").status_code == 404
    assert another_browser.open("/citizen/wards/987654/papers/").status_code == 404


def test_a_parent_asks_for_a_paper_of_the_child(parent: Browser, small: Person) -> None:
    record_disability(small.id)
    db.session.commit()
    number = db.session.scalars(select(DisabilityCertificate.number)).one()
    at = f"/citizen/wards/{small.id}/papers/disability"
    parent.open(f"{at}/request")
    given = {"name": small.full_name, "birth_date": f"{small.birth_date:%d/%m/%Y}", "pin": small.pin, "number": number}
    assert "in progress" in parent.submit(f"{at}/request", **given).text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "ask_for_paper")).one()
    assert (entry.person_id, entry.actor) == (small.id, "2")
    with time_machine.travel(wall_now() + ANSWERED_AFTER + timedelta(seconds=1)):
        parent.open(at)
        page = parent.submit(at, passcode=PASSCODE).text
    assert number in page
    assert "mobility" in page
