"""Certificates of disability: found, decided, withdrawn.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from sqlalchemy import select, update

from eid.agencies.entitlement_models import DisabilityCertificate
from eid.agencies.entitlement_rules import (
    DecisionStatus,
    DisabilityDegree,
    DisabilityKind,
    DisabilityRecord,
    build_certificate_number,
    parse_degree,
    parse_kinds,
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

DISABILITY = "disability"


def find_disability(person_id: int, *, hold: bool = False) -> DisabilityRecord:
    """What the commune certified about a person. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    query = select(DisabilityCertificate).where(DisabilityCertificate.person_id == person_id)
    found = db.session.scalar(query.with_for_update(read=True) if hold else query)
    if found is None:
        raise _unknown()
    return DisabilityRecord(
        person_id=person_id,
        number=found.number,
        kinds=tuple(DisabilityKind(kind) for kind in found.kinds),
        degree=DisabilityDegree(found.degree),
        decided_on=found.decided_on,
        authority=found.province,
        authority_name=find_province(found.province, on=world_today()).name,
        state=EntitlementState.VALID if found.status == DecisionStatus.IN_FORCE else EntitlementState.INVALID,
        updated_at=found.updated_at,
    )


def record_disability(person_id: int, *, kinds: tuple[str, ...] = ("mobility",), degree: str = "severe") -> None:
    """Add or replace somebody's certificate, decided today; the caller's transaction commits it.

    Raises Malformed: disability_kind, disability_degree.
    """
    decided = {
        "number": build_certificate_number("KT", person_id),
        "kinds": [str(kind) for kind in parse_kinds(kinds)],
        "degree": parse_degree(degree),
        "decided_on": world_today(),
        "province": find_person_by_id(person_id).residence_province,
        "status": DecisionStatus.IN_FORCE,
        "updated_at": world_now(),
    }
    db.session.merge(DisabilityCertificate(person_id=person_id, **decided))
    db.session.flush()


def certify_disability(pin: str, *, kinds: tuple[str, ...], degree: str, officer: str = "") -> DisabilityRecord:
    """Afterwards the person has a certificate that says this, whatever one said before; committed.

    Raises NotFound: person_unknown; Malformed: disability_kind, disability_degree; Conflict: person_dead.
    """
    person = find_living_person(pin)
    record_disability(person.id, kinds=kinds, degree=degree)
    record_act("certify_disability", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    post_event(EntitlementChanged(person.id, DISABILITY, EntitlementState.VALID))
    db.session.commit()
    return find_disability(person.id)


def withdraw_disability(pin: str, *, officer: str = "") -> DisabilityRecord:
    """Afterwards the certificate holds no longer; committed.

    Raises NotFound: person_unknown, paper_unknown; Conflict: person_dead.
    """
    person = find_living_person(pin)
    if not _end(person.id):
        raise _unknown()
    record_act("withdraw_disability", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    db.session.commit()
    return find_disability(person.id)


def end_disability_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: the certificate of the dead ends; the registering transaction commits it."""
    _end(died.person_id)


def _end(person_id: int) -> bool:
    ending = update(DisabilityCertificate).where(DisabilityCertificate.person_id == person_id)
    values = {"status": DecisionStatus.ENDED, "updated_at": world_now()}
    is_ended = bool(db.session.execute(ending.values(**values)).rowcount)  # type: ignore[attr-defined]
    if is_ended:
        post_event(EntitlementChanged(person_id, DISABILITY, EntitlementState.INVALID))
    return is_ended


def _unknown() -> NotFound:
    return NotFound("paper_unknown", "There is no certificate of disability for this person.")


OFFICE = Office(DISABILITY, find_disability, end_disability_of_dead)
