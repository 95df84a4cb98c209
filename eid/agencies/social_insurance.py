"""Social insurance as the insurer keeps it: found, and changed as employers begin, end and pay.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update

from eid.agencies.holders import find_living_person
from eid.agencies.office import Office
from eid.agencies.social_insurance_models import ContributionPeriodRow, SocialInsurance
from eid.agencies.social_insurance_rules import (
    ContributionPeriod,
    ParticipationStatus,
    SocialInsuranceRecord,
    check_base,
    check_month,
    count_months,
    month_of,
)
from eid.agencies.social_insurance_synthesis import describe_employer
from eid.agencies.synthesis import number_of
from eid.agencies.terms import add_months
from eid.agencies.values import EntitlementState
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.population.service import find_person_by_id

SOCIAL_INSURANCE = "social_insurance"


def find_social_insurance(person_id: int, *, hold: bool = False) -> SocialInsuranceRecord:
    """What the insurer says about a person's contributions today. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    query = select(SocialInsurance).where(SocialInsurance.person_id == person_id)
    found = db.session.scalar(query.with_for_update(read=True) if hold else query)
    if found is None:
        raise NotFound("paper_unknown", "There is no social insurance for this person.")
    of_person = select(ContributionPeriodRow).where(ContributionPeriodRow.person_id == person_id)
    rows = db.session.scalars(of_person.order_by(ContributionPeriodRow.from_month, ContributionPeriodRow.id))
    return SocialInsuranceRecord(
        person_id=person_id,
        number=found.number,
        periods=tuple(_read_period(row) for row in rows),
        unemployment_months=found.unemployment_months,
        state=EntitlementState.VALID if found.status == ParticipationStatus.ACTIVE else EntitlementState.INVALID,
        updated_at=found.updated_at,
    )


def record_social_insurance(person_id: int, *, years: int = 5) -> None:
    """Add somebody's participation, paid by one employer for so many years until last month; the caller commits it."""
    last = add_months(month_of(world_today()), -1)
    first = add_months(last, 1 - 12 * years)
    employer, code = describe_employer(person_id, find_person_by_id(person_id).residence_province)
    _record_participation(person_id, unemployment_months=12 * years)
    db.session.add(
        ContributionPeriodRow(
            person_id=person_id,
            employer=employer,
            employer_code=code,
            from_month=first,
            paid_through=last,
            monthly_base=9_000_000,
            months_paid=count_months(first, last),
        )
    )
    db.session.flush()


def begin_contribution_period(
    pin: str, *, employer: str, employer_code: str, monthly_base: int, officer: str = ""
) -> SocialInsuranceRecord:
    """Afterwards the person is insured by this employer from this month on; committed.

    Raises NotFound: person_unknown; Malformed: salary_base; Conflict: person_dead, period_open.
    """
    person = find_living_person(pin)
    check_base(monthly_base)
    if _hold_participation(person.id) is None:
        _record_participation(person.id)
    if _find_open_period(person.id) is not None:
        raise Conflict("period_open", "This person is insured by an employer already.")
    db.session.add(
        ContributionPeriodRow(
            person_id=person.id,
            employer=employer,
            employer_code=employer_code,
            from_month=month_of(world_today()),
            monthly_base=monthly_base,
            months_paid=0,
        )
    )
    return _changed(person.id, "begin_contribution_period", officer)


def end_contribution_period(pin: str, *, officer: str = "") -> SocialInsuranceRecord:
    """Afterwards this month is the last one with the employer; committed. Raises as pay_contribution, but for the month."""
    _person_id, period = _hold_open_period(pin)
    period.to_month = month_of(world_today())
    return _changed(period.person_id, "end_contribution_period", officer)


def pay_contribution(pin: str, month: date, *, officer: str = "") -> SocialInsuranceRecord:
    """Afterwards this month – its first day – is paid by the present employer, for unemployment too; committed.

    A month before the last paid one stays unpaid. Raises NotFound: person_unknown, paper_unknown; Malformed: contribution_month;
    Conflict: person_dead, period_none, contribution_paid.
    """
    person_id, period = _hold_open_period(pin)
    check_month(month, begun=period.from_month, today=world_today())
    if period.paid_through is not None and month <= period.paid_through:
        raise Conflict("contribution_paid", "This month was counted already.")
    period.paid_through, period.months_paid = month, period.months_paid + 1
    counting = update(SocialInsurance).where(SocialInsurance.person_id == person_id)
    db.session.execute(counting.values(unemployment_months=SocialInsurance.unemployment_months + 1))
    return _changed(person_id, "pay_contribution", officer)


def end_social_insurance_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: participation of the dead ends; the registering transaction commits it."""
    ending = update(SocialInsurance).where(SocialInsurance.person_id == died.person_id)
    values = {"status": ParticipationStatus.ENDED, "updated_at": world_now()}
    if db.session.execute(ending.values(**values)).rowcount:  # type: ignore[attr-defined]
        post_event(EntitlementChanged(died.person_id, SOCIAL_INSURANCE, EntitlementState.INVALID))


def _record_participation(person_id: int, *, unemployment_months: int = 0) -> None:
    db.session.add(
        SocialInsurance(
            person_id=person_id,
            number=number_of(person_id),
            unemployment_months=unemployment_months,
            status=ParticipationStatus.ACTIVE,
            updated_at=world_now(),
        )
    )
    db.session.flush()


def _hold_participation(person_id: int) -> SocialInsurance | None:
    query = select(SocialInsurance).where(SocialInsurance.person_id == person_id).with_for_update()
    return db.session.scalar(query)


def _hold_open_period(pin: str) -> tuple[int, ContributionPeriodRow]:
    person = find_living_person(pin)
    if _hold_participation(person.id) is None:
        raise NotFound("paper_unknown", "There is no social insurance for this person.")
    period = _find_open_period(person.id)
    if period is None:
        raise Conflict("period_none", "No employer insures this person at present.")
    return person.id, period


def _find_open_period(person_id: int) -> ContributionPeriodRow | None:
    of_person = ContributionPeriodRow.person_id == person_id
    return db.session.scalar(select(ContributionPeriodRow).where(of_person, ContributionPeriodRow.to_month.is_(None)))


def _changed(person_id: int, act: str, officer: str) -> SocialInsuranceRecord:
    changing = update(SocialInsurance).where(SocialInsurance.person_id == person_id)
    db.session.execute(changing.values(updated_at=world_now()))
    record_act(act, actor_kind=ActorKind.OFFICER, actor=officer, person_id=person_id)
    post_event(EntitlementChanged(person_id, SOCIAL_INSURANCE, EntitlementState.VALID))
    db.session.commit()
    return find_social_insurance(person_id)


def _read_period(row: ContributionPeriodRow) -> ContributionPeriod:
    return ContributionPeriod(
        employer=row.employer,
        employer_code=row.employer_code,
        from_month=row.from_month,
        to_month=row.to_month,
        monthly_base=row.monthly_base,
        months_paid=row.months_paid,
    )


OFFICE = Office(SOCIAL_INSURANCE, find_social_insurance, end_social_insurance_of_dead)
