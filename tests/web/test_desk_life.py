"""Life events entered at the desk: each form with good and bad input, what it shows before approval, and the history."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from eid import web as web_package
from eid.accounts.models import Account
from eid.audit import AuditEntry
from eid.clock import wall_now, world_today
from eid.db import db
from eid.outbox import find_messages
from eid.population.homes import Address
from eid.population.models import LifeEvent, Person, ReplacedPin, Sex
from eid.population.places import list_communes
from eid.population.registration import register_death, register_move
from eid.web.desk import ACCOUNT_FIELDS
from eid.web.desk_acts import ACTS
from eid.web.desk_fields import FIELDS
from eid.web.desk_search import FIELDS as SEARCHED
from eid.web.formats import write_date
from tests.accounts.conftest import MakePerson
from tests.web.conftest import Browser
from tests.web.messages import SOURCES

TEMPLATES = Path(web_package.__file__).parent.parent / "templates"

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


def enter(browser: Browser, address: str, **fields: Any) -> TestResponse:
    """Fill in the form of an event, and approve what is shown."""
    browser.open(address)
    browser.submit(address, **fields)
    return browser.press("approve")


@pytest.mark.parametrize("act", sorted(forms()))
def test_each_event_is_entered_and_told(browser: Browser, life: str, officer: Account, act: str) -> None:
    page = enter(browser, life + act, **forms()[act])
    assert "The event is registered." in page.text
    assert len(db.session.scalars(select(LifeEvent)).all()) >= 1
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "register_life_event_at_desk")).one()
    assert (entry.actor, entry.person_id) == (str(officer.id), 5)


def test_the_married_are_divorced_and_a_foreigner_is_naturalised(browser: Browser, life: str) -> None:
    today = write_date(world_today())
    enter(browser, life + "marriage", **forms()["marriage"])
    enter(browser, life + "divorce", **forms()["move"], leaves="yes")
    enter(browser, life + "citizenship-loss", nationality="LAO", on=today)
    page = enter(browser, life + "naturalisation", surname="Nguyễn", middle_name="", given_name="Hoa", on=today)
    for word in ("Marriage", "Divorce", "Loss of citizenship", "Naturalisation"):
        assert word in page.text
    assert f'Marriage</td><td data-label="Took effect on">{today}' in page.text


def test_an_event_is_shown_of_everybody_concerned_before_anything_changes(
    browser: Browser, life: str, officer: Account
) -> None:
    browser.open(life + "marriage")
    page = browser.submit(life + "marriage", **forms()["marriage"])
    for words in (
        "Nguyễn Thị Hoa",
        "Trần Văn Minh",
        "Single",
        "Married",
        "Head of the household",
        "Spouse of the head",
    ):
        assert words in page.text
    assert db.session.scalars(select(LifeEvent)).all() == []
    assert {person.spouse_id for person in db.session.scalars(select(Person))} == {None}
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "preview_life_event_at_desk")).all()
    assert {(entry.actor, entry.details["purpose"]) for entry in entries} == {(str(officer.id), "registers an event")}
    assert {entry.person_id for entry in entries} == {2, 5}


def test_a_new_number_is_announced_and_not_drawn_before_it_is_approved(browser: Browser, life: str) -> None:
    given = forms()["correction"] | {"birth_date": "13/03/1990"}
    browser.open(life + "correction")
    page = browser.submit(life + "correction", **given)
    assert "a new number will be established" in page.text
    assert db.session.scalars(select(ReplacedPin)).all() == [] == find_messages(recipient="Nguyễn Thị Hòa")
    assert "The event is registered." in browser.press("approve").text
    assert db.session.scalars(select(ReplacedPin.pin)).all() == [HOA]


def test_going_back_keeps_what_was_written(browser: Browser, life: str) -> None:
    given = forms()["birth"] | {"given_name": "Bình", "middle_name": "Thị Hải"}
    browser.open(life + "birth")
    browser.submit(life + "birth", **given)
    page = browser.press("back")
    for value in ("Bình", "Thị Hải", given["on"]):
        assert f'value="{value}"' in page.text
    assert '<option value="F" selected>' in page.text
    assert '<option value="01" selected>' in page.text


def test_what_changed_since_it_was_shown_is_not_registered(browser: Browser, life: str) -> None:
    """Between the two steps another desk moved her: the approval was of something else."""
    browser.open(life + "marriage")
    browser.submit(life + "marriage", **forms()["marriage"])
    register_move(HOA, moved_on=world_today(), address=Address("79", list_communes("79")[0].name, "Số 1"))
    page = browser.press("approve")
    assert (page.status_code, 'data-code="changed_meanwhile"' in page.text) == (409, True)
    assert 'value="979085000102"' in page.text
    assert {person.spouse_id for person in db.session.scalars(select(Person))} == {None}


def test_an_approval_is_judged_anew(browser: Browser, life: str) -> None:
    browser.open(life + "marriage")
    browser.submit(life + "marriage", **forms()["marriage"])
    register_death(HOA, died_on=world_today())
    page = browser.press("approve")
    assert (page.status_code, 'data-code="person_not_alive"' in page.text) == (409, True)


BAD: dict[str, tuple[str, dict[str, str], int, str, str]] = {
    "birth tomorrow": ("birth", {"on": "01/01/2999"}, 400, "birth_in_future", "on"),
    "birth without a name": ("birth", {"surname": ""}, 400, "name_malformed", "surname"),
    "birth in a province of the past": ("birth", {"province": "02"}, 404, "province_unknown", "province"),
    "correction of nothing": ("correction", {"given_name": "Hoa"}, 400, "correction_nothing", ""),
    "correction to no day": ("correction", {"birth_date": "31/02/1990"}, 400, "date_malformed", "birth_date"),
    "correction on no day": ("correction", {"on": "today"}, 400, "date_malformed", "on"),
    "correction to nowhere": ("correction", {"birth_province": ""}, 400, "birth_place", "birth_province"),
    "marriage to herself": ("marriage", {"spouse_pin": HOA}, 400, "marriage_self", "spouse_pin"),
    "marriage to nobody": ("marriage", {"spouse_pin": ""}, 404, "person_unknown", "spouse_pin"),
    "marriage tomorrow": ("marriage", {"on": "01/01/2999"}, 400, "event_date", "on"),
    "move to no commune": ("move", {"commune": "Xã Không Có"}, 404, "commune_unknown", "commune"),
    "move to no house": ("move", {"house": " "}, 400, "address_missing", "house"),
    "move to a home of nobody": ("move", {"host_pin": "901190000999"}, 404, "person_unknown", "host_pin"),
    "move without a day": ("move", {"on": ""}, 400, "date_malformed", "on"),
    "death tomorrow": ("death", {"died_on": "01/01/2999"}, 400, "death_date", "died_on"),
    "nationality of nowhere": ("citizenship-loss", {"nationality": "F1"}, 400, "nationality_unknown", "nationality"),
    "divorce of the unmarried": ("divorce", {}, 409, "divorce_not_married", ""),
}


def test_what_cannot_be_stands_at_its_field_and_the_other_fields_are_kept(browser: Browser, life: str) -> None:
    """One officer after another mistake: each page links from its top to the field, which says what is wrong."""
    for case, (act, wrong, status, code, field) in BAD.items():
        given = {"on": write_date(world_today())} | forms().get(act, {}) | wrong
        browser.open(life + act)
        answer = browser.send(life + act, **given)
        assert (answer.status_code, f'data-code="{code}"' in answer.text) == (status, True), case
        assert answer.text.count('aria-invalid="true"') == bool(field), case
        assert f'href="#{field}"' in answer.text or not field, case
        assert f'{field}-error"' in answer.text or not field, case
        kept = [value for name, value in given.items() if name not in wrong and f'name="{name}"' in answer.text]
        assert [value for value in kept if f'value="{value}"' not in answer.text] == [], case
    assert db.session.scalars(select(LifeEvent)).all() == []
    traces = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "preview_life_event_at_desk")).all()
    assert [entry.details["code"] for entry in traces] == [code for _, _, _, code, _ in BAD.values()]
    assert {(entry.person_id, entry.details["result"], entry.details["purpose"]) for entry in traces} == {
        (5, "refused", "registers an event")
    }


def test_every_code_of_the_table_is_raised_somewhere_and_every_field_is_on_a_form() -> None:
    sources = [path for path in SOURCES if path.name != "desk_fields.py"]
    nodes = [node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    raised = {node.value for node in nodes if isinstance(node, ast.Constant)}
    drawn = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    on_forms = set(re.findall(r"(?:field|area)\('(\w+)'", drawn)) | set(re.findall(r"name=[\"'](\w+)", drawn))
    on_forms |= {field for act in ACTS.values() for field in act.fields} | set(SEARCHED) | {*ACCOUNT_FIELDS, "day"}
    assert set(FIELDS) <= raised
    assert {field for fields in FIELDS.values() for field in fields} <= on_forms


def test_a_person_is_shown_as_of_a_day(browser: Browser, life: str) -> None:
    enter(browser, life + "correction", **forms()["correction"])
    assert "Nguyễn Thị Hòa" in browser.open(f"{life}?day={write_date(world_today())}").text
    assert "<dd>Nguyễn Thị Hoa" in browser.open(f"{life}?day=01/01/2026").text
    for day, code in (("31/12/2025", "before_register"), ("nonsense", "date_malformed")):
        refused = browser.open(f"{life}?day={day}")
        assert (refused.status_code, f'data-code="{code}"' in refused.text) == (400, True)
        assert 'id="day-error"' in refused.text
    assert browser.open(life + "holiday").status_code == 404
