"""The electronic health book as the health authority keeps it: found, and added to by facilities, who sign what they write.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, time

from sqlalchemy import select

from eid.agencies.health_models import RecordedVaccination, RecordedVisit
from eid.agencies.health_rules import (
    VISITS_TOLD,
    Drug,
    Facility,
    HealthRecord,
    Vaccination,
    Visit,
    VisitKind,
    VisitResult,
    check_vaccination,
    check_visit,
)
from eid.agencies.health_synthesis import (
    Patient,
    draw_allergies,
    draw_diseases,
    draw_vaccinations,
    draw_visits,
)
from eid.agencies.holders import find_living_person
from eid.agencies.insurance_rules import facility_name
from eid.agencies.models import HealthInsurance
from eid.agencies.office import Office, end_nothing
from eid.agencies.values import EntitlementState
from eid.audit import ActorKind, record_act
from eid.clock import VIETNAM, world_now, world_today
from eid.db import db
from eid.events import EntitlementChanged, post_event
from eid.population.history import find_first_state
from eid.population.life.rules import ADULT
from eid.population.models import Person
from eid.population.numbers import age_on
from eid.population.places import write_address
from eid.population.service import find_people, find_person_by_id

HEALTH_RECORD = "health_record"


def find_health_record(person_id: int, *, hold: bool = False) -> HealthRecord:
    """What stands in a person's health book today; everybody has one. Raises NotFound: person_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    person = find_person_by_id(person_id)
    if hold:
        db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update(read=True))
    today = person.died_on or world_today()
    patient, given, visits = _describe(person), _find_vaccinations(person_id), _find_visits(person_id)
    vaccinations = sorted([*draw_vaccinations(patient, today), *map(_read_vaccination, given)], key=_given_on)
    visited = sorted([*draw_visits(patient, today), *map(_read_visit, visits)], key=_came_on, reverse=True)
    diseases = draw_diseases(patient, today)
    written = [*(each.recorded_at for each in given), *(each.recorded_at for each in visits)]
    days = [*(each.given_on for each in vaccinations), *(each.left_on for each in visited[:1]), person.birth_date]
    return HealthRecord(
        person_id=person_id,
        insurance_number=_find_insurance_number(person_id),
        address=write_address(person, world_today()),
        legal_representative=_find_representative(person, today),
        allergies=draw_allergies(patient),
        diseases=diseases,
        vaccinations=tuple(vaccinations),
        visits=tuple(visited[:VISITS_TOLD]),
        state=EntitlementState.VALID if person.is_alive else EntitlementState.INVALID,
        updated_at=max([datetime.combine(max(days), time(), VIETNAM), *written]),
    )


def record_vaccination(person_id: int, given: Vaccination) -> None:
    """Add a dose to a person's book; the caller's transaction commits it. Raises as check_vaccination."""
    check_vaccination(given, born=find_person_by_id(person_id).birth_date, today=world_today())
    db.session.add(
        RecordedVaccination(
            person_id=person_id,
            vaccine=given.vaccine,
            antigen=given.antigen,
            dose=given.dose,
            given_on=given.given_on,
            facility=given.facility.code,
            recorded_at=world_now(),
        )
    )


def record_visit(person_id: int, visit: Visit) -> None:
    """Add a visit to a person's book; the caller's transaction commits it. Raises as check_visit."""
    check_visit(visit, born=find_person_by_id(person_id).birth_date, today=world_today())
    db.session.add(
        RecordedVisit(
            person_id=person_id,
            kind=visit.kind,
            came_on=visit.came_on,
            left_on=visit.left_on,
            reason=visit.reason,
            icd10=visit.icd10,
            diagnosis=visit.diagnosis,
            result=visit.result,
            drugs=[asdict(drug) for drug in visit.drugs],
            facility=visit.facility.code,
            recorded_at=world_now(),
        )
    )


