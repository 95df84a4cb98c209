"""Corrections, citizenship and the ages at which a card is due."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from eid.errors import Refusal
from eid.population.life.identity import (
    come_of_card_age,
    correct,
    lose_citizenship,
    naturalise,
    needs_new_pin,
    particulars_of,
    pin_prefix,
)
from eid.population.life.kinds import MaritalStatus
from eid.population.numbers import Sex
from tests.population.life.world import TODAY, changes_of, couple, people, person

WHEN: dict[str, Any] = {"on": TODAY, "today": TODAY}
FOREIGNER = person(5, nationality="FRA", birth_country="FRA", birth_province=None, pin="998196000200")


def test_a_wrong_name_is_corrected_under_the_same_number() -> None:
    one = person(1)
    wanted = replace(particulars_of(one), given_name="Ánh")
    assert not needs_new_pin(one, wanted)
    (event,) = correct(1, wanted, pin=None, people=people(one), **WHEN)
    assert event.changes == {"given_name": ("An", "Ánh"), "folded_name": ("NGUYEN THI AN", "NGUYEN THI ANH")}


@pytest.mark.parametrize(
    ("wrong", "pin"),
    [
        ({"birth_date": date(1995, 6, 2)}, "901195777777"),
        ({"birth_province": "79"}, "979196777777"),
        ({"birth_province": None, "birth_country": "LAO"}, "997196777777"),
        ({"sex": Sex.MALE}, "901096777777"),
    ],
)
def test_what_the_number_tells_is_corrected_under_a_new_one(wrong: dict[str, Any], pin: str) -> None:
    one = person(1)
    wanted = replace(particulars_of(one), **wrong)
    assert needs_new_pin(one, wanted)
    assert changes_of(correct(1, wanted, pin=pin, people=people(one), **WHEN), 1)["pin"] == (one.pin, pin)


CORRECTIONS: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "born after a child": ("parent_age", {"birth_date": date(2019, 1, 1)}, "901319777777"),
    "born tomorrow": ("birth_in_future", {"birth_date": TODAY + timedelta(days=1)}, None),
    "child's mother a man": ("parent_sex", {"sex": Sex.MALE}, "901096777777"),
    "in no province": ("birth_place", {"birth_province": None}, "901196777777"),
    "no family name": ("name_malformed", {"surname": ""}, None),
    "nothing": ("correction_nothing", {}, None),
    "number of another year": ("pin_disagrees", {"birth_date": date(1995, 6, 2)}, "901196777777"),
}


@pytest.mark.parametrize("case", sorted(CORRECTIONS))
def test_a_correction_that_cannot_be_is_refused(case: str) -> None:
    code, wrong, pin = CORRECTIONS[case]
    mother, child = person(1), person(2, age=5, mother_id=1)
    with pytest.raises(Refusal) as refusal:
        correct(1, replace(particulars_of(mother), **wrong), pin=pin, people=people(mother, child), **WHEN)
    assert refusal.value.code == code


def test_the_sex_of_the_married_and_a_married_childs_age_are_not_corrected() -> None:
    one, other = couple(person(1, sex=Sex.MALE), person(2))
    for code, wrong, pin in (
        ("correction_spouse", {"sex": Sex.MALE}, "901096777777"),
        ("marriage_age", {"birth_date": date(2010, 1, 1)}, "901310777777"),
    ):
        with pytest.raises(Refusal) as refusal:
            correct(2, replace(particulars_of(other), **wrong), pin=pin, people=people(one, other), **WHEN)
        assert refusal.value.code == code


def test_a_foreigner_becomes_a_citizen_under_a_citizens_number() -> None:
    assert pin_prefix("VNM", FOREIGNER.birth_province) == "997"
    name = ("Lê", "Thị", "Mai")
    happened = naturalise(5, pin="997196777777", ethnicity="Kinh", name=name, people=people(FOREIGNER), **WHEN)
    changes = changes_of(happened, 5)
    assert changes["nationality"] == ("FRA", "VNM")
    assert changes["pin"] == ("998196000200", "997196777777")
    assert changes["folded_name"][1] == "LE THI MAI"


def test_who_loses_citizenship_stays_in_the_register_under_the_same_number() -> None:
    one = replace(person(1), marital_status=MaritalStatus.DIVORCED)
    (event,) = lose_citizenship(1, nationality="FRA", people=people(one), **WHEN)
    assert event.changes == {"nationality": ("VNM", "FRA")}


def test_citizenship_is_neither_gained_nor_lost_twice() -> None:
    with pytest.raises(Refusal) as refusal:
        naturalise(1, pin="901196777777", ethnicity="Kinh", name=("Lê", "", "Mai"), people=people(person(1)), **WHEN)
    assert refusal.value.code == "citizen_already"
    with pytest.raises(Refusal) as refusal:
        lose_citizenship(5, nationality="USA", people=people(FOREIGNER), **WHEN)
    assert refusal.value.code == "citizen_not"
    for nationality in ("VNM", "fra", "FR", ""):
        with pytest.raises(Refusal) as refusal:
            lose_citizenship(1, nationality=nationality, people=people(person(1)), **WHEN)
        assert refusal.value.code == "nationality_unknown"


def test_a_card_is_due_on_four_birthdays() -> None:
    leapling = person(1, birth_date=date(2012, 2, 29))
    due = come_of_card_age(leapling, since=date(2026, 1, 1), until=date(2080, 1, 1))
    assert [event.effective_on for event in due] == [
        date(2026, 3, 1),
        date(2037, 3, 1),
        date(2052, 2, 29),
        date(2072, 2, 29),
    ]
    assert {(event.kind, len(event.changes)) for event in due} == {("card_due", 0)}
    assert come_of_card_age(replace(leapling, died_on=date(2026, 3, 1)), since=date(2026, 1, 1), until=TODAY) == []
    assert come_of_card_age(leapling, since=date(2026, 3, 1), until=TODAY) == []
