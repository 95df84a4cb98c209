"""What is done with the register: people found and recorded. What happens to them is in registration.py."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.population import places
from eid.population.life.recording import record_words_of_name
from eid.population.models import Household, MaritalStatus, Person, Relation, ReplacedPin, Sex
from eid.population.names import fold_name, join_name
from eid.population.numbers import check_pin_agrees
from eid.population.snapshot import FIRST_GENERATED_ID


def find_person(pin: str) -> Person:
    """The person who bears this PIN, dead or alive. Raises NotFound: person_unknown; Conflict: pin_replaced."""
    person = db.session.scalar(select(Person).where(Person.pin == pin))
    if person is None:
        if db.session.get(ReplacedPin, pin) is not None:
            raise Conflict("pin_replaced", "This PIN was replaced; its holder has a new one.")
        raise NotFound("person_unknown", "Nobody in the register has this PIN.")
    return person


def find_person_by_id(person_id: int) -> Person:
    """The person of this row. Raises NotFound: person_unknown."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound("person_unknown", "Nobody in the register has this number.", reason=str(person_id))
    return person


def find_people(person_ids: Collection[int]) -> list[Person]:
    """Those of these rows that there are, ordered by id."""
    return list(db.session.scalars(select(Person).where(Person.id.in_(person_ids)).order_by(Person.id)))


def find_adults(limit: int, *, last: bool = False) -> list[Person]:
    """The first generated citizens who are alive and 18 to 59 years old today, by id; with `last` the last, from the end."""
    today = world_today()
    born = Person.birth_date.between(
        today.replace(year=today.year - 59, day=1), today.replace(year=today.year - 19, day=1)
    )
    adults = select(Person).where(Person.id >= FIRST_GENERATED_ID, Person.died_on.is_(None), born)
    adults = adults.where(Person.nationality == "VNM")
    return list(db.session.scalars(adults.order_by(Person.id.desc() if last else Person.id).limit(limit)))


def find_household_members(household_id: int) -> list[Person]:
    """Everybody of a household, the dead too, ordered by id: the head first where it was generated."""
    return list(db.session.scalars(select(Person).where(Person.household_id == household_id).order_by(Person.id)))


def find_children(person_id: int, household_id: int | None) -> list[Person]:
    """The children of a person who are registered in this household, ordered by id."""
    members = find_household_members(household_id) if household_id is not None else []
    return [member for member in members if person_id in (member.father_id, member.mother_id)]


def find_known_pins(pins: Collection[str]) -> set[str]:
    """Which of these PINs somebody in the register bears."""
    return set(db.session.scalars(select(Person.pin).where(Person.pin.in_(pins))))


def count_people() -> int:
    """How many people the register has, the dead and the cast included."""
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def record_person(
    *,
    person_id: int,
    pin: str,
    surname: str,
    middle_name: str,
    given_name: str,
    birth_date: date,
    sex: Sex,
    residence_province: str,
    residence_commune: str,
    residence_address: str,
    residence_old_province: str | None = None,
    birth_province: str | None = None,
    birth_country: str = "VNM",
    ethnicity: str = "Kinh",
    religion: str = "Không",
    nationality: str = "VNM",
    marital_status: MaritalStatus = MaritalStatus.SINGLE,
    household_id: int | None = None,
    relation_to_head: Relation = Relation.HEAD,
    father_id: int | None = None,
    mother_id: int | None = None,
    spouse_id: int | None = None,
    old_id_number: str | None = None,
    phone: str | None = None,
) -> Person:
    """Add a given person, in a household of their own where none is named; the caller's transaction commits it.

    Where they lived until June 2025 is, unless told, the province whose code the merged one kept.
    Raises Malformed: pin_malformed, pin_prefix_unknown, pin_disagrees; NotFound: province_unknown.
    """
    sex = Sex(sex)
    told = check_pin_agrees(pin, birth_date=birth_date, sex=sex)
    places.find_province(residence_province, on=world_today())
    old_province = residence_old_province or residence_province
    if household_id is None:
        household_id = person_id
        db.session.add(
            Household(
                id=household_id,
                province=residence_province,
                old_province=old_province,
                commune=residence_commune,
                address=residence_address,
            )
        )
        db.session.flush()
    folded_name = fold_name(join_name(surname, middle_name, given_name))
    record_words_of_name(folded_name)
    person = Person(
        id=person_id,
        pin=pin,
        surname=surname,
        middle_name=middle_name,
        given_name=given_name,
        folded_name=folded_name,
        birth_date=birth_date,
        sex=sex,
        birth_province=(birth_province or told.province_code or old_province) if birth_country == "VNM" else None,
        birth_country=birth_country,
        ethnicity=ethnicity,
        religion=religion,
        nationality=nationality,
        household_id=household_id,
        relation_to_head=relation_to_head,
        father_id=father_id,
        mother_id=mother_id,
        spouse_id=spouse_id,
        marital_status=marital_status,
        residence_province=residence_province,
        residence_old_province=old_province,
        residence_commune=residence_commune,
        residence_address=residence_address,
        old_id_number=old_id_number,
        phone=phone,
    )
    db.session.add(person)
    return person
