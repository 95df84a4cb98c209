"""A person sees who came to know what, chooses a part of it, keeps it as a file, and reports what they do not know of."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eid.accounts.models import Account
from eid.accounts.service import record_officer
from eid.audit import ActorKind, AuditEntry, record_act, record_disclosure
from eid.clock import world_now
from eid.config import Settings
from eid.db import db
from eid.outbox import find_messages
from eid.population.models import Person
from eid.web.formats import write_date
from tests.accounts.conftest import MakeAccount, MakePerson, world_later
from tests.engines import one_engine
from tests.people import HOA, PHONE
from tests.web.conftest import Browser

PAGE = "/citizen/disclosures"


@pytest.fixture
def minh(browser: Browser, account: Account, person: Person) -> Browser:
    """Minh, signed in."""
    browser.sign_in(person.pin)
    return browser


def disclose(count: int = 1, *, person_id: int = 2, **changes: Any) -> None:
    for number in range(count):
        record_disclosure(
            "read_userinfo",
            **{
                "person_id": person_id,
                "actor_kind": ActorKind.CLIENT,
                "actor": "clinic",
                "attributes": ["sub", "name", "birthdate", "health_insurance"],
                "purpose": f"Appointment {number}",
            }
            | changes,
        )
    db.session.commit()


def purposes(page: str) -> list[str]:
    return re.findall(r"Appointment \d+", page)


def rows(browser: Browser, query: str = "") -> list[dict[str, str]]:
    file = browser.open(f"{PAGE}/file.csv{query}")
    assert file.headers["Content-Disposition"] == 'attachment; filename="eid-disclosures.csv"'
    return list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))


def test_who_when_what_for_and_which_attributes_stand_on_the_page(minh: Browser) -> None:
    disclose()
    page = minh.open(PAGE).text
    for word in (
        "clinic",
        "Data read by a service",
        "Appointment 0",
        "Full name, Date of birth, Health insurance card",
    ):
        assert word in page
    assert write_date(world_now()) in page
    assert f'href="{PAGE}"' in minh.open("/citizen/").text


def test_nothing_of_anybody_else_and_no_act_that_discloses_nothing(minh: Browser, make_person: MakePerson) -> None:
    make_person(**HOA)
    disclose(person_id=1)
    record_act("change_password", person_id=2, purpose="Appointment 9")
    db.session.commit()
    page = minh.open(PAGE).text
    assert purposes(page) == []
    assert "Nobody has read anything of yours" in page


def test_pages_follow_each_other_without_a_gap_in_either_order(minh: Browser) -> None:
    disclose(45)
    for order, expected in (("", range(44, -1, -1)), ("oldest", range(45))):
        seen, address = [], f"{PAGE}?order={order}"
        while address:
            page = minh.open(address).text
            seen += purposes(page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = following[1].replace("&amp;", "&") if following else ""
        assert seen == [f"Appointment {number}" for number in expected]


def test_the_list_is_chosen_by_service_and_by_time(minh: Browser, settings: Settings) -> None:
    disclose(2)
    disclose(actor="library")
    disclose(actor_kind=ActorKind.PERSON, actor=2, client="museum")
    disclose(actor_kind=ActorKind.OFFICER, actor=7)
    today = write_date(world_now())
    found = {service: len(purposes(minh.open(f"{PAGE}?service={service}").text)) for service in SERVICES}
    assert found == SERVICES
    with world_later(settings, 3):
        disclose()
        later = write_date(world_now())
        assert len(purposes(minh.open(f"{PAGE}?from={later}").text)) == 1
        assert len(purposes(minh.open(f"{PAGE}?until={today}").text)) == 5
        assert len(purposes(minh.open(f"{PAGE}?from={today}&until={later}").text)) == 6
        assert len(rows(minh, f"?from={later}")) == 1
        assert "Nothing in this time" in minh.open(f"{PAGE}?service=library&from={later}").text


SERVICES = {"clinic": 2, "library": 1, "museum": 1, "-": 1, "": 5, "nobody": 0}


@one_engine
@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("from=yesterday", "dd/mm/yyyy"),
        ("until=31/02/2026", "dd/mm/yyyy"),
        ("from=01/01/0001", "dd/mm/yyyy"),
        ("until=31/12/9999", "dd/mm/yyyy"),
        ("from=02/01/2026&until=01/01/2026", "The last day is before the first."),
    ],
)
def test_a_day_that_makes_no_sense_stays_in_its_field(minh: Browser, query: str, word: str) -> None:
    page = minh.open(f"{PAGE}?{query}").text
    assert word in page
    assert 'aria-invalid="true"' in page
    assert f'value="{query.split("=")[1].split("&")[0]}"' in page


@one_engine
@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "１"])
def test_a_page_that_is_none_is_the_first(minh: Browser, after: str) -> None:
    disclose()
    assert purposes(minh.open(f"{PAGE}?after={after}").text) == ["Appointment 0"]


def test_after_five_years_it_is_not_shown_any_more(minh: Browser, settings: Settings) -> None:
    """The history of use is kept for five years."""
    disclose()
    with world_later(settings, 5 * 365 + 3):
        assert purposes(minh.open(PAGE).text) == []
        assert rows(minh) == []


def test_the_files_hold_what_the_page_shows(minh: Browser) -> None:
    disclose(25)
    disclose(purpose="=HYPERLINK(1)")
    kept = rows(minh)
    assert len(kept) == 26
    assert kept[0]["What for"] == "'=HYPERLINK(1)"
    assert kept[1]["Which data"].startswith("An identifier that only this service knows; Full name; Date of birth")
    told = json.loads(minh.open(f"{PAGE}/file.json?order=oldest").text)["disclosures"]
    assert (len(told), told[0]["client_id"], told[0]["purpose"]) == (26, "clinic", "Appointment 0")
    assert minh.open(f"{PAGE}/file.pdf").status_code == 404


def test_a_stranger_is_led_to_sign_in(browser: Browser) -> None:
    assert "/citizen/sign-in" in browser.client.get(PAGE).location
    assert "/citizen/sign-in" in browser.client.get(f"{PAGE}/file.csv").location


def test_a_disclosure_is_reported_answered_and_the_answer_stands_beside_it(
    minh: Browser, another_browser: Browser, make_person: MakePerson, make_account: MakeAccount, app: Flask
) -> None:
    hoa = make_account(make_person(**HOA).id, phone="0100000101")
    record_officer(hoa, place="Phường Bến Thử")
    disclose()
    report = re.search(rf'href="({PAGE}/\d+/report)"', minh.open(PAGE).text)
    assert report is not None
    minh.open(report[1])
    page = minh.press("report", remark="Tôi chưa từng đến đó")
    assert "The desk has your report" in page.text
    assert "I do not know of this" not in page.text
    minh.open(report[1])
    desk = another_browser
    desk.sign_in(HOA["pin"])
    listed = desk.open("/desk/disclosure-reports").text
    assert "Tôi chưa từng đến đó" in listed
    assert "Appointment 0" in listed
    refused = desk.press("answer", answer="")
    assert (refused.status_code, 'data-code="answer_missing"' in refused.text) == (400, True)
    assert "No report waits" in desk.press("answer", answer="Phòng khám đã tra cứu nhầm.").text
    assert "Phòng khám đã tra cứu nhầm." in minh.open(PAGE).text
    assert "tra loi bao cao" in find_messages(recipient=PHONE, limit=1)[0].body
    acts = list(db.session.scalars(select(AuditEntry.act).where(AuditEntry.act.contains("report"))))
    assert acts == ["report_disclosure", "answer_disclosure_report"]


def test_only_a_disclosure_of_ones_own_can_be_reported_and_once(minh: Browser, make_person: MakePerson) -> None:
    make_person(**HOA)
    disclose(person_id=1)
    disclose()
    others, own = db.session.scalars(select(AuditEntry.id).where(AuditEntry.act == "read_userinfo")).all()
    assert minh.open(f"{PAGE}/{others}/report").status_code == 404
    minh.open(f"{PAGE}/{own}/report")
    too_long = minh.send(f"{PAGE}/{own}/report", remark="x" * 501)
    assert (too_long.status_code, 'data-code="remark_too_long"' in too_long.text) == (400, True)
    assert minh.send(f"{PAGE}/{others}/report", remark="").status_code == 404
    for _ in range(2):
        minh.send(f"{PAGE}/{own}/report", remark="")
    reported = select(AuditEntry.id).where(AuditEntry.act == "report_disclosure")
    assert len(db.session.scalars(reported).all()) == 1


def test_a_report_is_answered_once_by_an_officer(officer: Account, browser: Browser, person: Person) -> None:
    disclose()
    [own] = db.session.scalars(select(AuditEntry.id))
    browser.sign_in(person.pin)
    browser.open(f"{PAGE}/{own}/report")
    browser.press("report", remark="")
    browser.open("/desk/disclosure-reports")
    address = re.search(r'action="(/desk/disclosure-reports/\d+)"', browser.page.text if browser.page else "")
    assert address is not None
    answers = [browser.send(address[1], answer="It was a mistake.").status_code for _ in range(2)]
    assert answers == [303, 409]
    assert browser.send("/desk/disclosure-reports/99", answer="It was a mistake.").status_code == 404
