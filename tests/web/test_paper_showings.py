"""Papers shown to a person: chosen by the citizen, read once by whoever scans the code in time, and told to the citizen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from eid.audit import find_acts_about
from eid.clock import wall_now
from eid.db import db
from eid.population.models import Person
from eid.population.registration import register_death
from tests.accounts.conftest import account, make_account, make_person, person
from tests.people import PASSCODE, record_added_insurance, record_added_licence
from tests.web.conftest import Browser

__all__ = ["account", "make_account", "make_person", "person"]

SHOW = "/citizen/papers/show"
CHOICE = ["health_insurance.name", "health_insurance.card_code", "driving_licence.classes", "driving_licence.may_drive"]


@pytest.fixture
def holder(account: object, person: Person, browser: Browser) -> Person:
    """Minh, insured and licensed, signed in."""
    record_added_insurance(person.id)
    record_added_licence(person.id)
    db.session.commit()
    browser.sign_in(person.pin, at="/robots.txt")
    return person


def show(browser: Browser, *attributes: str) -> str:
    """The path of the page that the code opens."""
    browser.open(SHOW)
    page = browser.submit(SHOW, attribute=list(attributes or CHOICE), passcode=PASSCODE)
    assert page.request.path == f"{SHOW}/code", page.text
    found = re.search(r'<code id="code-text">([^<]+)</code>', page.text)
    assert found is not None and 'aria-label="A QR code that opens what you chose"' in page.text
    address = found[1]
    assert address.startswith("http://localhost:8000/show/")
    return address.removeprefix("http://localhost:8000")


def test_a_checker_reads_what_was_chosen_and_nothing_else(
    holder: Person, browser: Browser, another_browser: Browser
) -> None:
    at = show(browser)
    asked = another_browser.open(at)
    assert asked.status_code == 200
    assert holder.full_name not in asked.text
    assert asked.headers["Cache-Control"] == "no-store" and asked.headers["Referrer-Policy"] == "no-referrer"
    page = another_browser.submit(at, checker="Trạm   kiểm soát 7")
    assert page.status_code == 200, page.text
    assert holder.full_name in page.text and "DN479" in page.text
    assert "May drive" in page.text and "A1" in page.text
    for withheld in (holder.pin, "Social insurance number", "Licence number", "Date of birth", "02/11/1985"):
        assert withheld not in page.text


def test_the_holder_sees_who_read_what_and_when(holder: Person, browser: Browser, another_browser: Browser) -> None:
    at = show(browser)
    assert "See whether it was read" in browser.open(f"{SHOW}/code").text
    another_browser.open(at)
    another_browser.submit(at, checker="Trạm kiểm soát 7")
    assert "Trạm kiểm soát 7 read it at" in browser.open(f"{SHOW}/code").text
    disclosures = browser.open("/citizen/disclosures").text
    assert "Trạm kiểm soát 7, as they say themselves" in disclosures
    assert "Card code" in disclosures and "DN479" not in disclosures
    entries = [entry for entry in find_acts_about(holder.id) if entry.act == "check_shown_papers"]
    assert [entry.details["attributes"] for entry in entries] == [["classes", "may_drive"], ["name", "card_code"]]


def test_a_code_is_read_once(holder: Person, browser: Browser, another_browser: Browser) -> None:
    at = show(browser)
    another_browser.open(at)
    assert another_browser.send(at, checker="Trạm 7").status_code == 200
    again = another_browser.send(at, checker="Trạm 8")
    assert again.status_code == 404 and holder.full_name not in again.text
    assert another_browser.open(at).status_code == 404


def test_a_code_is_over_after_a_minute_or_when_there_is_another(
    holder: Person, browser: Browser, another_browser: Browser
) -> None:
    at, later = show(browser), show(browser)
    assert another_browser.open(at).status_code == 404
    assert another_browser.open(later).status_code == 200
    with time_machine.travel(wall_now() + timedelta(seconds=61)):
        assert another_browser.send(later, checker="Trạm 7").status_code == 404
    assert another_browser.open("/show/nonsense").status_code == 404


def test_who_reads_says_who_they_are(holder: Person, browser: Browser, another_browser: Browser) -> None:
    at = show(browser)
    another_browser.open(at)
    refused = another_browser.send(at, checker=" ")
    assert refused.status_code == 400 and "Say who you are" in refused.text
    assert another_browser.send(at, checker="Trạm 7").status_code == 200


def test_nothing_is_shown_without_the_passcode_or_a_choice(holder: Person, browser: Browser) -> None:
    browser.open(SHOW)
    wrong = browser.send(SHOW, attribute=CHOICE, passcode="000000")
    assert wrong.status_code == 403
    assert len(re.findall(r"<input[^>]*checked", wrong.text)) == len(CHOICE)
    empty = browser.send(SHOW, passcode=PASSCODE)
    assert empty.status_code == 400 and "Choose at least one thing" in empty.text
    for unknown, status in (("health_insurance.pin", 400), ("passport.name", 404), ("tax.tax_code", 409)):
        assert browser.send(SHOW, attribute=[unknown], passcode=PASSCODE).status_code == status


def test_papers_of_somebody_else_are_not_among_them(browser: Browser, another_browser: Browser) -> None:
    assert another_browser.client.get(SHOW).status_code == 303
    assert another_browser.client.get(f"{SHOW}/code").status_code == 303


def test_what_ended_meanwhile_is_not_shown(holder: Person, browser: Browser, another_browser: Browser) -> None:
    at = show(browser)
    another_browser.open(at)
    register_death(holder.pin, died_on=holder.birth_date.replace(year=2026, month=1))
    answer = another_browser.send(at, checker="Trạm 7")
    assert answer.status_code == 409 and holder.full_name not in answer.text
