"""The agencies together: who answers for which paper, and what a death ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from eid.agencies.insurance import (
    HEALTH_INSURANCE,
    find_health_insurance,
    issue_health_insurance,
    record_health_insurance,
)
from eid.agencies.licence_rules import LicenceStatus
from eid.agencies.licences import (
    DRIVING_LICENCE,
    deduct_licence_points,
    find_driving_licence,
    find_points_history,
    issue_driving_licence,
    record_driving_licence,
    restore_licence_points,
)
from eid.agencies.loading import load_agency_data
from eid.agencies.models import DrivingLicence, HealthInsurance, InsuranceStatus
from eid.agencies.taxes import TAX, end_taxes_of_dead, find_tax_registration, record_tax_registration
from eid.agencies.values import EntitlementState, HistoryLine
from eid.agencies.vehicles import VEHICLE, end_vehicles_of_dead, find_vehicles, record_vehicle
from eid.clock import world_now
from eid.db import db
from eid.events import EntitlementChanged, PersonDied, post_event

__all__ = [
    "ANSWERS",
    "HISTORIES",
    "deduct_licence_points",
    "end_entitlements_of_dead",
    "find_driving_licence",
    "find_health_insurance",
    "find_points_history",
    "find_tax_registration",
    "find_vehicles",
    "issue_driving_licence",
    "issue_health_insurance",
    "load_agency_data",
    "record_driving_licence",
    "record_health_insurance",
    "record_tax_registration",
    "record_vehicle",
    "restore_licence_points",
]

ANSWERS: dict[str, Callable[..., Any]] = {
    HEALTH_INSURANCE: find_health_insurance,
    DRIVING_LICENCE: find_driving_licence,
    VEHICLE: find_vehicles,
    TAX: find_tax_registration,
}
"""Which agency answers for which paper: from a person's id to what it says today, or NotFound."""

HISTORIES: dict[str, Callable[[int], tuple[HistoryLine, ...]]] = {DRIVING_LICENCE: find_points_history}
"""Which agency can tell its holder how a paper came to be worth what it is."""


def end_entitlements_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: what agencies granted the dead ends; the registering transaction commits it."""
    for table, ended, paper in (
        (HealthInsurance, InsuranceStatus.ENDED, HEALTH_INSURANCE),
        (DrivingLicence, LicenceStatus.REVOKED, DRIVING_LICENCE),
    ):
        ending = update(table).where(table.person_id == died.person_id).values(status=ended, updated_at=world_now())
        if db.session.execute(ending).rowcount:  # type: ignore[attr-defined]
            post_event(EntitlementChanged(died.person_id, paper, EntitlementState.INVALID))
    end_vehicles_of_dead(died)
    end_taxes_of_dead(died)
