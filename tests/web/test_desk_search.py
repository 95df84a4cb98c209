"""Searching at the desk over HTTP: by PIN or name, for a purpose, page by page; and nothing of it in addresses or logs."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select

from eid.accounts.models import Account, LookUp
from eid.audit import AuditEntry
from eid.db import db
from eid.population.models import Person, Sex
from tests.accounts.conftest import MakePerson
from tests.web.conftest import Browser

PURPOSE = "asks for a card"


@pytest.fixture
def people(make_person: MakePerson, person: Person) -> list[Person]:
    """Minh of Hồ Chí Minh City, and Hoa of Thái Nguyên, who lived in Bắc Kạn until June 2025, with 22 namesakes."""
    given = {"surname": "Nguyễn", "middle_name": "Thị", "given_name": "Hoa", "sex": Sex.FEMALE}
    home = {"residence_province": "19", "residence_old_province": "06", "residence_commune": "Xã Thử"}
    born = date(1990, 3, 12)
    return [person] + [
        make_person(person_id=10 + i, pin=f"9061900001{i:02}", birth_date=born.replace(day=1 + i), **given, **home)
        for i in range(23)
    ]


@pytest.fixture
def desk(browser: Browser, officer: Account, people: list[Person]) -> Browser:
    browser.sign_in(people[0].pin, at="/desk/")
    return browser


def find_searches() -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.act == "search_people_at_desk")))


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"pin": "MINH tran", "born": "02/11/1985"}, ["name", "birth_date"]),
        ({"pin": "Trần Văn Minh", "born": "1985", "residence": "79"}, ["name", "birth_year", "province"]),
        ({"pin": "van", "residence": "until-79", "living": "yes"}, ["name", "former_province", "living"]),
        ({"born": "1985", "residence": "Hồ Chí Minh"}, ["birth_year", "province"]),
    ],
)
def test_somebody_is_found_by_what_is_known_and_the_log_has_who_asked_what_for(
    desk: Browser, officer: Account, asked: dict[str, str], kinds: list[str]
) -> None:
    page = desk.submit("/desk/searches", purpose=PURPOSE, **asked)
    assert page.status_code == 200
    for words in ("Trần Văn Minh", "02/11/1985", "Male", "Hồ Chí Minh"):
        assert words in page.text
    assert "Nguyễn Thị Hoa" not in page.text
    (entry,) = find_searches()
    assert (entry.actor_kind, entry.actor) == ("officer", str(officer.id))
    assert entry.details == {"purpose": PURPOSE, "terms": kinds, "is_first_page": True, "shown": [2]}


def test_whoever_is_found_is_on_one_of_the_pages_which_go_on_with_the_same_terms(desk: Browser) -> None:
    first = desk.submit("/desk/searches", pin="hoa nguyen", residence="until-06", purpose=PURPOSE)
    assert first.text.count('data-act="open-record"') == 20
    assert "/language/vi?next=/desk/" in first.text
    second = desk.press("next-page")
    assert second.text.count('data-act="open-record"') == 3
    assert "This is the last page." in second.text
    assert [len(entry.details["shown"]) for entry in find_searches()] == [20, 3]
    assert len({person_id for entry in find_searches() for person_id in entry.details["shown"]}) == 23
    assert desk.press("first-page").text.count('data-act="open-record"') == 20


def test_a_row_opens_the_record_for_the_same_purpose(desk: Browser, people: list[Person]) -> None:
    desk.submit("/desk/searches", pin="minh", born="1985", purpose=PURPOSE)
    page = desk.press("open-record")
    assert "<h1>Trần Văn Minh</h1>" in page.text
    look = db.session.scalars(select(LookUp)).one()
    assert (look.person_id, look.purpose) == (2, PURPOSE)


def test_a_pin_opens_the_record_at_once(desk: Browser) -> None:
    desk.open("/desk/")
    page = desk.press("look-up", pin="979 085 000 102", purpose=PURPOSE)
    assert "<h1>Trần Văn Minh</h1>" in page.text
    assert find_searches() == []


def test_who_is_not_found_is_said_with_what_to_try(desk: Browser) -> None:
    page = desk.submit("/desk/searches", pin="Hoa", born="1850", purpose=PURPOSE)
    assert (page.status_code, "Nobody was found" in page.text, "Try fewer words" in page.text) == (200, True, True)
    assert [entry.details["shown"] for entry in find_searches()] == [[]]


REFUSED = [
    ({"pin": "Minh", "purpose": ""}, "purpose_missing", "purpose"),
    ({"pin": "Minh", "purpose": "abcd"}, "purpose_missing", "purpose"),
    ({}, "search_empty", "pin"),
    ({"born": "1985"}, "search_too_wide", "pin"),
    ({"pin": "Min*"}, "search_wildcard", "pin"),
    ({"pin": "Minh 3"}, "search_name", "pin"),
    ({"pin": "a b c d e f g h i"}, "search_name_long", "pin"),
    ({"pin": "Minh", "born": "31/02/1985"}, "search_birth", "born"),
    ({"pin": "Minh", "residence": "until-99"}, "search_province", "residence"),
    ({"pin": "979085000999"}, "person_unknown", "pin"),
    ({"pin": "Minh", "after": "999"}, "search_page", ""),
]


def test_a_search_that_makes_no_sense_is_refused_at_its_field_and_shows_nobody(desk: Browser) -> None:
    for wrong, code, field in REFUSED:
        desk.open("/desk/")
        answer = desk.send("/desk/searches", **{"purpose": PURPOSE} | wrong)
        assert f'data-code="{code}"' in answer.text, wrong
        assert not field or (f'href="#{field}"' in answer.text and f'id="{field}-error"' in answer.text), wrong
        assert "Trần Văn Minh" not in answer.text
        assert not wrong.get("born") or f'value="{wrong["born"]}"' in answer.text
    assert find_searches() == []


def test_names_and_numbers_are_in_no_address_and_no_log(desk: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    page = desk.submit("/desk/searches", pin="hoa nguyen", residence="until-06", purpose=PURPOSE)
    addresses = [part.split('"')[0] for mark in ('href="', 'action="') for part in page.text.split(mark)[1:]]
    logged = json.dumps([entry.details for entry in find_searches()]) + "".join(capsys.readouterr())
    for text in (*addresses, logged.casefold()):
        assert "hoa" not in text and "nguyen" not in text and "906190" not in text


def test_a_citizen_and_a_stranger_do_not_search(
    browser: Browser, another_browser: Browser, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin)
    assert browser.send("/desk/searches", pin="Minh", born="1985", purpose=PURPOSE).status_code == 403
    another_browser.open("/citizen/sign-in")
    assert another_browser.send("/desk/searches", pin="Minh", born="1985", purpose=PURPOSE).status_code == 401
    assert find_searches() == []
