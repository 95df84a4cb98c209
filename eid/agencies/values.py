"""What an agency says about a person: small frozen values that papers and pages are made from. Pure."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from eid.agencies.insurance_rules import BenefitLevel
from eid.agencies.licence_rules import HeldClass
from eid.agencies.tax_rules import Dependant
from eid.agencies.vehicle_rules import HeldVehicle
from eid.late_dataclasses import frozen


class EntitlementState(StrEnum):
    """What an entitlement is worth today, as a status list says it (draft Token Status List, 7.1)."""

    VALID = "valid"
    SUSPENDED = "suspended"
    INVALID = "invalid"


@frozen
class HistoryLine:
    """One thing that changed what an entitlement is worth: the decision, its day, the change and what it left."""

    on: date
    decision: str
    change: int
    left: int


@frozen
class InsuranceRecord:
    """A health insurance card today."""

    person_id: int
    number: str
    card_code: str
    object_code: str
    benefit_level: BenefitLevel
    fund_share: int
    """Percent of the cost of treatment that the fund pays."""
    province: str
    facility: str
    facility_name: str
    valid_from: date
    valid_to: date | None
    """The last day; None where nothing is set."""
    five_years_on: date
    state: EntitlementState
    updated_at: datetime


@frozen
class LicenceRecord:
    """A driving licence today."""

    person_id: int
    number: str
    authority: str
    """The province whose traffic police issued it."""
    authority_name: str
    classes: tuple[HeldClass, ...]
    points: int
    may_drive: bool
    state: EntitlementState
    updated_at: datetime


@frozen
class VehiclesRecord:
    """The vehicles that are registered to somebody today."""

    person_id: int
    vehicles: tuple[HeldVehicle, ...]
    authority_name: str
    state: EntitlementState
    """Invalid where every vehicle was sold or taken off the road."""
    updated_at: datetime


@frozen
class TaxRecord:
    """A tax registration today."""

    person_id: int
    tax_code: str
    registered_on: date
    authority: str
    """The province whose tax department it is."""
    authority_name: str
    dependants: tuple[Dependant, ...]
    state: EntitlementState
    updated_at: datetime
