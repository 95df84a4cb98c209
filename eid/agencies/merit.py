"""Recognised merit: found, recognised, withdrawn.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from sqlalchemy import select, update

from eid.agencies.entitlement_models import MeritRecognition
from eid.agencies.entitlement_rules import (
    DecisionStatus,
    MeritKind,
    MeritRecord,
    build_certificate_number,
    parse_merit,
)
from eid.agencies.holders import find_living_person
from eid.agencies.office import Office
from eid.agencies.values import EntitlementState
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import NotFound
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.population.places import find_province
from eid.population.service import find_person_by_id

MERIT = "merit"


def find_merit(person_id: int, *, hold: bool = False) -> MeritRecord:
    """What a person was recognised for. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    query = select(MeritRecognition).where(MeritRecognition.person_id == person_id)
    found = db.session.scalar(query.with_for_update(read=True) if hold else query)
    if found is None:
        raise _unknown()
    return MeritRecord(
        person_id=person_id,
        number=found.number,
        kind=MeritKind(found.kind),
        decided_on=found.decided_on,
        authority=found.province,
        authority_name=find_province(found.province, on=world_today()).name,
        state=EntitlementState.VALID if found.status == DecisionStatus.IN_FORCE else EntitlementState.INVALID,
        updated_at=found.updated_at,
    )


def record_merit(person_id: int, *, kind: str = "war_invalid") -> None:
    """Add or replace what somebody is recognised for, today; the caller commits it. Raises Malformed: merit_kind."""
    decided = {
        "number": build_certificate_number("NC", person_id),
        "kind": parse_merit(kind),
        "decided_on": world_today(),
        "province": find_person_by_id(person_id).residence_province,
        "status": DecisionStatus.IN_FORCE,
        "updated_at": world_now(),
    }
    db.session.merge(MeritRecognition(person_id=person_id, **decided))
    db.session.flush()


def recognise_merit(pin: str, *, kind: str, officer: str = "") -> MeritRecord:
    """Afterwards the person is recognised for this; committed. Raises NotFound: person_unknown; Malformed: merit_kind;
    Conflict: person_dead."""
    person = find_living_person(pin)
    record_merit(person.id, kind=kind)
    record_act("recognise_merit", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    post_event(EntitlementChanged(person.id, MERIT, EntitlementState.VALID))
    db.session.commit()
    return find_merit(person.id)


def withdraw_merit(pin: str, *, officer: str = "") -> MeritRecord:
    """Afterwards the recognition holds no longer; committed.

    Raises NotFound: person_unknown, paper_unknown; Conflict: person_dead.
    """
    person = find_living_person(pin)
    if not _end(person.id):
        raise _unknown()
    record_act("withdraw_merit", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    db.session.commit()
    return find_merit(person.id)


def end_merit_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: what the dead was recognised for is shown no more; the registering transaction commits it."""
    _end(died.person_id)


def _end(person_id: int) -> bool:
    ending = update(MeritRecognition).where(MeritRecognition.person_id == person_id)
    values = {"status": DecisionStatus.ENDED, "updated_at": world_now()}
    is_ended = bool(db.session.execute(ending.values(**values)).rowcount)  # type: ignore[attr-defined]
    if is_ended:
        post_event(EntitlementChanged(person_id, MERIT, EntitlementState.INVALID))
    return is_ended


def _unknown() -> NotFound:
    return NotFound("paper_unknown", "There is no recognised merit of this person.")


OFFICE = Office(MERIT, find_merit, end_merit_of_dead)
