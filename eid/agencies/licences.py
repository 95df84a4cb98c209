"""Driving licences as the traffic police keep them: recorded, found, issued, points taken and given back.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from eid.agencies import licence_rules
from eid.agencies.holders import find_living_person
from eid.agencies.licence_rules import (
    FULL_POINTS,
    HeldClass,
    LicenceClass,
    LicenceStatus,
    PointsHistory,
    check_licence_age,
    points_on,
)
from eid.agencies.models import DrivingLicence, LicencePointsEntry
from eid.agencies.office import Office
from eid.agencies.synthesis import licence_number_of, write_class
from eid.agencies.terms import add_years
from eid.agencies.values import EntitlementState, HistoryLine, LicenceRecord
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.population.places import find_province
from eid.population.service import find_person, find_person_by_id

DRIVING_LICENCE = "driving_licence"


def find_driving_licence(person_id: int, *, hold: bool = False) -> LicenceRecord:
    """What the traffic police say about a person's licence today. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    query = select(DrivingLicence).where(DrivingLicence.person_id == person_id)
    found = db.session.scalar(query.with_for_update(read=True) if hold else query)
    if found is None:
        raise NotFound("paper_unknown", "There is no driving licence for this person.")
    today = world_today()
    points = points_on(PointsHistory(found.points, found.points_changed_on), today)
    state = _STATE_OF_LICENCE[LicenceStatus(found.status)]
    classes = tuple(_read_class(held) for held in found.classes)
    in_force = licence_rules.find_classes_in_force(classes, on=today)
    return LicenceRecord(
        person_id=person_id,
        number=found.number,
        authority=found.authority,
        authority_name=find_province(found.authority, on=today).name,
        classes=classes,
        points=points,
        may_drive=state is EntitlementState.VALID and points > 0 and bool(in_force),
        state=state,
        updated_at=found.updated_at,
    )


def find_points_history(person_id: int) -> tuple[HistoryLine, ...]:
    """What happened to the points of a licence, newest first."""
    query = select(LicencePointsEntry).where(LicencePointsEntry.person_id == person_id)
    entries = db.session.scalars(query.order_by(LicencePointsEntry.id.desc()))
    return tuple(HistoryLine(each.decided_on, each.decision, each.change, each.points_after) for each in entries)


def record_driving_licence(
    person_id: int,
    *,
    classes: Sequence[str] = ("A1", "B"),
    issued_on: date | None = None,
    points: int = FULL_POINTS,
) -> None:
    """Add the driving licence of a person; the caller's transaction commits it.

    Unless told, each class was issued a year ago. Points below twelve were lost today, by a decision of their own.
    Raises Conflict: licence_age.
    """
    person = find_person_by_id(person_id)
    today = world_today()
    issued_on = issued_on or add_years(today, -1)
    held = [LicenceClass(name) for name in classes]
    for licence_class in held:
        check_licence_age(licence_class, person.birth_date, on=issued_on)
    db.session.add(
        DrivingLicence(
            person_id=person_id,
            number=licence_number_of(
                person_id, birth_year=person.birth_date.year, sex=person.sex, passed_in=issued_on.year
            ),
            authority=person.residence_province,
            classes=[write_class(licence_class, issued_on, issued_on) for licence_class in held],
            points=points,
            points_changed_on=today if points < FULL_POINTS else None,
            status=LicenceStatus.VALID if points else LicenceStatus.SUSPENDED,
            updated_at=world_now(),
        )
    )
    db.session.flush()
    if points < FULL_POINTS:
        _record_points(person_id, "MẪU-0001", today, points - FULL_POINTS, points)


