"""The agencies together: who answers for which paper, and what a death ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eid.agencies import (
    civil_status,
    criminal_records,
    disability,
    health,
    insurance,
    licences,
    merit,
    newborn_cards,
    poverty,
    residence,
    social_insurance,
    social_security,
    taxes,
    vehicles,
)
from eid.agencies.insurance import find_health_insurance, issue_health_insurance, record_health_insurance
from eid.agencies.licences import (
    deduct_licence_points,
    find_driving_licence,
    find_points_history,
    issue_driving_licence,
    record_driving_licence,
    restore_licence_points,
)
from eid.agencies.loading import load_agency_data
from eid.agencies.taxes import find_tax_registration, record_tax_registration
from eid.agencies.values import HistoryLine
from eid.agencies.vehicles import find_vehicles, record_vehicle
from eid.events import PersonDied

__all__ = [
    "ANSWERS",
    "HISTORIES",
    "OFFICES",
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

OFFICES = (
    insurance.OFFICE,
    newborn_cards.OFFICE,
    licences.OFFICE,
    vehicles.OFFICE,
    taxes.OFFICE,
    social_insurance.OFFICE,
    social_security.OFFICE,
    disability.OFFICE,
    poverty.OFFICE,
    merit.OFFICE,
    residence.OFFICE,
    civil_status.OFFICE,
    health.OFFICE,
    criminal_records.OFFICE,
)
"""Who answers for which paper, one line each."""

ANSWERS: dict[str, Callable[..., Any]] = {office.paper: office.find for office in OFFICES}
"""From a paper to its agency's answer: from a person's id to what it says today, or NotFound."""

HISTORIES: dict[str, Callable[[int], tuple[HistoryLine, ...]]] = {
    office.paper: office.find_history for office in OFFICES if office.find_history is not None
}
"""Which agency can tell its holder how a paper came to be worth what it is."""


def end_entitlements_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: what agencies granted the dead ends; the registering transaction commits it."""
    for office in OFFICES:
        office.end_of_dead(died)
