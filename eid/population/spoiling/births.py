"""Defects of births and parents."""

from __future__ import annotations

from datetime import date, timedelta

from eid.db import db
from eid.population.models import LifeEventKind, Person, Sex
from eid.population.spoiling.spoiler import NOBODYS_ID, Breakage, Kind, Planted, Spoiler

OPENING = date(2026, 1, 2)


def _born_in_the_future(spoiler: Spoiler, person: Person) -> Breakage:
    """Nor is there a record of such a birth."""
    if spoiler.age(person) > 4 or not spoiler.is_only_child(person):
        return None
    if not spoiler.be_born(person, spoiler.today + timedelta(days=spoiler.rng.randint(2, 600))):
        return None
    broken = [Planted("birth-future", person.id)]
    return [*broken, Planted("birth-record", person.id)] if person.birth_country == "VNM" else broken


def _born_without_record(spoiler: Spoiler, person: Person) -> Breakage:
    if spoiler.age(person) > 4 or person.birth_country != "VNM" or not spoiler.is_only_child(person):
        return None
    born = OPENING + timedelta(days=spoiler.rng.randrange((spoiler.today - OPENING).days))
    return [Planted("birth-record", person.id)] if spoiler.be_born(person, born) else None


def _born_of_nobody(spoiler: Spoiler, person: Person) -> Breakage:
    """Recorded in time, but for the parents."""
    if spoiler.age(person) > 4 or person.birth_country != "VNM" or not spoiler.is_only_child(person):
        return None
    born = OPENING + timedelta(days=spoiler.rng.randrange((spoiler.today - OPENING).days))
    if not spoiler.be_born(person, born):
        return None
    spoiler.record(person, LifeEventKind.BIRTH, born, 0)
    person.mother_id = person.father_id = None
    return [Planted("mother-missing", person.id)]


def _born_nowhere(spoiler: Spoiler, person: Person) -> Breakage:
    if person.birth_province is None:
        return None
    person.birth_province = None
    return [Planted("birth-place", person.id)]


def _mother_too_young(spoiler: Spoiler, person: Person) -> Breakage:
    if person.mother_id is None:
        return None
    girl = spoiler.other(lambda p: p.sex == Sex.FEMALE and abs(p.birth_date.year - person.birth_date.year) < 9)
    if girl is None or spoiler.children[girl.id]:
        return None
    person.mother_id = girl.id
    return [Planted("mother-age", person.id), *spoiler.surname_of_neither(person)]


def _father_too_young(spoiler: Spoiler, person: Person) -> Breakage:
    if person.father_id is None:
        return None
    boy = spoiler.other(lambda p: p.sex == Sex.MALE and abs(p.birth_date.year - person.birth_date.year) < 9)
    if boy is None or spoiler.children[boy.id]:
        return None
    person.father_id = boy.id
    return [Planted("father-age", person.id), *spoiler.surname_of_neither(person)]


def _parents_interchanged(spoiler: Spoiler, person: Person) -> Breakage:
    mother, father = spoiler.parents(person)
    if mother is None or father is None or mother.died_on or father.died_on:
        return None
    if person.birth_date.year - father.birth_date.year > 50:
        return None
    person.father_id, person.mother_id = person.mother_id, person.father_id
    return [Planted("parent-sex", person.id)]


def _mother_died_before(spoiler: Spoiler, person: Person) -> Breakage:
    mother, _ = spoiler.parents(person)
    if mother is None or mother.died_on is not None or spoiler.children[mother.id] != [person.id]:
        return None
    died = spoiler.die(mother, person.birth_date - timedelta(days=100), recorded_after=3)
    return [Planted("mother-dead", person.id)] if died else None


def _father_died_long_before(spoiler: Spoiler, person: Person) -> Breakage:
    _, father = spoiler.parents(person)
    if father is None or father.died_on is not None or spoiler.children[father.id] != [person.id]:
        return None
    died = spoiler.die(father, person.birth_date - timedelta(days=500), recorded_after=3)
    return [Planted("father-dead", person.id)] if died else None


def _born_soon_after_a_sibling(spoiler: Spoiler, person: Person) -> Breakage:
    mother, father = spoiler.parents(person)
    if mother is None or mother.died_on or (father is not None and father.died_on) or spoiler.age(person) > 14:
        return None
    siblings = [db.session.get_one(Person, i) for i in spoiler.children[mother.id] if i != person.id]
    if len(siblings) != 1 or spoiler.age(siblings[0]) > 14 or siblings[0].birth_date.year == 2025:
        return None
    born = siblings[0].birth_date + timedelta(days=spoiler.rng.randint(3, 200))
    return [Planted("births-near", person.id)] if spoiler.be_born(person, born) else None


def _surname_of_neither_parent(spoiler: Spoiler, person: Person) -> Breakage:
    mother, father = spoiler.parents(person)
    if mother is None or father is None or person.nationality != "VNM" or spoiler.children[person.id]:
        return None
    surname = spoiler.rng.choice([s for s in ("Khuất", "Nghiêm", "Giáp") if s not in (mother.surname, father.surname)])
    spoiler.rename(person, surname, person.middle_name, person.given_name)
    return [Planted("child-surname", person.id)]


def _mother_unknown(spoiler: Spoiler, person: Person) -> Breakage:
    person.mother_id = NOBODYS_ID + person.id
    return [Planted("mother-unknown", person.id)]


def _father_unknown(spoiler: Spoiler, person: Person) -> Breakage:
    person.father_id = NOBODYS_ID + person.id
    return [Planted("father-unknown", person.id)]


def _birth_recorded_late(spoiler: Spoiler, person: Person) -> Breakage:
    days = (spoiler.today - person.birth_date).days
    if not 70 < days < 3650:
        return None
    spoiler.record(person, LifeEventKind.BIRTH, person.birth_date, spoiler.rng.randint(62, min(days - 1, 900)))
    return [Planted("birth-late", person.id)]


BIRTH_KINDS: tuple[Kind, ...] = (
    _born_in_the_future,
    _born_without_record,
    _born_of_nobody,
    _born_nowhere,
    _mother_too_young,
    _father_too_young,
    _parents_interchanged,
    _mother_died_before,
    _father_died_long_before,
    _born_soon_after_a_sibling,
    _surname_of_neither_parent,
    _mother_unknown,
    _father_unknown,
    _birth_recorded_late,
)
