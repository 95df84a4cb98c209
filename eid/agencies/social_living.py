"""Social insurance and poor households as days go by: employers pay month by month, communes decide anew each year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from eid.agencies.choosing import is_chosen
from eid.agencies.entitlement_models import PovertyCertificate, PovertyMember
from eid.agencies.entitlement_rules import DecisionStatus, end_of_year
from eid.agencies.poverty import POVERTY
from eid.agencies.social_insurance import SOCIAL_INSURANCE
from eid.agencies.social_insurance_models import ContributionPeriodRow, SocialInsurance
from eid.agencies.social_insurance_rules import month_of
from eid.agencies.terms import add_months
from eid.agencies.values import EntitlementState
from eid.clock import world_now
from eid.db import db
from eid.events import EntitlementsChanged, post_event

SHARE_STILL_POOR = 0.85
"""Of the households of a year, made up: about one point in a hundred households leaves poverty in a year."""


def pay_contributions(first: date, last: date) -> int:
    """Afterwards employers have paid the months that ended in these days; the caller commits."""
    paid = 0
    for month in _find_ended_months(first, last):
        due = _due(month)
        people = frozenset(db.session.scalars(select(ContributionPeriodRow.person_id).where(*due)))
        if not people:
            continue
        mine: Any = select(ContributionPeriodRow.person_id).where(*due)
        counted = update(SocialInsurance).where(SocialInsurance.person_id.in_(mine))
        more = {"unemployment_months": SocialInsurance.unemployment_months + 1, "updated_at": world_now()}
        db.session.execute(counted.values(**more).execution_options(synchronize_session=False))
        paying = update(ContributionPeriodRow).where(*due)
        once = {"months_paid": ContributionPeriodRow.months_paid + 1, "paid_through": month}
        db.session.execute(paying.values(**once).execution_options(synchronize_session=False))
        post_event(EntitlementsChanged(people, SOCIAL_INSURANCE, EntitlementState.VALID))
        paid += len(people)
    return paid


def renew_poor_households(first: date, last: date) -> int:
    """Afterwards most households whose certificate ended with a year in these days have it for the next; the caller commits."""
    new_year = date(last.year, 1, 1)
    if not first <= new_year <= last:
        return 0
    ended = (
        PovertyCertificate.valid_to == new_year - timedelta(days=1),
        PovertyCertificate.status == DecisionStatus.IN_FORCE,
    )
    chosen = is_chosen(PovertyCertificate.id, SHARE_STILL_POOR, new_year, end_of_year(last.year), salt=6)
    ids = list(db.session.scalars(select(PovertyCertificate.id).where(*ended, chosen)))
    if not ids:
        return 0
    members = select(PovertyMember.person_id).join(
        PovertyCertificate, PovertyCertificate.id == PovertyMember.certificate_id
    )
    people = frozenset(db.session.scalars(members.where(*ended, chosen)))
    values = {"valid_from": new_year, "valid_to": end_of_year(last.year), "updated_at": world_now()}
    renewing = update(PovertyCertificate).where(*ended, chosen).values(**values)
    db.session.execute(renewing.execution_options(synchronize_session=False))
    post_event(EntitlementsChanged(people, POVERTY, EntitlementState.VALID))
    return len(ids)


def _find_ended_months(first: date, last: date) -> Iterator[date]:
    """The first days of the months whose last day is the eve of one of these days."""
    month = month_of(first) if first.day == 1 else add_months(month_of(first), 1)
    while month <= last:
        yield add_months(month, -1)
        month = add_months(month, 1)


def _due(month: date) -> tuple[Any, ...]:
    """Periods that go on and were paid until the month before this one: what was passed over stays unpaid."""
    unpaid = ContributionPeriodRow.paid_through.is_(None) | (ContributionPeriodRow.paid_through < month)
    return (ContributionPeriodRow.to_month.is_(None), ContributionPeriodRow.from_month <= month, unpaid)
