"""Criminal records as the police of provinces keep them: asked for, answered when the term is over, refused, withdrawn.

Form no. 1 is a paper that services can be given; form no. 2 never is: the person reads it, and bodies of criminal procedure do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, update

from eid.agencies.criminal_record_models import CriminalRecordRequest
from eid.agencies.criminal_record_rules import (
    Conviction,
    CriminalCertificate,
    ProcedureBody,
    RecordForm,
    RecordState,
    ToldRecord,
    check_may_ask,
    conclude,
    draw_convictions,
    state_of,
    told_by,
    valid_until,
    write_number,
)
from eid.agencies.holders import find_living_person
from eid.agencies.office import Office
from eid.agencies.values import EntitlementState
from eid.audit import ActorKind, record_act
from eid.clock import VIETNAM, world_now, world_today
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.population.history import find_first_state
from eid.population.models import Person
from eid.population.places import find_province
from eid.population.service import find_person, find_person_by_id

CRIMINAL_RECORD = "criminal_record"


def find_criminal_record(person_id: int, *, hold: bool = False) -> CriminalCertificate:
    """The newest certificate of form no. 1 that was issued to a person. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    query = select(CriminalRecordRequest).where(
        CriminalRecordRequest.person_id == person_id,
        CriminalRecordRequest.form == RecordForm.ONE,
        CriminalRecordRequest.refused_for.is_(None),
        CriminalRecordRequest.answered_at <= world_now(),
    )
    query = query.order_by(CriminalRecordRequest.id.desc()).limit(1)
    found = db.session.scalar(query.with_for_update(read=True) if hold else query)
    if found is None:
        raise NotFound("paper_unknown", "No criminal-record certificate was issued to this person.")
    return _read(found)


def list_criminal_records(person_id: int) -> list[CriminalCertificate]:
    """What a person has asked for, of both forms, the newest first."""
    query = select(CriminalRecordRequest).where(CriminalRecordRequest.person_id == person_id)
    return [_read(row) for row in db.session.scalars(query.order_by(CriminalRecordRequest.id.desc()))]


def find_own_criminal_record(request_id: int, *, person_id: int) -> CriminalCertificate:
    """The request of this number, which must be the person's own. Raises NotFound: criminal_record_unknown."""
    row = db.session.get(CriminalRecordRequest, request_id)
    if row is None or row.person_id != person_id:
        raise NotFound("criminal_record_unknown", "You have asked for no certificate of this number.")
    return _read(row)


