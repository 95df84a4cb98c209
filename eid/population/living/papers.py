"""Cards that become due, corrections that establish a PIN anew, citizenship given and lost. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from eid.population.life.acts import CITIZEN
from eid.population.life.identity import (
    Particulars,
    come_of_card_age,
    correct,
    lose_citizenship,
    naturalise,
    particulars_of,
)
from eid.population.life.rules import ADULT
from eid.population.life.state import PersonState
from eid.population.living.luck import Lots
from eid.population.living.newborns import choose_pin
from eid.population.living.scene import Scene
from eid.population.numbers import Sex, age_on
from eid.population.places import populations
from eid.population.sample_data import read_table

LATEST_DECREE = 10
OF_NEW_CITIZENS = "Kinh"


def come_of_age(scene: Scene, person: PersonState) -> None:
    """It is the birthday from which on another card is due."""
    scene.record(come_of_card_age(person, since=scene.day - timedelta(days=1), until=scene.day))


def become_citizen(scene: Scene, person: PersonState) -> None:
    """The foreigner is a citizen, under a number of those born abroad, and keeps the name."""
    country = scene.country
    people = country.gather((person.id,))
    on = scene.look_back(LATEST_DECREE, not_before=scene.latest_day(people, {person.household_id}))
    pin = choose_pin(
        country,
        scene.luck,
        nationality=CITIZEN,
        birth_province=person.birth_province,
        birth_year=person.birth_date.year,
        sex=person.sex,
    )
    name = (person.surname, person.middle_name, person.given_name)
    happened = naturalise(
        person.id, pin=pin, ethnicity=OF_NEW_CITIZENS, name=name, on=on, today=scene.day, people=people
    )
    scene.record(happened)
    country.replaced_pins.append((person.pin, person.id, on, "naturalisation"))


def leave_citizenship(scene: Scene, person: PersonState) -> None:
    """The citizen has another nationality instead."""
    people = scene.country.gather((person.id,))
    on = scene.look_back(LATEST_DECREE, not_before=scene.latest_day(people, {person.household_id}))
    nationality = _countries().draw(scene.luck)
    scene.record(lose_citizenship(person.id, nationality=nationality, on=on, today=scene.day, people=people))


def mend_entry(scene: Scene, person: PersonState) -> None:
    """What the PIN tells was wrong, so it is established anew: a minor's sex, else the place of birth."""
    if person.nationality != CITIZEN or person.birth_province is None:
        return
    country = scene.country
    particulars = _mended(scene, person)
    pin = choose_pin(
        country,
        scene.luck,
        nationality=person.nationality,
        birth_province=particulars.birth_province,
        birth_year=particulars.birth_date.year,
        sex=particulars.sex,
    )
    people = country.gather((person.id,))
    on = scene.look_back(0, not_before=scene.latest_day(people, {person.household_id}))
    scene.record(correct(person.id, particulars, pin=pin, on=on, today=scene.day, people=people))
    country.replaced_pins.append((person.pin, person.id, on, "correction"))


def _mended(scene: Scene, person: PersonState) -> Particulars:
    """Only what no relative's entry depends on: minors have no children, and a place of birth is nobody else's."""
    now = particulars_of(person)
    if age_on(person.birth_date, scene.day) < ADULT and scene.luck.share() < 0.5:
        return replace(now, sex=Sex.MALE if person.sex is Sex.FEMALE else Sex.FEMALE)
    others = [code for code in sorted(populations()) if code != person.birth_province]
    return replace(now, birth_province=scene.luck.pick(others))


@lru_cache
def _countries() -> Lots[str]:
    return Lots((row["code"], float(row["born_there_per_million"])) for row in read_table("people/countries.csv"))
