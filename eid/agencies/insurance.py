"""Health insurance as the insurer keeps it: recorded, found, issued.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from eid.agencies.holders import find_living_person
from eid.agencies.insurance_rules import FUND_SHARE, benefit_level_of, build_card_code, facility_name, five_years_on
from eid.agencies.insurance_terms import renewed_term
from eid.agencies.models import HealthInsurance, InsuranceStatus
from eid.agencies.office import Office
from eid.agencies.synthesis import child_card_ends_on, number_of
from eid.agencies.terms import add_years
from eid.agencies.values import EntitlementState, InsuranceRecord
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, PeopleChanged, PersonDied, post_event
from eid.population.models import LifeEventKind, Person
from eid.population.service import find_person_by_id

HEALTH_INSURANCE = "health_insurance"
NEWBORN_CARD = "newborn_card"
"""The same card of a small child, with its parents."""

SMALL_CHILD = "TE"


def find_health_insurance(person_id: int, *, hold: bool = False) -> InsuranceRecord:
    """What the insurer says about a person today. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    query = select(HealthInsurance).where(HealthInsurance.person_id == person_id)
    found = db.session.scalar(query.with_for_update(read=True) if hold else query)
    if found is None:
        raise NotFound("paper_unknown", "There is no health insurance for this person.")
    level = benefit_level_of(found.object_code)
    return InsuranceRecord(
        person_id=person_id,
        number=found.number,
        card_code=build_card_code(found.object_code, found.province, found.number),
        object_code=found.object_code,
        benefit_level=level,
        fund_share=FUND_SHARE[level],
        province=found.province,
        facility=found.facility,
        facility_name=facility_name(found.facility),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        five_years_on=five_years_on(found.insured_since),
        state=_state_of_insurance(found, world_today()),
        updated_at=found.updated_at,
    )


def find_object_codes(first: int, last: int) -> dict[int, str]:
    """The group that each insured person with a number from first to last is insured with."""
    query = select(HealthInsurance.person_id, HealthInsurance.object_code)
    rows = db.session.execute(query.where(HealthInsurance.person_id.between(first, last)))
    return {person_id: object_code for person_id, object_code in rows}  # noqa: C416 - rows are no pairs to mypy