def record_criminal_record_request(
    person_id: int, form: RecordForm, purpose: str, *, answered_at: datetime
) -> CriminalRecordRequest:
    """Add a request that is answered then; the caller's transaction commits it.

    Raises Malformed: purpose; Conflict: person_dead, criminal_record_age, criminal_record_in_progress.
    """
    person, now = find_person_by_id(person_id), world_now()
    if not person.is_alive:
        raise Conflict("person_dead", "This person has died.")
    check_may_ask(person.birth_date, purpose, today=world_today())
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    if any(each.form == form and each.answered_at > now and not each.refused_for for each in _rows_of(person_id)):
        raise Conflict(
            "criminal_record_in_progress", "You asked for this certificate already; the police have yet to answer."
        )
    row = CriminalRecordRequest(
        person_id=person_id,
        form=form,
        purpose=purpose,
        province=person.residence_province,
        asked_at=now,
        answered_at=answered_at,
        updated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def refuse_criminal_record(pin: str, *, reason: str, officer: str = "") -> CriminalCertificate:
    """Afterwards the request that waits is refused for this reason, which its asker reads; committed.

    Raises NotFound: person_unknown, criminal_record_unknown; Malformed: reason.
    """
    person, now = find_person(pin), world_now()
    waiting = [each for each in _rows_of(person.id) if each.answered_at > now and not each.refused_for]
    row = _newest(waiting)
    row.refused_for, row.answered_at, row.updated_at = _check_reason(reason), now, now
    _record("refuse_criminal_record", row, officer)
    db.session.commit()
    return _read(row)


def withdraw_criminal_record(pin: str, *, reason: str, officer: str = "") -> CriminalCertificate:
    """Afterwards the newest certificate in force is good no longer; committed.

    Raises NotFound: person_unknown, criminal_record_unknown; Malformed: reason.
    """
    person = find_person(pin)
    issued = [each for each in _rows_of(person.id) if _read(each).progress is RecordState.ISSUED]
    row = _newest(issued)
    row.withdrawn_for, row.updated_at = _check_reason(reason), world_now()
    _record("withdraw_criminal_record", row, officer)
    if row.form == RecordForm.ONE:
        post_event(EntitlementChanged(person.id, CRIMINAL_RECORD, EntitlementState.INVALID))
    db.session.commit()
    return _read(row)


def disclose_criminal_record(pin: str, *, body: str, purpose: str, officer: str = "") -> ToldRecord:
    """What form no. 2 says today, for a body of criminal procedure; the person can read that it was told; committed.

    Raises NotFound: person_unknown; Malformed: procedure_body, purpose; Conflict: person_dead, criminal_record_age.
    """
    if body not in set(ProcedureBody):
        raise Malformed("procedure_body", "Form no. 2 is given to bodies of criminal procedure alone.")
    person, today = find_living_person(pin), world_today()
    check_may_ask(person.birth_date, purpose, today=today)
    convictions = _find_told(person, RecordForm.TWO, today)
    told = ToldRecord(person.pin, person.full_name, today, ProcedureBody(body), conclude(convictions), convictions)
    record_act(
        "disclose_criminal_record",
        actor_kind=ActorKind.OFFICER,
        actor=officer or body,
        person_id=person.id,
        body=body,
        purpose=purpose,
    )
    db.session.commit()
    return told


def end_criminal_record_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: nothing is shown of the dead, and nobody waits for an answer any more."""
    mine = CriminalRecordRequest.person_id == died.person_id
    if db.session.execute(update(CriminalRecordRequest).where(mine).values(updated_at=world_now())).rowcount:  # type: ignore[attr-defined]
        post_event(EntitlementChanged(died.person_id, CRIMINAL_RECORD, EntitlementState.INVALID))


def _rows_of(person_id: int) -> Sequence[CriminalRecordRequest]:
    query = select(CriminalRecordRequest).where(CriminalRecordRequest.person_id == person_id)
    return db.session.scalars(query.order_by(CriminalRecordRequest.id).with_for_update()).all()


def _newest(rows: Sequence[CriminalRecordRequest]) -> CriminalRecordRequest:
    if not rows:
        raise NotFound("criminal_record_unknown", "There is no such certificate of this person.")
    return rows[-1]


def _check_reason(reason: str) -> str:
    text = " ".join(reason.split())
    if not 0 < len(text) <= 200:
        raise Malformed("reason", "Write why, in a sentence.")
    return text


def _record(act: str, row: CriminalRecordRequest, officer: str) -> None:
    record_act(act, actor_kind=ActorKind.OFFICER, actor=officer, person_id=row.person_id, request_id=row.id)


def _find_told(person: Person, form: RecordForm, on: date) -> tuple[Conviction, ...]:
    return told_by(form, draw_convictions(person.id, find_first_state(person).birth_date), on=on)


def _read(row: CriminalRecordRequest) -> CriminalCertificate:
    person, now, today = find_person_by_id(row.person_id), world_now(), world_today()
    form, on = RecordForm(row.form), row.answered_at.astimezone(VIETNAM).date()
    convictions = _find_told(person, form, on)
    return CriminalCertificate(
        request_id=row.id,
        person_id=row.person_id,
        form=form,
        purpose=row.purpose,
        progress=state_of(
            answered_on=on,
            today=today,
            is_answered=row.answered_at <= now,
            was_refused=bool(row.refused_for),
            withdrawn=bool(row.withdrawn_for),
            is_dead=not person.is_alive,
        ),
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        reason=row.refused_for or row.withdrawn_for or "",
        number=write_number(row.id, form, on),
        issued_on=on,
        valid_until=valid_until(on),
        authority_name=find_province(row.province, on=today).name,
        conclusion=conclude(convictions),
        convictions=convictions,
        updated_at=row.updated_at if row.updated_at > row.answered_at else min(row.answered_at, now),
    )


OFFICE = Office(CRIMINAL_RECORD, find_criminal_record, end_criminal_record_of_dead)
