"""Defects of marriages."""

from __future__ import annotations

from datetime import timedelta

from eid.db import db
from eid.population.models import MaritalStatus, Person, Sex
from eid.population.spoiling.spoiler import NOBODYS_ID, Breakage, Kind, Planted, Spoiler


def _married_to_somebody_elses_spouse(spoiler: Spoiler, person: Person) -> Breakage:
    if person.spouse_id is None:
        return None
    third = spoiler.other(lambda p: p.spouse_id is not None and p.sex != person.sex)
    if third is None:
        return None
    left, person.spouse_id = person.spouse_id, third.id
    return [Planted("spouse-mutual", person.id), Planted("spouse-mutual", left)]


def _married_but_counted_single(spoiler: Spoiler, person: Person) -> Breakage:
    if person.spouse_id is None:
        return None
    person.marital_status = spoiler.rng.choice([s for s in MaritalStatus if s is not MaritalStatus.MARRIED])
    return [Planted("spouse-status", person.id)]


def _widowed_child(spoiler: Spoiler, person: Person) -> Breakage:
    if spoiler.age(person) > 12:
        return None
    person.marital_status = MaritalStatus.WIDOWED
    return [Planted("spouse-age", person.id)]


def _spouses_of_one_sex(spoiler: Spoiler, person: Person) -> Breakage:
    """Somebody's sex was entered wrongly, and the number made from it."""
    if person.spouse_id is None or spoiler.children[person.id]:
        return None
    if not spoiler.renumber(person, f"{person.pin[:3]}{int(person.pin[3]) ^ 1}{person.pin[4:]}"):
        return None
    person.sex = Sex.MALE if person.sex == Sex.FEMALE else Sex.FEMALE
    return [Planted("spouse-sex", person.id), Planted("spouse-sex", person.spouse_id)]


def _married_to_a_sibling(spoiler: Spoiler, person: Person) -> Breakage:
    if person.mother_id is None or person.spouse_id is not None or spoiler.age(person) < 20:
        return None
    for sibling_id in spoiler.children[person.mother_id]:
        sibling = db.session.get_one(Person, sibling_id)
        is_free = sibling.spouse_id is None and sibling.died_on is None and spoiler.age(sibling) >= 20
        if is_free and sibling.sex != person.sex:
            person.spouse_id, sibling.spouse_id = sibling.id, person.id
            person.marital_status = sibling.marital_status = MaritalStatus.MARRIED
            return [Planted("spouse-kin", person.id), Planted("spouse-kin", sibling.id)]
    return None


def _married_to_nobody(spoiler: Spoiler, person: Person) -> Breakage:
    if person.spouse_id is not None or spoiler.age(person) < 20:
        return None
    person.marital_status = MaritalStatus.MARRIED
    return [Planted("spouse-missing", person.id)]


def _spouse_unknown(spoiler: Spoiler, person: Person) -> Breakage:
    if person.spouse_id is None:
        return None
    left, person.spouse_id = person.spouse_id, NOBODYS_ID
    return [Planted("spouse-unknown", person.id), Planted("spouse-mutual", left)]


def _still_married_to_the_dead(spoiler: Spoiler, person: Person) -> Breakage:
    spouse = db.session.get(Person, person.spouse_id) if person.spouse_id else None
    if spouse is None or not spoiler.die(spouse, spoiler.today - timedelta(days=20), recorded_after=2, widow=False):
        return None
    return [Planted("spouse-dead", person.id)]


MARRIAGE_KINDS: tuple[Kind, ...] = (
    _married_to_somebody_elses_spouse,
    _married_but_counted_single,
    _widowed_child,
    _spouses_of_one_sex,
    _married_to_a_sibling,
    _married_to_nobody,
    _spouse_unknown,
    _still_married_to_the_dead,
)
