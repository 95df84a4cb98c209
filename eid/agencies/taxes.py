"""Tax registrations and dependants as the tax authority keeps them: recorded, found, registered, added and taken away.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from eid.agencies.holders import find_living_person
from eid.agencies.models import TaxDependant, TaxRegistration
from eid.agencies.office import Office
from eid.agencies.tax_rules import Dependant, TaxStatus, check_dependant, is_dependant_on
from eid.agencies.values import EntitlementState, TaxRecord
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, PersonDied, PinReplaced, post_event
from eid.population.models import Person
from eid.population.places import find_province
from eid.population.service import find_person, find_person_by_id

TAX = "tax"


def find_tax_registration(person_id: int, *, hold: bool = False) -> TaxRecord:
    """What the tax authority says about a person today. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    query = select(TaxRegistration).where(TaxRegistration.person_id == person_id)
    found = db.session.scalar(query.with_for_update(read=True) if hold else query)
    if found is None:
        raise NotFound("paper_unknown", "There is no tax registration for this person.")
    return TaxRecord(
        person_id=person_id,
        tax_code=find_person_by_id(person_id).pin,
        registered_on=found.registered_on,
        authority=found.province,
        authority_name=find_province(found.province, on=world_today()).name,
        dependants=_find_dependants(person_id),
        state=EntitlementState.VALID if found.status == TaxStatus.ACTIVE else EntitlementState.INVALID,
        updated_at=found.updated_at,
    )


def record_tax_registration(person_id: int, *, registered_on: date | None = None) -> None:
    """Add the tax registration of a person, of today unless told; the caller's transaction commits it."""
    db.session.add(
        TaxRegistration(
            person_id=person_id,
            registered_on=registered_on or world_today(),
            province=find_person_by_id(person_id).residence_province,
            status=TaxStatus.ACTIVE,
            updated_at=world_now(),
        )
    )


def register_taxpayer(pin: str, *, officer: str = "") -> TaxRecord:
    """Afterwards the person is registered with the tax authority, under their PIN; committed.

    Raises NotFound: person_unknown; Conflict: person_dead, taxpayer_registered.
    """
    person = find_living_person(pin)
    try:
        record_tax_registration(person.id)
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("taxpayer_registered", "This person is registered already.") from error
    record_act("register_taxpayer", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    post_event(EntitlementChanged(person.id, TAX, EntitlementState.VALID))
    db.session.commit()
    return find_tax_registration(person.id)


def add_tax_dependant(pin: str, dependant_pin: str, *, officer: str = "") -> TaxRecord:
    """Afterwards the child is counted as the taxpayer's dependant, and nobody else's; committed.

    Raises NotFound: person_unknown, paper_unknown; Conflict: person_dead, dependant_age, dependant_counted, taxpayer_ended.
    """
    child, registration = find_living_person(dependant_pin), _hold_registration(find_living_person(pin).id)
    check_dependant(child.birth_date, on=world_today())
    try:
        db.session.add(TaxDependant(dependant_id=child.id, taxpayer_id=registration.person_id, since=world_today()))
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("dependant_counted", "This child is counted as somebody's dependant already.") from error
    _changed(registration, "add_tax_dependant", officer)
    db.session.commit()
    return find_tax_registration(registration.person_id)


def remove_tax_dependant(dependant_pin: str, *, officer: str = "") -> TaxRecord:
    """Afterwards the child is nobody's dependant; committed. Raises NotFound: person_unknown, dependant_unknown."""
    taken = db.session.get(TaxDependant, find_person(dependant_pin).id)
    if taken is None:
        raise NotFound("dependant_unknown", "This person is nobody's dependant.")
    registration = _hold_registration(taken.taxpayer_id)
    db.session.delete(taken)
    _changed(registration, "remove_tax_dependant", officer)
    db.session.commit()
    return find_tax_registration(registration.person_id)


def end_taxes_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: the registration of the dead ends, and whoever they were a dependant of has one less."""
    ending = update(TaxRegistration).where(TaxRegistration.person_id == died.person_id)
    values = {"status": TaxStatus.ENDED, "updated_at": world_now()}
    if db.session.execute(ending.values(**values)).rowcount:  # type: ignore[attr-defined]
        db.session.execute(delete(TaxDependant).where(TaxDependant.taxpayer_id == died.person_id))
        post_event(EntitlementChanged(died.person_id, TAX, EntitlementState.INVALID))
    gone = delete(TaxDependant).where(TaxDependant.dependant_id == died.person_id).returning(TaxDependant.taxpayer_id)
    for taxpayer_id in db.session.scalars(gone).all():
        _touch(taxpayer_id)


def tell_taxpayer_of_new_pin(replaced: PinReplaced) -> None:
    """Handles PinReplaced: papers of whoever the person is a dependant of say an old code, and are good no longer."""
    dependant = db.session.get(TaxDependant, replaced.person_id)
    if dependant is not None:
        _touch(dependant.taxpayer_id)


def _touch(taxpayer_id: int) -> None:
    changing = update(TaxRegistration).where(TaxRegistration.person_id == taxpayer_id)
    db.session.execute(changing.values(updated_at=world_now()))
    post_event(EntitlementChanged(taxpayer_id, TAX, EntitlementState.VALID))


def _hold_registration(person_id: int) -> TaxRegistration:
    found = db.session.scalar(select(TaxRegistration).where(TaxRegistration.person_id == person_id).with_for_update())
    if found is None:
        raise NotFound("paper_unknown", "There is no tax registration for this person.")
    if found.status != TaxStatus.ACTIVE:
        raise Conflict("taxpayer_ended", "This tax registration has ended.")
    return found


def _changed(registration: TaxRegistration, act: str, officer: str) -> None:
    registration.updated_at = world_now()
    record_act(act, actor_kind=ActorKind.OFFICER, actor=officer, person_id=registration.person_id)
    post_event(EntitlementChanged(registration.person_id, TAX, EntitlementState.VALID))


def _find_dependants(person_id: int) -> tuple[Dependant, ...]:
    query = select(Person, TaxDependant.since).join(TaxDependant, TaxDependant.dependant_id == Person.id)
    rows = db.session.execute(query.where(TaxDependant.taxpayer_id == person_id).order_by(Person.birth_date, Person.id))
    today = world_today()
    return tuple(
        Dependant(child.pin, child.full_name, child.birth_date, since)
        for child, since in rows
        if is_dependant_on(child.birth_date, today)
    )


OFFICE = Office(TAX, find_tax_registration, end_taxes_of_dead)
