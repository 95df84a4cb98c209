"""Residence as the police of a commune keep it: found in the register, and for a time elsewhere.

Where somebody lives for good, and with whom, the register says, and it alone; what happens to it there is told to papers here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, select, update

from eid.agencies.holders import find_living_person
from eid.agencies.office import Office
from eid.agencies.residence_models import TemporaryResidence
from eid.agencies.residence_rules import (
    HouseholdMember,
    ResidenceRecord,
    Stay,
    check_stay,
    default_end,
    order_members,
)
from eid.agencies.values import EntitlementState
from eid.audit import ActorKind, record_act
from eid.clock import VIETNAM, world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, EntitlementsChanged, PeopleChanged, PersonDied, post_event
from eid.population.homes import Address, find_commune, read_house
from eid.population.life.acts import CITIZEN
from eid.population.models import Household, LifeEvent, Person, Relation
from eid.population.places import find_province, write_address
from eid.population.service import find_household_members, find_person_by_id
from eid.population.snapshot import SNAPSHOT

RESIDENCE = "residence"

_OF_HOMES = ("household_id", "relation_to_head", "residence_province", "residence_commune", "residence_address")
_OF_PEOPLE = ("pin", "surname", "middle_name", "given_name", "birth_date", "sex", "died_on", "nationality")
SHOWN = frozenset((*_OF_HOMES, *_OF_PEOPLE))
"""The columns of a person that papers of their household show."""

_AT_ONCE = 500


def find_residence(person_id: int, *, hold: bool = False) -> ResidenceRecord:
    """Where the register has a person today, and with whom. Raises NotFound: paper_unknown, for who is no citizen.

    With `hold` it cannot change until this transaction ends.
    """
    person, today = find_person_by_id(person_id), world_today()
    if person.nationality != CITIZEN:
        raise NotFound("paper_unknown", "Residence is registered here for citizens alone.")
    if hold:
        db.session.execute(select(Household.id).where(Household.id == person.household_id).with_for_update(read=True))
        db.session.refresh(person)
    people = find_household_members(person.household_id) if person.household_id is not None else []
    living = [each for each in people if each.is_alive]
    members = order_members(_read_member(each) for each in living)
    stay = _find_stay(person_id, today)
    ids = {person_id, *(each.id for each in living)}
    return ResidenceRecord(
        person_id=person_id,
        permanent=Stay(write_address(person, today), person.residence_province, _find_since(person_id)),
        temporary=None if stay is None else _read_stay(stay, today),
        household="" if person.household_id is None else f"{person.household_id:010d}",
        head=next((each for each in members if each.relation is Relation.HEAD), None),
        relation=Relation(person.relation_to_head) if person.relation_to_head else None,
        members=members,
        authority_name=person.residence_commune,
        state=EntitlementState.VALID if person.is_alive else EntitlementState.INVALID,
        updated_at=_find_updated_at(ids, stay),
    )


def register_temporary_residence(
    pin: str, *, address: Address, until: date | None = None, officer: str = ""
) -> ResidenceRecord:
    """Afterwards the person lives there for a time, a year unless told, and nowhere else for a time; committed.

    Raises NotFound: person_unknown, province_unknown, commune_unknown; Malformed: stay_term, address_missing;
    Conflict: person_dead, stay_at_home.
    """
    person, today = find_living_person(pin), world_today()
    last = until or default_end(today)
    check_stay(today, last)
    house, commune = read_house(address), find_commune(address)
    if (commune.province, commune.name) == (person.residence_province, person.residence_commune):
        raise Conflict("stay_at_home", "Who lives in this commune for good needs no temporary residence there.")
    _end_stays(person.id, today)
    db.session.add(
        TemporaryResidence(
            person_id=person.id,
            province=commune.province,
            commune=commune.name,
            address=house,
            registered_on=today,
            until=last,
            updated_at=world_now(),
        )
    )
    _changed(person.id, "register_temporary_residence", officer)
    db.session.commit()
    return find_residence(person.id)


def end_temporary_residence(pin: str, *, officer: str = "") -> ResidenceRecord:
    """Afterwards the person lives nowhere for a time; committed.

    Raises NotFound: person_unknown, stay_unknown; Conflict: person_dead.
    """
    person, today = find_living_person(pin), world_today()
    if _find_stay(person.id, today) is None:
        raise NotFound("stay_unknown", "This person has no temporary residence.")
    _end_stays(person.id, today)
    _changed(person.id, "end_temporary_residence", officer)
    db.session.commit()
    return find_residence(person.id)


def tell_households_of_change(changed: PeopleChanged) -> None:
    """Handles PeopleChanged: papers of whoever lives with them, or did, say something else; the act's transaction commits it."""
    shown = [change for change in changed.changes if change.columns & SHOWN]
    person_ids = {change.person_id for change in shown}
    homes = {home for change in shown for home in change.home_ids} | set(_find_homes(person_ids))
    everybody = person_ids | set(_find_members(homes))
    if everybody:
        post_event(EntitlementsChanged(frozenset(everybody), RESIDENCE, EntitlementState.VALID))


