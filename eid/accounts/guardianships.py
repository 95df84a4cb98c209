"""Who is whose guardian today: judged by the register whenever somebody asks, so that it ends the moment its ground does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Row, bindparam, exists, select
from sqlalchemy.orm import aliased

from eid.accounts.guardian_rules import End, Ground, Relationship, find_end, needs_guardian
from eid.accounts.representation_models import Guardianship
from eid.clock import world_today
from eid.db import db, run, table_of
from eid.errors import NotFound
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.prepared import Prepared


@frozen
class FoundGuardianship:
    """A guardianship that holds today."""

    id: int
    ground: Ground
    ward: Person
    guardian: Person


def find_wards(guardian_id: int) -> list[FoundGuardianship]:
    """Those for whom this person answers today, the youngest first."""
    found = _find_in_force(Guardianship.guardian_id == guardian_id)
    return sorted(found, key=lambda one: (one.ward.birth_date, one.ward.id), reverse=True)


def find_guardians(ward_id: int) -> list[FoundGuardianship]:
    """Those who answer for this person today."""
    return _find_in_force(Guardianship.ward_id == ward_id)


def find_guardianship(guardian_id: int, ward_id: int) -> FoundGuardianship:
    """That the one answers for the other today. Raises NotFound: ward_unknown."""
    found = _find_in_force(Guardianship.guardian_id == guardian_id, Guardianship.ward_id == ward_id)
    if not found:
        raise NotFound("ward_unknown", "You are not this person's guardian.")
    return found[0]


def find_answered_for(guardian_id: int, ward_id: int) -> Person:
    """Somebody for whom this person answers today: as guardian, or as a parent by the register (Civil Code 2015, article 136),
    whether or not the child has an account. Raises NotFound: ward_unknown."""
    ward, guardian = db.session.get(Person, ward_id), db.session.get_one(Person, guardian_id)
    if ward is not None and find_end(Ground.PARENT, build_relationship(ward, guardian), today=world_today()) is None:
        return ward
    return find_guardianship(guardian_id, ward_id).ward


def build_relationship(ward: Person, guardian: Person) -> Relationship:
    """What the register says about these two."""
    return Relationship(
        ward_born=ward.birth_date,
        ward_is_alive=ward.is_alive,
        guardian_born=guardian.birth_date,
        guardian_is_alive=guardian.is_alive,
        is_parent=guardian.id in (ward.father_id, ward.mother_id),
    )


_guardianships = table_of(Guardianship).c


def was_appointed_for(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Of a row that names a person: somebody was appointed their guardian once."""
    return exists().where(_guardianships.ward_id == person_id, _guardianships.ground != Ground.PARENT)


_persons = table_of(Person).c
_BORN_AND_APPOINTED = Prepared(
    select(_persons.birth_date, was_appointed_for(_persons.id)).where(_persons.id == bindparam("person"))
)
"""Asked at each sign-in at a service, so it is built once."""


def is_ward(person_id: int) -> bool:
    """Whether this person's account is used only with a guardian's word today, although there may be no guardian now."""
    born, was_appointed = run(_BORN_AND_APPOINTED, {"person": person_id}).one()
    return is_ward_born(person_id, born, was_appointed=was_appointed)


def is_ward_born(person_id: int, born: date, *, was_appointed: bool) -> bool:
    """As is_ward, for whoever knows this of the person already."""
    has_appointed = was_appointed and _is_under_appointed(person_id)
    return needs_guardian(born, today=world_today(), has_appointed=has_appointed)


def lacks_guardian(person_id: int) -> bool:
    """Whether this person needs a guardian and has none today."""
    return is_ward(person_id) and not find_guardians(person_id)


def _find_in_force(*which: ColumnElement[bool]) -> list[FoundGuardianship]:
    rows = _select(Guardianship.ended_at.is_(None), *which)
    return [FoundGuardianship(row[0].id, Ground(row[0].ground), row[1], row[2]) for row in rows if _end_of(row) is None]


def _is_under_appointed(person_id: int) -> bool:
    """An appointed guardian holds, or the last one has died and nobody has ended or replaced the appointment."""
    rows = _select(Guardianship.ward_id == person_id, Guardianship.ground != Ground.PARENT)
    if any(row[0].ended_at is None and _end_of(row) is None for row in rows):
        return True
    return bool(rows) and (rows[-1][0].end or _end_of(rows[-1])) == End.GUARDIAN_DIED


def _select(*which: ColumnElement[bool]) -> Sequence[Row[Guardianship, Person, Person]]:
    ward, guardian = aliased(Person), aliased(Person)
    query = (
        select(Guardianship, ward, guardian)
        .join(ward, ward.id == Guardianship.ward_id)
        .join(guardian, guardian.id == Guardianship.guardian_id)
        .where(*which)
        .order_by(Guardianship.id)
    )
    return db.session.execute(query).all()


def _end_of(row: Row[Guardianship, Person, Person]) -> End | None:
    guardianship, ward, guardian = row
    return find_end(Ground(guardianship.ground), build_relationship(ward, guardian), today=world_today())
