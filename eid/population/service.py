"""What is done with the register: people found and recorded, births and deaths registered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from eid.audit import record_act
from eid.clock import world_now, world_today
from eid.db import db, insert_unless_present
from eid.errors import Conflict, NotFound, Unavailable
from eid.events import PersonDied, post_event
from eid.population import places
from eid.population.life import rules
from eid.population.models import Household, LifeEvent, LifeEventKind, MaritalStatus, NameWord, Person, Relation, Sex
from eid.population.names import fold_name, join_name
from eid.population.numbers import allocate_pin, check_pin_agrees
from eid.population.synthesis.register import FIRST_GENERATED_ID
from eid.randomness import system_rng

_TRIES = 20


def find_person(pin: str) -> Person:
    """The person who bears this PIN, dead or alive. Raises NotFound: person_unknown."""
    person = db.session.scalar(select(Person).where(Person.pin == pin))
    if person is None:
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


def find_adults(limit: int) -> list[Person]:
    """The first generated citizens who are alive and 18 to 59 years old today, ordered by id."""
    today = world_today()
    born = Person.birth_date.between(
        today.replace(year=today.year - 59, day=1), today.replace(year=today.year - 19, day=1)
    )
    adults = select(Person).where(Person.id >= FIRST_GENERATED_ID, Person.died_on.is_(None), born)
    adults = adults.where(Person.nationality == "VNM")
    return list(db.session.scalars(adults.order_by(Person.id).limit(limit)))


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
    for word in set(folded_name.split()):
        insert_unless_present(NameWord, word=word, folded_name=folded_name)
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


def register_birth(
    *,
    mother_pin: str,
    father_pin: str | None = None,
    surname: str,
    middle_name: str,
    given_name: str,
    birth_date: date,
    sex: Sex,
    province: str,
) -> Person:
    """Afterwards the newborn is in the register and in the mother's household, with a PIN; committed.

    `province` is the code, on the day of birth, of the province that registers it. Raises NotFound: person_unknown,
    province_unknown; Malformed: birth_in_future; Conflict: parent_sex, parent_age, parent_dead.
    """
    sex = Sex(sex)
    rules.check_birth(birth_date, today=world_today())
    places.find_province(province, on=birth_date)
    mother = find_person(mother_pin)
    father = find_person(father_pin) if father_pin else None
    _check_parent(mother, Sex.FEMALE, birth_date)
    if father is not None:
        _check_parent(father, Sex.MALE, birth_date)
    newborn = _record_newborn(
        mother, father, (surname, middle_name, given_name), birth_date=birth_date, sex=sex, province=province
    )
    _record_life_event(newborn.id, LifeEventKind.BIRTH, birth_date)
    record_act("register_birth", person_id=newborn.id)
    db.session.commit()
    return newborn


def register_death(pin: str, *, died_on: date) -> Person:
    """Afterwards the person is dead since that day, the spouse widowed, and everybody concerned was told; committed.

    Raises NotFound: person_unknown; Malformed: death_date; Conflict: person_dead.
    """
    person = find_person(pin)
    rules.check_death(born=person.birth_date, died=person.died_on, died_on=died_on, today=world_today())
    marked = update(Person).where(Person.id == person.id, Person.died_on.is_(None))
    marked = marked.values(died_on=died_on, household_id=None, relation_to_head=None)
    if db.session.execute(marked).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("person_dead", "The death of this person is registered already.")
    if person.spouse_id is not None:
        widowed = update(Person).where(Person.id == person.spouse_id, Person.spouse_id == person.id)
        db.session.execute(widowed.values(marital_status=MaritalStatus.WIDOWED, spouse_id=None))
    _record_life_event(person.id, LifeEventKind.DEATH, died_on)
    record_act("register_death", person_id=person.id)
    post_event(PersonDied(person_id=person.id, died_on=died_on))
    db.session.commit()
    return person


def _check_parent(parent: Person, expected_sex: Sex, birth_date: date) -> None:
    rules.check_parent(
        sex=Sex(parent.sex),
        expected_sex=expected_sex,
        born=parent.birth_date,
        died=parent.died_on,
        birth_date=birth_date,
    )


def _record_newborn(
    mother: Person,
    father: Person | None,
    name: tuple[str, str, str],
    *,
    birth_date: date,
    sex: Sex,
    province: str,
) -> Person:
    """Add the newborn under a number and a PIN that nobody has; two births at once may want the same, then again."""
    for _ in range(_TRIES):
        newest = db.session.scalar(select(func.max(Person.id))) or 0
        pin = allocate_pin(province_code=province, birth_year=birth_date.year, sex=sex, rng=system_rng())
        try:
            with db.session.begin_nested():
                return record_person(
                    person_id=max(newest + 1, FIRST_GENERATED_ID),
                    pin=pin,
                    surname=name[0],
                    middle_name=name[1],
                    given_name=name[2],
                    birth_date=birth_date,
                    sex=sex,
                    birth_province=province,
                    ethnicity=(father or mother).ethnicity,
                    religion=mother.religion,
                    household_id=mother.household_id,
                    relation_to_head=_relation_of_newborn(mother, father),
                    father_id=father.id if father else None,
                    mother_id=mother.id,
                    residence_province=mother.residence_province,
                    residence_old_province=mother.residence_old_province,
                    residence_commune=mother.residence_commune,
                    residence_address=mother.residence_address,
                )
        except IntegrityError:
            continue
    raise Unavailable("pin_not_allocated", "No number could be given now; please try again.")


def _relation_of_newborn(mother: Person, father: Person | None) -> Relation:
    heads = {Relation.HEAD, Relation.SPOUSE}
    in_household = [p for p in (mother, father) if p is not None and p.household_id == mother.household_id]
    if any(p.relation_to_head in heads for p in in_household):
        return Relation.CHILD
    if any(p.relation_to_head == Relation.CHILD for p in in_household):
        return Relation.GRANDCHILD
    return Relation.OTHER


def _record_life_event(person_id: int, kind: LifeEventKind, effective_on: date) -> None:
    db.session.add(
        LifeEvent(person_id=person_id, kind=kind, effective_on=effective_on, recorded_at=world_now(), details={})
    )
