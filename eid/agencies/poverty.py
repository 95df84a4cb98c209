"""Certificates of poor and near-poor households: found by each member, decided for a calendar year, ended.

A certificate names the household as it was on the day of the decision; a death takes a name off it. What changed is posted as
EntitlementChanged for every member, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, func, select

from eid.agencies.entitlement_models import PovertyCertificate, PovertyMember
from eid.agencies.entitlement_rules import (
    DecisionStatus,
    HouseholdMember,
    PovertyKind,
    PovertyRecord,
    build_certificate_number,
    end_of_year,
    parse_poverty,
)
from eid.agencies.holders import find_living_person
from eid.agencies.office import Office
from eid.agencies.values import EntitlementState
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.population.models import Person
from eid.population.places import find_province
from eid.population.service import find_person_by_id

POVERTY = "poverty"


def find_poverty(person_id: int, *, hold: bool = False) -> PovertyRecord:
    """The newest certificate that names a person. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    found = _find_newest(person_id, read=hold) if hold else db.session.scalar(_newest_of(person_id))
    if found is None:
        raise _unknown()
    return PovertyRecord(
        person_id=person_id,
        number=found.number,
        kind=PovertyKind(found.kind),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        members=_find_members(found.id),
        authority=found.province,
        authority_name=find_province(found.province, on=world_today()).name,
        commune=found.commune,
        state=EntitlementState.VALID if _is_in_force(found) else EntitlementState.INVALID,
        updated_at=found.updated_at,
    )


def record_poverty(person_id: int, *, kind: str = "poor") -> PovertyCertificate:
    """Add a certificate for somebody's household, from the first of January or today to the end of the year; the caller commits.

    Raises Malformed: poverty_kind.
    """
    person, today = find_person_by_id(person_id), world_today()
    earlier = db.session.scalar(
        select(func.count()).select_from(PovertyMember).where(PovertyMember.person_id == person_id)
    )
    certificate = PovertyCertificate(
        number=f"{build_certificate_number('HN', person_id)}-{earlier or 0}",
        kind=parse_poverty(kind),
        valid_from=today,
        valid_to=end_of_year(today.year),
        province=person.residence_province,
        commune=person.residence_commune,
        status=DecisionStatus.IN_FORCE,
        updated_at=world_now(),
    )
    db.session.add(certificate)
    db.session.flush()
    for member in _find_household(person):
        relation = None if member.relation_to_head is None else str(member.relation_to_head)
        db.session.add(PovertyMember(certificate_id=certificate.id, person_id=member.id, relation=relation))
    db.session.flush()
    return certificate


def certify_poor_household(pin: str, *, kind: str, officer: str = "") -> PovertyRecord:
    """Afterwards the household of this person is poor, or near-poor, until the end of the year; committed.

    Raises NotFound: person_unknown; Malformed: poverty_kind; Conflict: person_dead, household_certified.
    """
    person = find_living_person(pin)
    held = _find_newest(person.id)
    if held is not None and _is_in_force(held):
        raise Conflict("household_certified", "This household has a certificate for this year already.")
    certificate = record_poverty(person.id, kind=kind)
    _changed(certificate, EntitlementState.VALID)
    record_act("certify_poor_household", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    db.session.commit()
    return find_poverty(person.id)


def end_poor_household(pin: str, *, officer: str = "") -> PovertyRecord:
    """Afterwards the household of this person is poor no longer; committed.

    Raises NotFound: person_unknown, paper_unknown; Conflict: person_dead, household_not_certified.
    """
    person = find_living_person(pin)
    held = _find_newest(person.id)
    if held is None:
        raise _unknown()
    if not _is_in_force(held):
        raise Conflict("household_not_certified", "This household has no certificate in force.")
    held.status = DecisionStatus.ENDED
    _changed(held, EntitlementState.INVALID)
    record_act("end_poor_household", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    db.session.commit()
    return find_poverty(person.id)


def take_dead_off_certificates(died: PersonDied) -> None:
    """Handles PersonDied: certificates name the dead no longer; the registering transaction commits it."""
    held = _find_newest(died.person_id)
    gone = delete(PovertyMember).where(PovertyMember.person_id == died.person_id)
    db.session.execute(gone)
    if held is not None:
        _changed(held, EntitlementState.VALID if _is_in_force(held) else EntitlementState.INVALID)
        post_event(EntitlementChanged(died.person_id, POVERTY, EntitlementState.INVALID))


def _newest_of(person_id: int) -> Select[PovertyCertificate]:
    query = select(PovertyCertificate).join(PovertyMember, PovertyMember.certificate_id == PovertyCertificate.id)
    return query.where(PovertyMember.person_id == person_id).order_by(PovertyCertificate.id.desc()).limit(1)


def _find_newest(person_id: int, *, read: bool = False) -> PovertyCertificate | None:
    return db.session.scalar(_newest_of(person_id).with_for_update(read=read, of=PovertyCertificate))


def _is_in_force(certificate: PovertyCertificate) -> bool:
    is_its_time = certificate.valid_from <= world_today() <= certificate.valid_to
    return certificate.status == DecisionStatus.IN_FORCE and is_its_time


def _changed(certificate: PovertyCertificate, state: EntitlementState) -> None:
    certificate.updated_at = world_now()
    named = select(PovertyMember.person_id).where(PovertyMember.certificate_id == certificate.id)
    for person_id in db.session.scalars(named.order_by(PovertyMember.person_id)).all():
        post_event(EntitlementChanged(person_id, POVERTY, state))


def _find_household(person: Person) -> Sequence[Person]:
    if person.household_id is None:
        return [person]
    living = select(Person).where(Person.household_id == person.household_id, Person.died_on.is_(None))
    return db.session.scalars(living.order_by(Person.birth_date, Person.id)).all()


def _find_members(certificate_id: int) -> tuple[HouseholdMember, ...]:
    query = select(Person, PovertyMember.relation).join(PovertyMember, PovertyMember.person_id == Person.id)
    named = query.where(PovertyMember.certificate_id == certificate_id).order_by(Person.birth_date, Person.id)
    return tuple(
        HouseholdMember(person.full_name, person.birth_date, relation or "")
        for person, relation in db.session.execute(named)
    )


def _unknown() -> NotFound:
    return NotFound("paper_unknown", "No certificate of a poor household names this person.")


OFFICE = Office(POVERTY, find_poverty, take_dead_off_certificates)
