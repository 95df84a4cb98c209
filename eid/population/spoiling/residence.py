"""Defects of households and addresses."""

from __future__ import annotations

from datetime import date

from eid.db import db
from eid.population.models import Household, MaritalStatus, Person, Relation, Sex
from eid.population.spoiling.spoiler import Breakage, Kind, Planted, Spoiler

LODGERS = 51


def _in_no_household(spoiler: Spoiler, person: Person) -> Breakage:
    if person.relation_to_head == Relation.HEAD:
        return None
    person.household_id = person.relation_to_head = None
    return [Planted("household-missing", person.id)]


def _nothing_to_the_head(spoiler: Spoiler, person: Person) -> Breakage:
    if person.relation_to_head == Relation.HEAD:
        return None
    person.relation_to_head = None
    return [Planted("relation-missing", person.id)]


def _no_address(spoiler: Spoiler, person: Person) -> Breakage:
    home = spoiler.home(person)
    if home is None or len(spoiler.members(person)) > 1:
        return None
    person.residence_address = home.address = ""
    return [Planted("residence-missing", person.id)]


def _province_that_never_was(spoiler: Spoiler, person: Person) -> Breakage:
    person.residence_old_province = spoiler.rng.choice(["03", "13", "99"])
    return [Planted("province-impossible", person.id)]


def _away_from_household(spoiler: Spoiler, person: Person) -> Breakage:
    person.residence_address = "Số 999, đường Không Có"
    return [Planted("household-address", person.id)]


def _household_without_head(spoiler: Spoiler, person: Person) -> Breakage:
    if person.relation_to_head != Relation.HEAD:
        return None
    person.relation_to_head = Relation.OTHER
    return [Planted("household-head", spoiler.members(person)[0])]


def _household_with_two_heads(spoiler: Spoiler, person: Person) -> Breakage:
    if person.relation_to_head == Relation.HEAD or spoiler.age(person) < 20:
        return None
    person.relation_to_head = Relation.HEAD
    return [Planted("household-head", spoiler.members(person)[0])]


def _child_as_head(spoiler: Spoiler, person: Person) -> Breakage:
    members = [db.session.get_one(Person, i) for i in spoiler.members(person)]
    head = next((m for m in members if m.relation_to_head == Relation.HEAD), None)
    if spoiler.age(person) > 16 or head is None or spoiler.age(head) < 20:
        return None
    person.relation_to_head, head.relation_to_head = Relation.HEAD, Relation.OTHER
    return [Planted("household-minor", person.id)]


def _child_alone(spoiler: Spoiler, person: Person) -> Breakage:
    """Registered somewhere else, without parents or guardian."""
    if spoiler.age(person) > 16 or person.relation_to_head == Relation.HEAD:
        return None
    alone = Household(
        id=spoiler.new_id(),
        province=person.residence_province,
        old_province=person.residence_old_province,
        commune=person.residence_commune,
        address=f"Số {person.id}, đường Một Mình",
    )
    db.session.add(alone)
    db.session.flush()
    person.household_id, person.relation_to_head = alone.id, Relation.HEAD
    person.residence_address = alone.address
    return [Planted("household-adult", person.id)]


def _household_of_dozens(spoiler: Spoiler, person: Person) -> Breakage:
    """Lodgers, each born in another year."""
    prefix = f"9{person.residence_old_province}"
    for number in range(LODGERS):
        born = date(1940 + number, 2, 3)
        lodger = Person(
            id=spoiler.new_id(),
            birth_date=born,
            sex=Sex.MALE,
            birth_province=person.residence_old_province,
            birth_country="VNM",
            ethnicity="Kinh",
            religion="Không",
            nationality="VNM",
            marital_status=MaritalStatus.SINGLE,
            household_id=person.household_id,
            relation_to_head=Relation.OTHER,
            residence_province=person.residence_province,
            residence_old_province=person.residence_old_province,
            residence_commune=person.residence_commune,
            residence_address=person.residence_address,
        )
        spoiler.rename(lodger, "Nguyễn", "Văn", spoiler.rng.choice(("Sơn", "Khang", "Tuyên", "Bách")))
        while not spoiler.renumber(lodger, f"{prefix}0{born.year % 100:02d}{spoiler.digits(6)}"):
            pass
        db.session.add(lodger)
    db.session.flush()
    return [Planted("household-size", spoiler.members(person)[0])]


def _household_of_nobody(spoiler: Spoiler, person: Person) -> Breakage:
    empty = Household(
        id=spoiler.new_id(),
        province=person.residence_province,
        old_province=person.residence_old_province,
        commune=person.residence_commune,
        address="Số 0, đường Không Người",
    )
    db.session.add(empty)
    return [Planted("household-empty", empty.id)]


RESIDENCE_KINDS: tuple[Kind, ...] = (
    _in_no_household,
    _nothing_to_the_head,
    _no_address,
    _province_that_never_was,
    _away_from_household,
    _household_without_head,
    _household_with_two_heads,
    _child_as_head,
    _child_alone,
    _household_of_dozens,
    _household_of_nobody,
)
