"""Life events entered at the desk over HTTP: each form with good and bad input, the history and the reading as of a day."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from eid.accounts.models import Account
from eid.audit import AuditEntry
from eid.clock import wall_now, world_today
from eid.db import db
from eid.population.models import LifeEvent, Person, Sex
from eid.population.places import list_communes
from eid.web.formats import write_date
from tests.accounts.conftest import MakePerson
from tests.web.conftest import Browser

HOA = "901190000105"


@pytest.fixture
def hoa(make_person: MakePerson) -> Person:
    """A woman who comes to the desk; the officer is Minh, who is married to nobody."""
    given = {"surname": "Nguyễn", "middle_name": "Thị", "given_name": "Hoa", "residence_province": "01"}
    return make_person(person_id=5, pin=HOA, birth_date=wall_now().date().replace(1990, 3, 12), sex=Sex.FEMALE, **given)


@pytest.fixture
def life(browser: Browser, officer: Account, person: Person, hoa: Person) -> str:
    """The address of Hoa's life; the browser has its page open."""
    browser.sign_in(person.pin, at="/desk/")
    record = browser.send("/desk/look-ups", pin=HOA, purpose="registers an event").location
    browser.open(f"{record}/life/")
    return f"{record}/life/"


def forms() -> dict[str, dict[str, Any]]:
    """What an officer writes for each event."""
    today = write_date(world_today())
    commune = list_communes("79")[0].name
    return {
        "birth": {
            "surname": "Nguyễn",
            "given_name": "An",
            "on": today,
            "sex": "F",
            "province": "01",
        },
        "marriage": {"spouse_pin": "979085000102", "lives_with": "here", "on": today},
        "move": {"province": "79", "commune": commune, "house": "Số 9, ngõ Mới", "on": today},
        "correction": {
            "surname": "Nguyễn",
            "middle_name": "Thị",
            "given_name": "Hòa",
            "birth_date": "12/03/1990",
            "sex": "F",
            "birth_province": "01",
            "birth_country": "VNM",
            "on": today,
        },
        "citizenship-loss": {"nationality": "fra", "on": today},
    }


@pytest.mark.parametrize("act", sorted(forms()))
def test_each_event_is_entered_and_told(browser: Browser, life: str, officer: Account, act: str) -> None:
    assert browser.open(life + act).status_code == 200
    page = browser.submit(life + act, **forms()[act])
    assert "The event is registered." in page.text
    assert len(db.session.scalars(select(LifeEvent)).all()) >= 1
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "register_life_event_at_desk")).one()
    assert (entry.actor, entry.person_id) == (str(officer.id), 5)


def test_the_married_are_divorced_and_a_foreigner_is_naturalised(browser: Browser, life: str) -> None:
    today = write_date(world_today())
    browser.open(life + "marriage")
    browser.submit(life + "marriage", **forms()["marriage"])
    browser.open(life + "divorce")
    browser.submit(life + "divorce", **forms()["move"], leaves="yes")
    browser.open(life + "citizenship-loss")
    browser.submit(life + "citizenship-loss", nationality="LAO", on=today)
    browser.open(life + "naturalisation")
    page = browser.submit(life + "naturalisation", surname="Nguyễn", middle_name="", given_name="Hoa", on=today)
    for word in ("Marriage", "Divorce", "Loss of citizenship", "Naturalisation"):
        assert word in page.text
    assert f"Marriage: {today}" in page.text


BAD: dict[str, tuple[str, dict[str, str], int, str]] = {
    "birth tomorrow": ("birth", {"on": "01/01/2999"}, 400, "The date of birth lies in the future."),
    "correction of nothing": ("correction", {"given_name": "Hoa"}, 400, "Nothing would change."),
    "marriage to herself": ("marriage", {"spouse_pin": HOA}, 400, "A marriage has two people."),
    "marriage to nobody": ("marriage", {"spouse_pin": ""}, 404, "Nobody in the register has this PIN."),
    "move to no commune": ("move", {"commune": "Xã Không Có"}, 404, "No commune of that province has this name."),
    "move without a day": ("move", {"on": ""}, 400, "Write the date as day, month and year: dd/mm/yyyy."),
    "nationality of nowhere": ("citizenship-loss", {"nationality": "F1"}, 400, "Name another nationality"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_what_cannot_be_is_said_on_the_form_which_keeps_its_input(browser: Browser, life: str, case: str) -> None:
    act, wrong, status, sentence = BAD[case]
    browser.open(life + act)
    answer = browser.send(life + act, **forms()[act] | wrong)
    assert answer.status_code == status
    assert sentence in answer.text
    assert f'value="{wrong.get("on") or forms()[act]["on"]}"' in answer.text or not wrong.get("on", "x")
    assert db.session.scalars(select(LifeEvent)).all() == []


def test_a_person_is_shown_as_of_a_day(browser: Browser, life: str) -> None:
    browser.open(life + "correction")
    browser.submit(life + "correction", **forms()["correction"])
    assert "Nguyễn Thị Hòa" in browser.open(f"{life}?day={write_date(world_today())}").text
    assert "<dd>Nguyễn Thị Hoa" in browser.open(f"{life}?day=01/01/2026").text
    refused = browser.open(f"{life}?day=31/12/2025")
    assert (refused.status_code, "before_register" in refused.text) == (400, True)
    assert browser.open(f"{life}?day=nonsense").status_code == 400
    assert browser.open(life + "holiday").status_code == 404
