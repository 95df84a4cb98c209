"""The card of a child under six, as its parents carry it: the child's health insurance, and who the parents are.

It is kept nowhere by itself: the insurer's row says all of it, and what changes that is posted in eid.agencies.insurance.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from eid.agencies.insurance import NEWBORN_CARD, SMALL_CHILD, find_health_insurance
from eid.agencies.office import Office
from eid.agencies.values import EntitlementState
from eid.db import db
from eid.errors import NotFound
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.service import find_person_by_id


@frozen
class NewbornCardRecord:
    """A small child's card today."""

    person_id: int
    number: str
    card_code: str
    facility: str
    facility_name: str
    valid_from: date
    valid_to: date | None
    """The last day: the eve of the sixth birthday, or 30 September of that year (Law on Health Insurance, article 16)."""
    mother: str | None
    father: str | None
    state: EntitlementState
    updated_at: datetime


def find_newborn_card(person_id: int, *, hold: bool = False) -> NewbornCardRecord:
    """The card of a small child. Raises NotFound: paper_unknown, also for whoever is insured with another group.

    With `hold` it cannot change until this transaction ends.
    """
    insurance = find_health_insurance(person_id, hold=hold)
    if insurance.object_code != SMALL_CHILD:
        raise NotFound("paper_unknown", "This person has no card of a small child.")
    child = find_person_by_id(person_id)
    parents = select(Person).where(Person.id.in_({child.mother_id, child.father_id} - {None}))
    names = {parent.id: parent.full_name for parent in db.session.scalars(parents)}
    return NewbornCardRecord(
        person_id=person_id,
        number=insurance.number,
        card_code=insurance.card_code,
        facility=insurance.facility,
        facility_name=insurance.facility_name,
        valid_from=insurance.valid_from,
        valid_to=insurance.valid_to,
        mother=names.get(child.mother_id or 0),
        father=names.get(child.father_id or 0),
        state=insurance.state,
        updated_at=insurance.updated_at,
    )


def end_newborn_card_of_dead(died: PersonDied) -> None:
    """Handles PersonDied, after the insurer ended the insurance: papers that say otherwise are good no longer."""
    try:
        find_newborn_card(died.person_id)
    except NotFound:
        return
    post_event(EntitlementChanged(died.person_id, NEWBORN_CARD, EntitlementState.INVALID))


OFFICE = Office(NEWBORN_CARD, find_newborn_card, end_newborn_card_of_dead)