def issue_driving_licence(pin: str, *, classes: Sequence[str] = ("A1",), officer: str = "") -> LicenceRecord:
    """Afterwards the person has a driving licence of these classes, issued today, with twelve points; committed.

    Raises NotFound: person_unknown; Conflict: person_dead, licence_age, licence_held.
    """
    person = find_living_person(pin)
    if db.session.get(DrivingLicence, person.id) is not None:
        raise Conflict("licence_held", "This person has a driving licence already.")
    try:
        record_driving_licence(person.id, classes=classes, issued_on=world_today())
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("licence_held", "This person has a driving licence already.") from error
    record_act("issue_driving_licence", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    post_event(EntitlementChanged(person.id, DRIVING_LICENCE, EntitlementState.VALID))
    db.session.commit()
    return find_driving_licence(person.id)


def deduct_licence_points(pin: str, points: int, *, decision: str, officer: str = "") -> LicenceRecord:
    """Afterwards the licence has so many points less, and is suspended where none is left; committed.

    `decision` is the number of the decision: the same decision counts once. Raises NotFound: person_unknown, paper_unknown;
    Malformed: points; Conflict: decision_counted, licence_revoked.
    """
    licence = _hold_licence(pin)
    today = world_today()
    before = PointsHistory(licence.points, licence.points_changed_on)
    after = licence_rules.deduct_points(before, points, on=today)
    _change_points(licence, after, decision=decision, change=after.points - points_on(before, today))
    record_act(
        "deduct_licence_points",
        actor_kind=ActorKind.OFFICER,
        actor=officer,
        person_id=licence.person_id,
        points=points,
        decision=decision,
    )
    db.session.commit()
    return find_driving_licence(licence.person_id)


def restore_licence_points(pin: str, *, decision: str, officer: str = "") -> LicenceRecord:
    """Afterwards a licence that had lost all points has twelve again, because its holder passed the test; committed.

    Raises NotFound: person_unknown, paper_unknown; Conflict: points_left, test_too_early, decision_counted, licence_revoked.
    """
    licence = _hold_licence(pin)
    before = PointsHistory(licence.points, licence.points_changed_on)
    after = licence_rules.restore_points(before, on=world_today())
    _change_points(licence, after, decision=decision, change=FULL_POINTS)
    record_act(
        "restore_licence_points",
        actor_kind=ActorKind.OFFICER,
        actor=officer,
        person_id=licence.person_id,
        decision=decision,
    )
    db.session.commit()
    return find_driving_licence(licence.person_id)


def end_licence_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: the licence of the dead ends; the registering transaction commits it."""
    ending = update(DrivingLicence).where(DrivingLicence.person_id == died.person_id)
    if db.session.execute(ending.values(status=LicenceStatus.REVOKED, updated_at=world_now())).rowcount:  # type: ignore[attr-defined]
        post_event(EntitlementChanged(died.person_id, DRIVING_LICENCE, EntitlementState.INVALID))


def _hold_licence(pin: str) -> DrivingLicence:
    person = find_person(pin)
    licence = db.session.scalar(select(DrivingLicence).where(DrivingLicence.person_id == person.id).with_for_update())
    if licence is None:
        raise NotFound("paper_unknown", "There is no driving licence for this person.")
    if licence.status == LicenceStatus.REVOKED:
        raise Conflict("licence_revoked", "This driving licence was revoked.")
    return licence


def _change_points(licence: DrivingLicence, after: PointsHistory, *, decision: str, change: int) -> None:
    if licence.points == 0 or after.points == 0:
        licence.status = LicenceStatus.VALID if after.points else LicenceStatus.SUSPENDED
    licence.points, licence.points_changed_on = after.points, after.changed_on
    licence.updated_at = world_now()
    try:
        _record_points(licence.person_id, decision, world_today(), change, after.points)
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("decision_counted", "This decision was counted already.") from error
    post_event(EntitlementChanged(licence.person_id, DRIVING_LICENCE, _STATE_OF_LICENCE[LicenceStatus(licence.status)]))


def _record_points(person_id: int, decision: str, on: date, change: int, points_after: int) -> None:
    db.session.add(
        LicencePointsEntry(
            person_id=person_id, decision=decision, decided_on=on, change=change, points_after=points_after
        )
    )


_STATE_OF_LICENCE = {
    LicenceStatus.VALID: EntitlementState.VALID,
    LicenceStatus.SUSPENDED: EntitlementState.SUSPENDED,
    LicenceStatus.REVOKED: EntitlementState.INVALID,
}


def _read_class(held: dict[str, Any]) -> HeldClass:
    expires_on = held["expires_on"]
    return HeldClass(
        LicenceClass(held["class"]),
        date.fromisoformat(held["first_issued_on"]),
        date.fromisoformat(held["issued_on"]),
        None if expires_on is None else date.fromisoformat(expires_on),
    )


OFFICE = Office(DRIVING_LICENCE, find_driving_licence, end_licence_of_dead, find_points_history)