def record_health_insurance(
    person_id: int,
    *,
    object_code: str = "DN",
    facility: str | None = None,
    insured_since: date | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> None:
    """Add the health insurance of a person; the caller's transaction commits it. Unless told: an employee, insured this year."""
    benefit_level_of(object_code)
    person = find_person_by_id(person_id)
    start = valid_from or max(person.birth_date, world_today().replace(month=1, day=1))
    db.session.add(
        HealthInsurance(
            person_id=person_id,
            number=number_of(person_id),
            object_code=object_code,
            province=person.residence_province,
            facility=facility or f"{person.residence_province}-001",
            insured_since=insured_since or max(person.birth_date, add_years(start, -4)),
            valid_from=start,
            valid_to=valid_to,
            status=InsuranceStatus.VALID,
            updated_at=world_now(),
        )
    )


def issue_health_insurance(pin: str, *, object_code: str, officer: str = "") -> InsuranceRecord:
    """Afterwards the person is insured with this group from today; committed.

    Raises NotFound: person_unknown; Malformed: object_code_unknown; Conflict: person_dead, insurance_held.
    """
    person = find_living_person(pin)
    if db.session.get(HealthInsurance, person.id) is not None:
        raise Conflict("insurance_held", "This person has health insurance already.")
    try:
        today = world_today()
        record_health_insurance(person.id, object_code=object_code, valid_from=today, insured_since=today)
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("insurance_held", "This person has health insurance already.") from error
    record_act("issue_health_insurance", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    post_event(EntitlementChanged(person.id, HEALTH_INSURANCE, EntitlementState.VALID))
    if object_code == SMALL_CHILD:
        post_event(EntitlementChanged(person.id, NEWBORN_CARD, EntitlementState.VALID))
    db.session.commit()
    return find_health_insurance(person.id)


def insure_newborns(changed: PeopleChanged) -> None:
    """Handles PeopleChanged: whoever's birth was registered is insured as a small child; the registering transaction commits it.

    From birth, as Decree 63/2024/NĐ-CP has it done with the registration; until the day of Law on Health Insurance, article 16.
    Whose card would have ended by now is not insured so.
    """
    born = [change.person_id for change in changed.changes if change.kind == LifeEventKind.BIRTH]
    if not born:
        return
    query = (
        select(Person.id, Person.birth_date).where(Person.id.in_(born), Person.died_on.is_(None)).order_by(Person.id)
    )
    for person_id, birth_date in db.session.execute(query).all():
        last_day = child_card_ends_on(birth_date)
        if last_day >= world_today():
            _insure_newborn(person_id, birth_date, last_day)


def _insure_newborn(person_id: int, birth_date: date, last_day: date) -> None:
    record_health_insurance(
        person_id,
        object_code=SMALL_CHILD,
        insured_since=birth_date,
        valid_from=birth_date,
        valid_to=last_day,
    )
    record_act("insure_newborn", person_id=person_id)


def end_insurance_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: the insurance of the dead ends; the registering transaction commits it."""
    ending = update(HealthInsurance).where(HealthInsurance.person_id == died.person_id)
    if db.session.execute(ending.values(status=InsuranceStatus.ENDED, updated_at=world_now())).rowcount:  # type: ignore[attr-defined]
        post_event(EntitlementChanged(died.person_id, HEALTH_INSURANCE, EntitlementState.INVALID))


def end_health_insurance(pin: str, *, officer: str = "") -> InsuranceRecord:
    """Afterwards the person is not insured any more; committed.

    Raises NotFound: person_unknown, paper_unknown; Conflict: person_dead, insurance_ended.
    """
    insurance = _hold_insurance(find_living_person(pin).id)
    if insurance.status != InsuranceStatus.VALID:
        raise Conflict("insurance_ended", "This health insurance has ended already.")
    insurance.status = InsuranceStatus.ENDED
    return _changed(insurance, "end_health_insurance", officer, EntitlementState.INVALID)


def renew_health_insurance(pin: str, *, object_code: str = "", officer: str = "") -> InsuranceRecord:
    """Afterwards the person is insured for another term, with this group, or that of their age; committed.

    Where the card had ended, it begins today, and five continuous years are counted anew. Raises NotFound: person_unknown,
    paper_unknown; Malformed: object_code_unknown; Conflict: person_dead, insurance_open.
    """
    person, today = find_living_person(pin), world_today()
    insurance = _hold_insurance(person.id)
    is_valid = _state_of_insurance(insurance, today) is EntitlementState.VALID
    if is_valid and insurance.valid_to is None:
        raise Conflict("insurance_open", "This health insurance holds until something ends it.")
    starts_on = insurance.valid_to + timedelta(days=1) if is_valid and insurance.valid_to else today
    code = object_code or insurance.object_code
    benefit_level_of(code)
    term = renewed_term(code, person.birth_date, starts_on=starts_on, rng=Random(f"renewal:{person.id}:{starts_on}"))  # noqa: S311
    if insurance.object_code == SMALL_CHILD != term.object_code:
        post_event(EntitlementChanged(person.id, NEWBORN_CARD, EntitlementState.INVALID))
    if not is_valid:
        insurance.valid_from = insurance.insured_since = today
    insurance.object_code, insurance.valid_to = term.object_code, term.valid_to
    insurance.status = InsuranceStatus.VALID
    return _changed(insurance, "renew_health_insurance", officer, EntitlementState.VALID)


def record_employee(person_id: int) -> None:
    """The person is insured by an employer from now on, until something ends it; the caller's transaction commits it."""
    insurance = _hold_insurance(person_id)
    insurance.object_code, insurance.valid_to, insurance.status = "DN", None, InsuranceStatus.VALID
    insurance.updated_at = world_now()


def _hold_insurance(person_id: int) -> HealthInsurance:
    found = db.session.scalar(select(HealthInsurance).where(HealthInsurance.person_id == person_id).with_for_update())
    if found is None:
        raise NotFound("paper_unknown", "There is no health insurance for this person.")
    return found


def _changed(insurance: HealthInsurance, act: str, officer: str, state: EntitlementState) -> InsuranceRecord:
    insurance.updated_at = world_now()
    record_act(act, actor_kind=ActorKind.OFFICER, actor=officer, person_id=insurance.person_id)
    post_event(EntitlementChanged(insurance.person_id, HEALTH_INSURANCE, state))
    if insurance.object_code == SMALL_CHILD:
        post_event(EntitlementChanged(insurance.person_id, NEWBORN_CARD, state))
    db.session.commit()
    return find_health_insurance(insurance.person_id)


def _state_of_insurance(insurance: HealthInsurance, today: date) -> EntitlementState:
    lapsed = insurance.valid_to is not None and insurance.valid_to < today
    if insurance.status != InsuranceStatus.VALID or lapsed or today < insurance.valid_from:
        return EntitlementState.INVALID
    return EntitlementState.VALID


OFFICE = Office(HEALTH_INSURANCE, find_health_insurance, end_insurance_of_dead)
