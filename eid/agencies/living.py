"""What agencies do as days go by: each keeps up with the country, in its transaction, or catches up with the clock.

The days that were lived are kept as the audit entry of each time, so no day is lived twice. Lives of their own, of births and
deaths and moves, come as events; this is what falls due, and what people do about their papers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from eid.agencies.insurance_living import renew_insurances
from eid.agencies.licence_living import deduct_and_restore_points
from eid.agencies.models import DrivingLicence
from eid.agencies.residence_living import extend_stays
from eid.agencies.social_living import pay_contributions, renew_poor_households
from eid.agencies.vehicle_living import trade_vehicles
from eid.audit import AuditEntry, record_act
from eid.clock import world_today
from eid.db import db
from eid.events import DaysLived
from eid.population.snapshot import FIRST_GENERATED_ID, SNAPSHOT

ACT = "live_agencies"
MOST_DAYS = 31
"""Of one step: few enough that nothing falls due twice in it."""

Live = Callable[[date, date], int]
"""Does what is due from the first to the last of some days; adds and never commits. Gives how many papers it changed."""

LIVES: dict[str, Live] = {
    "insurance_renewed": renew_insurances,
    "points_changed": deduct_and_restore_points,
    "vehicles_traded": trade_vehicles,
    "stays_changed": extend_stays,
    "contributions_paid": pay_contributions,
    "poor_households_renewed": renew_poor_households,
}


def keep_up_agencies(lived: DaysLived) -> None:
    """Handles DaysLived: what fell due by then is done; the window's transaction commits it."""
    record_agency_days(lived.last_day)


def catch_up_agencies() -> None:
    """Afterwards the agencies have done all that fell due by today; committed, month by month."""
    while _hold_anything() and (start := _first_day_to_live()) <= world_today():
        record_agency_days(min(world_today(), start + timedelta(days=MOST_DAYS - 1)))
        db.session.commit()


def record_agency_days(last: date) -> None:
    """Do what fell due from the day after the last lived to this one, where agencies hold anything yet; the caller commits."""
    if not _hold_anything():
        return
    first = _first_day_to_live()
    while first <= last:
        end = min(last, first + timedelta(days=MOST_DAYS - 1))
        done = {name: live(first, end) for name, live in LIVES.items()}
        record_act(ACT, last_day=end.isoformat(), changed=done)
        db.session.flush()
        first = end + timedelta(days=1)


def mark_agencies_made() -> None:
    """What agencies hold for the first time is as of today, and nothing before is due; the caller commits."""
    if _find_lived() is None:
        record_act(ACT, last_day=world_today().isoformat())


def _first_day_to_live() -> date:
    details = _find_lived()
    return date.fromisoformat(details["last_day"]) + timedelta(days=1) if details else SNAPSHOT


def _hold_anything() -> bool:
    """Whether the register was given papers: by this version, or by one that did not mark it."""
    some = select(DrivingLicence.person_id).where(DrivingLicence.person_id >= FIRST_GENERATED_ID).limit(1)
    return _find_lived() is not None or db.session.scalar(some) is not None


def _find_lived() -> dict[str, Any] | None:
    query = select(AuditEntry.details).where(AuditEntry.act == ACT).order_by(AuditEntry.id.desc()).limit(1)
    return db.session.scalar(query)
