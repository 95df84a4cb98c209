"""Driving licences as days go by: points are lost by decisions, and given back by the test to who had lost all."""

from __future__ import annotations

from datetime import date
from random import Random

from sqlalchemy import select

from eid.agencies import licence_rules
from eid.agencies.choosing import is_chosen
from eid.agencies.licence_rules import FULL_POINTS, TEST_AFTER_MONTHS, LicenceStatus, PointsHistory, points_on
from eid.agencies.licences import DRIVING_LICENCE
from eid.agencies.models import DrivingLicence, LicencePointsEntry
from eid.agencies.synthesis import DEDUCTIONS
from eid.agencies.terms import add_months
from eid.agencies.values import EntitlementState
from eid.clock import world_now
from eid.db import db
from eid.events import EntitlementsChanged, post_event

DEDUCTED_A_YEAR = 0.05
"""Of all licences, made up as the share that had lost points when the register was made."""
SHARE_TESTED = 0.8
"""Of those who lost all points, who pass the test as soon as they may."""
_SALT = 1


def deduct_and_restore_points(first: date, last: date) -> int:
    """Afterwards some licences have less points, and some that had none have twelve again; the caller commits."""
    deducted = [_deduct(licence, last) for licence in _choose_licences(first, last)]
    restored = [_restore(licence, last) for licence in _find_testable(first, last)]
    changed = frozenset(each for each in (*deducted, *restored) if each is not None)
    if changed:
        post_event(EntitlementsChanged(changed, DRIVING_LICENCE, EntitlementState.VALID))
    return len(changed)


def _choose_licences(first: date, last: date) -> list[DrivingLicence]:
    chosen = is_chosen(DrivingLicence.person_id, DEDUCTED_A_YEAR, first, last, salt=_SALT)
    valid = DrivingLicence.status == LicenceStatus.VALID
    return list(db.session.scalars(select(DrivingLicence).where(valid, chosen).order_by(DrivingLicence.person_id)))


def _find_testable(first: date, last: date) -> list[DrivingLicence]:
    """Those whose last point was lost so long ago that the test may be taken for the first time in these days."""
    lost = DrivingLicence.points_changed_on.between(
        add_months(first, -TEST_AFTER_MONTHS), add_months(last, -TEST_AFTER_MONTHS)
    )
    none_left = (DrivingLicence.points == 0, DrivingLicence.status == LicenceStatus.SUSPENDED)
    return list(db.session.scalars(select(DrivingLicence).where(lost, *none_left).order_by(DrivingLicence.person_id)))


def _deduct(licence: DrivingLicence, on: date) -> int:
    rng = Random(f"points:{licence.person_id}:{on}")  # noqa: S311 - chance of a made-up country
    before = PointsHistory(licence.points, licence.points_changed_on)
    after = licence_rules.deduct_points(before, rng.choice(DEDUCTIONS), on=on)
    return _change(licence, after, on, after.points - points_on(before, on))


def _restore(licence: DrivingLicence, on: date) -> int | None:
    if Random(f"test:{licence.person_id}:{on}").random() >= SHARE_TESTED:  # noqa: S311 - chance of a made-up country
        return None
    history = PointsHistory(licence.points, licence.points_changed_on)
    return _change(licence, licence_rules.restore_points(history, on=on), on, FULL_POINTS)


def _change(licence: DrivingLicence, after: PointsHistory, on: date, change: int) -> int:
    licence.points, licence.points_changed_on, licence.updated_at = after.points, after.changed_on, world_now()
    licence.status = LicenceStatus.VALID if after.points else LicenceStatus.SUSPENDED
    decision = f"MẪU-{on:%Y%m%d}-{licence.person_id:07d}"
    db.session.add(
        LicencePointsEntry(
            person_id=licence.person_id, decision=decision, decided_on=on, change=change, points_after=after.points
        )
    )
    return licence.person_id