def enter_vaccination(
    pin: str, *, vaccine: str, antigen: str, dose: int, facility: str, given_on: date | None = None
) -> HealthRecord:
    """Afterwards the dose stands in the person's book, signed by the facility; committed.

    Raises NotFound: person_unknown; Conflict: person_dead; Malformed: facility, dose, text, health_date.
    """
    person = _hold(pin)
    signer = Facility(facility, "")
    record_vaccination(person.id, Vaccination(vaccine, antigen, dose, given_on or world_today(), signer))
    _changed(person.id, "record_vaccination", facility)
    db.session.commit()
    return find_health_record(person.id)


def enter_visit(
    pin: str,
    *,
    facility: str,
    reason: str,
    icd10: str,
    diagnosis: str,
    drugs: Sequence[Drug] = (),
    kind: str = VisitKind.OUTPATIENT,
    result: str = VisitResult.BETTER,
    came_on: date | None = None,
    left_on: date | None = None,
) -> HealthRecord:
    """Afterwards the visit, of today unless told, stands in the person's book, signed by the facility; committed.

    Raises NotFound: person_unknown; Conflict: person_dead; Malformed: facility, icd10, text, health_date.
    """
    person, came = _hold(pin), came_on or world_today()
    signer, kinds = Facility(facility, ""), (VisitKind(kind), VisitResult(result))
    visit = Visit(kinds[0], came, left_on or came, reason, icd10, diagnosis, kinds[1], tuple(drugs), signer)
    record_visit(person.id, visit)
    _changed(person.id, "record_visit", facility)
    db.session.commit()
    return find_health_record(person.id)


def _hold(pin: str) -> Person:
    """Whoever reads the book waits until what is written now is there."""
    person = find_living_person(pin)
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    return person


def _changed(person_id: int, act: str, facility: str) -> None:
    record_act(act, actor_kind=ActorKind.OFFICER, actor=f"facility {facility}", person_id=person_id)
    post_event(EntitlementChanged(person_id, HEALTH_RECORD, EntitlementState.VALID))


def _describe(person: Person) -> Patient:
    first = find_first_state(person)
    return Patient(
        person.id, first.birth_date, first.birth_province or first.residence_province, first.residence_province
    )


def _find_vaccinations(person_id: int) -> Sequence[RecordedVaccination]:
    query = select(RecordedVaccination).where(RecordedVaccination.person_id == person_id)
    return db.session.scalars(query.order_by(RecordedVaccination.id)).all()


def _find_visits(person_id: int) -> Sequence[RecordedVisit]:
    query = select(RecordedVisit).where(RecordedVisit.person_id == person_id)
    return db.session.scalars(query.order_by(RecordedVisit.id)).all()


def _read_vaccination(row: RecordedVaccination) -> Vaccination:
    return Vaccination(row.vaccine, row.antigen, row.dose, row.given_on, _read_facility(row.facility))


def _read_visit(row: RecordedVisit) -> Visit:
    return Visit(
        VisitKind(row.kind),
        row.came_on,
        row.left_on,
        row.reason,
        row.icd10,
        row.diagnosis,
        VisitResult(row.result),
        tuple(Drug(each["name"], each["use"]) for each in row.drugs),
        _read_facility(row.facility),
    )


def _read_facility(code: str) -> Facility:
    return Facility(code, facility_name(code))


def _given_on(each: Vaccination) -> date:
    return each.given_on


def _came_on(each: Visit) -> date:
    return each.came_on


def _find_insurance_number(person_id: int) -> str | None:
    return db.session.scalar(select(HealthInsurance.number).where(HealthInsurance.person_id == person_id))


def _find_representative(person: Person, today: date) -> str | None:
    if age_on(person.birth_date, today) >= ADULT:
        return None
    parents = find_people([parent for parent in (person.father_id, person.mother_id) if parent is not None])
    return next((each.full_name for each in parents if each.is_alive), None)


OFFICE = Office(HEALTH_RECORD, find_health_record, end_nothing)
