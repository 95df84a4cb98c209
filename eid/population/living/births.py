"""Births and deaths as they come. Pure: eid.population.life decides what they change."""

from __future__ import annotations

from datetime import date, timedelta

from eid.population.life.acts import CITIZEN, Newborn, be_born, die
from eid.population.life.kinds import MaritalStatus
from eid.population.life.rules import ADULT
from eid.population.life.state import PersonState
from eid.population.living.guardians import take_in
from eid.population.living.newborns import choose_pin, name_child
from eid.population.living.rates import living_plan
from eid.population.living.scene import Scene
from eid.population.numbers import Sex, age_on
from eid.population.sample_data import read_document

LATEST_BIRTH, LATEST_DEATH = 60, 15
"""Within so many days births and deaths are recorded (Law on Civil Status, articles 15 and 33)."""


def bear(scene: Scene, mother: PersonState) -> None:
    """The woman has a child, or twins; the husband, if there is one, is the father."""
    country, luck = scene.country, scene.luck
    on = scene.look_back(LATEST_BIRTH, not_before=country.latest_day_of(mother.id))
    youngest = country.latest_child.get(mother.id)
    if youngest is not None and on - youngest < timedelta(days=living_plan()["days_between_births"]):
        return
    is_married = mother.marital_status is MaritalStatus.MARRIED
    father = country.find(mother.spouse_id) if is_married else None
    twin: PersonState | None = None
    twins = read_document("people/living_arrangements.json").get("twin_births_per_1000", 0)
    for _ in range(2 if luck.share() * 1000 < twins else 1):
        twin = _bear_one(scene, mother, father, on, twin)
        country.latest_child[mother.id] = on


def _bear_one(
    scene: Scene, mother: PersonState, father: PersonState | None, on: date, twin: PersonState | None
) -> PersonState | None:
    country, luck = scene.country, scene.luck
    people = country.gather((mother.id, father.id if father else None))
    boys = living_plan()["boys_per_100_girls"]
    sex = Sex.MALE if luck.share() * (boys + 100) < boys else Sex.FEMALE
    source = next((p for p in (father, mother) if p is not None and p.nationality == CITIZEN), mother)
    name = name_child(
        luck,
        (father or mother).surname,
        source.ethnicity,
        sex,
        on.year,
        siblings={p.given_name for p in country.list_household(mother.household_id)},
        twin=twin.full_name if twin else None,
    )
    newborn = Newborn(
        id=country.next_person_id,
        pin=choose_pin(
            country,
            luck,
            nationality=source.nationality,
            birth_province=mother.residence_province,
            birth_year=on.year,
            sex=sex,
        ),
        surname=name[0],
        middle_name=name[1],
        given_name=name[2],
        birth_date=on,
        sex=sex,
        birth_province=mother.residence_province,
    )
    father_id = father.id if father else None
    scene.record(be_born(newborn, mother_id=mother.id, father_id=father_id, today=scene.day, people=people))
    country.next_person_id += 1
    return country.find(newborn.id)


def pass_away(scene: Scene, person: PersonState) -> None:
    """The person is dead; minors who are left alone are taken in by others."""
    country = scene.country
    spouse = country.find(person.spouse_id)
    people = country.gather((person.id, person.spouse_id))
    latest = scene.latest_day(people, {person.household_id, spouse.household_id if spouse else None})
    child = country.latest_child.get(person.id, latest)
    on = scene.look_back(LATEST_DEATH, not_before=max(latest, child, person.birth_date))
    scene.record(die(person.id, on=on, today=scene.day, people=people))
    left = country.list_household(person.household_id)
    if left and all(age_on(p.birth_date, on) < ADULT for p in left):
        take_in(scene, left, on)
