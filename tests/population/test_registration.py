"""Marriages, divorces, moves, corrections and changes of citizenship on both databases, and what they leave behind."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, NotFound, Refusal
from eid.outbox import MessageKind, find_messages
from eid.population.history import find_person_as_of, list_events
from eid.population.homes import FIRST_DESK_HOUSEHOLD_ID, Address
from eid.population.life.identity import particulars_of
from eid.population.life.kinds import Relation
from eid.population.life.recording import take_state
from eid.population.living.reading import read_next_ids
from eid.population.models import Household, LifeEvent, NameWord, Person, ReplacedPin, Sex
from eid.population.places import list_communes
from eid.population.registration import register_death, register_divorce, register_marriage, register_move
from eid.population.renewal import correct_person, end_citizenship, naturalise_person
from eid.population.service import find_person, find_person_by_id
from tests.accounts.conftest import in_threads
from tests.people import HOA, record_one
from tests.turns import both_engines

MAN, WOMAN, CHILD, FOREIGNER = "901090000101", "901190000102", "901320000103", "998190000104"


def new_address() -> Address:
    return Address("79", list_communes("79")[0].name, "Số 9, ngõ Mới")


@pytest.fixture
def people(app: Flask) -> None:
    """A man; a woman with a child; a foreigner. Three households, nobody married."""
    somebody = HOA | {"middle_name": "", "given_name": "An"}
    record_one(somebody, pin=MAN, sex=Sex.MALE)
    record_one(somebody, person_id=2, pin=WOMAN)
    child = {"person_id": 3, "pin": CHILD, "birth_date": date(2020, 5, 1), "mother_id": 2, "household_id": 2}
    record_one(somebody | child, relation_to_head=Relation.CHILD)
    abroad = {"birth_country": "FRA", "nationality": "FRA", "ethnicity": "Người nước ngoài"}
    record_one(somebody | abroad, person_id=4, pin=FOREIGNER)
    db.session.commit()


def wed(**changes: Any) -> Person:
    return register_marriage(MAN, WOMAN, **{"married_on": world_today(), "lives_with": MAN} | changes)


def correct(pin: str, **changes: Any) -> Person:
    wanted = replace(particulars_of(take_state(find_person(pin))), **changes)
    return correct_person(pin, wanted, corrected_on=world_today())


def kinds_of(person_id: int) -> list[str]:
    return [event.kind for event in list_events(person_id)]


def test_who_marries_moves_in_with_the_children(people: None) -> None:
    wed()
    man, woman, child = (find_person_by_id(i) for i in (1, 2, 3))
    assert (man.spouse_id, woman.spouse_id) == (2, 1)
    assert [p.household_id for p in (man, woman, child)] == [1, 1, 1]
    assert [p.relation_to_head for p in (man, woman, child)] == ["head", "spouse", "child"]
    assert [kinds_of(i) for i in (1, 2, 3)] == [["marriage"], ["marriage"], ["move"]]


def test_the_divorced_part_and_one_founds_a_household_of_their_own(people: None) -> None:
    wed()
    register_divorce(WOMAN, divorced_on=world_today(), leaver_pin=MAN, address=new_address())
    man, woman = find_person_by_id(1), find_person_by_id(2)
    assert man.household_id is not None and man.household_id > FIRST_DESK_HOUSEHOLD_ID
    assert man.relation_to_head == "head"
    assert (man.residence_province, man.residence_address) == ("79", "Số 9, ngõ Mới")
    assert (woman.marital_status, woman.relation_to_head) == ("divorced", "head")


def test_a_move_takes_along_whom_it_names(people: None) -> None:
    register_move(WOMAN, moved_on=world_today(), companions=[3], address=new_address())
    founded = find_person_by_id(2).household_id
    assert founded == find_person_by_id(3).household_id != 2
    register_move(WOMAN, moved_on=world_today(), companions=[3], host_pin=MAN)
    assert {find_person_by_id(i).household_id for i in (2, 3)} == {1}
    assert find_person_by_id(3).relation_to_head == "other"


def test_a_household_that_everybody_has_left_ends_and_its_number_is_never_given_again(people: None) -> None:
    register_move(MAN, moved_on=world_today(), address=new_address())
    founded = find_person_by_id(1).household_id
    assert db.session.get(Household, 1) is None
    register_move(MAN, moved_on=world_today(), host_pin=WOMAN)
    assert db.session.get(Household, founded) is None
    register_move(MAN, moved_on=world_today(), address=new_address())
    assert find_person_by_id(1).household_id not in (1, founded)
    assert read_next_ids()[1] < FIRST_DESK_HOUSEHOLD_ID, "while the country lives, numbers of another range are given"
    register_death(MAN, died_on=world_today())
    assert set(db.session.scalars(select(Household.id))) == {2, 4}


@both_engines
def test_two_households_founded_at_the_same_moment_have_numbers_of_their_own(app: Flask, people: None) -> None:
    acts = [lambda: register_move(MAN, moved_on=world_today(), address=new_address())]
    acts += [lambda: register_move(FOREIGNER, moved_on=world_today(), address=new_address())]
    assert not any(isinstance(result, Exception) for result in in_threads(app, acts))
    assert len({find_person_by_id(i).household_id for i in (1, 2, 4)}) == 3


REFUSALS: dict[str, tuple[str, Callable[[], Any]]] = {
    "commune of nowhere": (
        "commune_unknown",
        lambda: register_move(MAN, moved_on=world_today(), address=Address("79", "Xã Không Có", "Số 1")),
    ),
    "father of nobody's PIN": (
        "person_unknown",
        lambda: register_marriage(MAN, "901190999999", married_on=world_today()),
    ),
    "married to whom nobody knows": ("divorce_not_married", lambda: register_divorce(MAN, divorced_on=world_today())),
    "no address": (
        "address_missing",
        lambda: register_move(MAN, moved_on=world_today(), address=Address("79", "Xã Không Có", " ")),
    ),
    "nowhere": ("home_unknown", lambda: register_move(MAN, moved_on=world_today())),
    "of another home": ("home_unknown", lambda: wed(lives_with=FOREIGNER)),
    "province of the past": (
        "province_unknown",
        lambda: register_move(MAN, moved_on=world_today(), address=Address("02", "Xã Không Có", "Số 1")),
    ),
    "with a stranger": (
        "move_stranger",
        lambda: register_move(MAN, moved_on=world_today(), companions=[3], address=new_address()),
    ),
    "without the mother": (
        "minors_alone",
        lambda: register_move(WOMAN, moved_on=world_today(), address=new_address()),
    ),
}


@pytest.mark.parametrize("case", sorted(REFUSALS))
def test_what_cannot_be_is_refused_and_leaves_nothing(people: None, case: str) -> None:
    code, act = REFUSALS[case]
    with pytest.raises(Refusal) as refusal:
        act()
    assert refusal.value.code == code
    db.session.rollback()
    assert db.session.scalars(select(LifeEvent)).all() == []


def test_a_name_is_corrected_and_found_by(people: None) -> None:
    assert correct(WOMAN, given_name="Ánh").pin == WOMAN
    assert find_person(WOMAN).folded_name == "NGUYEN ANH"
    assert db.session.get(NameWord, ("ANH", "NGUYEN ANH")) is not None


def test_a_corrected_birth_gives_a_new_number_and_the_old_one_is_kept_and_refused(people: None) -> None:
    corrected = correct(WOMAN, birth_date=date(1991, 1, 2), birth_province="79")
    assert corrected.pin.startswith("979191")
    kept = db.session.get_one(ReplacedPin, WOMAN)
    assert (kept.person_id, kept.reason, kept.replaced_on) == (2, "correction", world_today())
    with pytest.raises(Conflict) as refusal:
        find_person(WOMAN)
    assert refusal.value.code == "pin_replaced"
    assert corrected.pin not in refusal.value.detail
    (letter,) = find_messages()
    assert letter.kind == MessageKind.LETTER
    assert corrected.pin in letter.body


def test_a_foreigner_is_naturalised_and_a_citizen_ceases_to_be_one(people: None) -> None:
    name = ("Lê", "Thị", "Mai")
    citizen = naturalise_person(FOREIGNER, ethnicity="Kinh", name=name, naturalised_on=world_today())
    assert (citizen.pin[:6], citizen.nationality, citizen.full_name) == ("997190", "VNM", "Lê Thị Mai")
    assert end_citizenship(citizen.pin, nationality="FRA", ended_on=world_today()).nationality == "FRA"
    assert kinds_of(4) == ["citizenship_loss", "naturalisation"]


def test_somebody_is_read_as_they_were(people: None) -> None:
    today = world_today()
    wed(married_on=today - timedelta(days=20))
    register_death(MAN, died_on=today - timedelta(days=5))
    woman = find_person_by_id(2)
    assert find_person_as_of(woman, today).marital_status == "widowed"
    assert find_person_as_of(woman, today - timedelta(days=6)).spouse_id == 1
    before = find_person_as_of(woman, today - timedelta(days=21))
    assert (before.marital_status, before.household_id) == ("single", 2)
    assert find_person_as_of(woman, today, known_on=today - timedelta(days=1)).marital_status == "single"
    with pytest.raises(Refusal) as refusal:
        find_person_as_of(woman, date(2025, 12, 31))
    assert refusal.value.code == "before_register"
    unborn = find_person_by_id(3)
    unborn.birth_date = today + timedelta(days=1)
    with pytest.raises(NotFound) as missing:
        find_person_as_of(unborn, today)
    assert missing.value.code == "not_yet_born"


def test_what_is_recorded_late_counts_from_its_day(people: None) -> None:
    """The death is recorded after a correction that took effect later."""
    today = world_today()
    correct(WOMAN, given_name="Ánh")
    register_death(WOMAN, died_on=today - timedelta(days=9))
    then = find_person_as_of(find_person_by_id(2), today - timedelta(days=2))
    assert (then.given_name, then.household_id, then.died_on) == ("An", None, today - timedelta(days=9))


@both_engines
def test_of_two_officers_who_marry_one_person_at_once_one_is_refused(app: Flask, people: None) -> None:
    record_one(HOA, person_id=5, pin="901190000105")
    db.session.commit()
    db.session.remove()
    start, results = threading.Barrier(2), []

    def officer(bride: str) -> None:
        with app.app_context():
            start.wait()
            try:
                register_marriage(MAN, bride, married_on=world_today(), lives_with=MAN)
                results.append("married")
            except Refusal as refusal:
                results.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=officer, args=(bride,)) for bride in (WOMAN, "901190000105")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) in (["marriage_married", "married"], ["changed_meanwhile", "married"])
    assert len(db.session.scalars(select(Person).where(Person.spouse_id == 1)).all()) == 1