def end_residence_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: the dead live nowhere (article 24); whom they lived with is told as of any change."""
    _end_stays(died.person_id, died.died_on)


def _find_stay(person_id: int, today: date) -> TemporaryResidence | None:
    query = select(TemporaryResidence).where(
        TemporaryResidence.person_id == person_id,
        TemporaryResidence.ended_on.is_(None),
        TemporaryResidence.until >= today,
    )
    return db.session.scalar(query.order_by(TemporaryResidence.id.desc()).limit(1))


def _end_stays(person_id: int, on: date) -> None:
    running = (TemporaryResidence.person_id == person_id, TemporaryResidence.ended_on.is_(None))
    ending = update(TemporaryResidence).where(*running, TemporaryResidence.until >= on)
    db.session.execute(ending.values(ended_on=on, updated_at=world_now()))


def _changed(person_id: int, act: str, officer: str) -> None:
    record_act(act, actor_kind=ActorKind.OFFICER, actor=officer, person_id=person_id)
    post_event(EntitlementChanged(person_id, RESIDENCE, EntitlementState.VALID))


def _find_since(person_id: int) -> date | None:
    """Since when the person lives in their household: since the last event that brought them there."""
    query = select(LifeEvent).where(LifeEvent.person_id == person_id).order_by(LifeEvent.id.desc())
    moves = (each for each in db.session.scalars(query) if "household_id" in each.details.get("changes", {}))
    return next((each.effective_on for each in moves), None)


def _find_updated_at(person_ids: Collection[int], stay: TemporaryResidence | None) -> datetime:
    """When something of these people was last entered; the opening of the register, where nothing was since."""
    entered = db.session.scalar(select(func.max(LifeEvent.recorded_at)).where(LifeEvent.person_id.in_(person_ids)))
    opened = datetime.combine(SNAPSHOT, time(), VIETNAM)
    return max(each for each in (opened, entered, stay.updated_at if stay else None) if each is not None)


def _find_homes(person_ids: Iterable[int]) -> Iterable[int]:
    return _find_in_parts(Person.household_id, Person.id, person_ids)


def _find_members(homes: Iterable[int]) -> Iterable[int]:
    return _find_in_parts(Person.id, Person.household_id, homes)


def _find_in_parts(wanted: Any, known: Any, values: Iterable[int]) -> Iterable[int]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _AT_ONCE):
        query = select(wanted).where(known.in_(ordered[start : start + _AT_ONCE]), wanted.is_not(None))
        yield from db.session.scalars(query)


def _read_stay(stay: TemporaryResidence, today: date) -> Stay:
    parts = (stay.address, stay.commune, find_province(stay.province, on=today).name)
    return Stay(", ".join(part for part in parts if part), stay.province, stay.registered_on, stay.until)


def _read_member(person: Person) -> HouseholdMember:
    relation = Relation(person.relation_to_head) if person.relation_to_head else Relation.OTHER
    return HouseholdMember(person.pin, person.full_name, person.birth_date, str(person.sex), relation)


OFFICE = Office(RESIDENCE, find_residence, end_residence_of_dead)
