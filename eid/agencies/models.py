"""Tables of the agencies: health insurance, driving licences and what happened to their points, vehicles, taxes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eid.agencies.licence_rules import LicenceStatus
from eid.agencies.tax_rules import TaxStatus
from eid.agencies.vehicle_rules import VehicleKind, VehicleStatus
from eid.db import Base, BigId, UtcDateTime


class InsuranceStatus(StrEnum):
    VALID = "valid"
    ENDED = "ended"


class HealthInsurance(Base):
    __tablename__ = "health_insurances"

    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(10), unique=True)
    """The social insurance number: ten digits, for life."""
    object_code: Mapped[str] = mapped_column(String(2))
    province: Mapped[str] = mapped_column(String(2))
    """The province that issued the card, as it is numbered since 2025-07-01."""
    facility: Mapped[str] = mapped_column(String(6))
    """Where the holder is treated first: province and number, as in 01-007."""
    insured_since: Mapped[date]
    """Since when without a break; five years of it are counted from here."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """The last day on which the card holds; None where it holds until something ends it."""
    status: Mapped[InsuranceStatus] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""


class DrivingLicence(Base):
    __tablename__ = "driving_licences"

    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    authority: Mapped[str] = mapped_column(String(2))
    """The province whose traffic police issued it."""
    classes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """HeldClass values: class, first_issued_on, issued_on, expires_on, days as yyyy-mm-dd."""
    points: Mapped[int]
    """What was left on points_changed_on; read licence_rules.points_on for today."""
    points_changed_on: Mapped[date | None]
    status: Mapped[LicenceStatus] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""


class LicencePointsEntry(Base):
    """One decision, or one passed test, that changed the points of a licence; a decision counts once."""

    __tablename__ = "licence_points_entries"
    __table_args__ = (UniqueConstraint("person_id", "decision"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("driving_licences.person_id"))
    decision: Mapped[str] = mapped_column(String(64))
    decided_on: Mapped[date]
    change: Mapped[int]
    """Minus what was deducted, or plus what a test restored."""
    points_after: Mapped[int]


class Vehicle(Base):
    """One registration of a vehicle to one owner; who buys it has a row of their own, and another plate."""

    __tablename__ = "vehicles"
    __table_args__ = (
        Index("ix_vehicles_owner_id", "owner_id"),
        UniqueConstraint("province", "kind", "plate_number"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"))
    kind: Mapped[VehicleKind] = mapped_column(String(16))
    province: Mapped[str] = mapped_column(String(2))
    """The owner's at the registration, as provinces are numbered since 2025-07-01; it gave the plate."""
    plate_number: Mapped[int]
    """Which of the province's plates of this kind it is; never given twice."""
    plate: Mapped[str] = mapped_column(String(16), unique=True)
    brand: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(40))
    colour: Mapped[str] = mapped_column(String(20))
    engine_number: Mapped[str] = mapped_column(String(20))
    chassis_number: Mapped[str] = mapped_column(String(20))
    seats: Mapped[int]
    first_registered_on: Mapped[date]
    registered_on: Mapped[date]
    ended_on: Mapped[date | None]
    """When it was sold or taken off the road."""
    status: Mapped[VehicleStatus] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""


class TaxRegistration(Base):
    """Somebody who is registered with the tax authority; the tax code is the PIN, so it is not kept here."""

    __tablename__ = "tax_registrations"

    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    registered_on: Mapped[date]
    province: Mapped[str] = mapped_column(String(2))
    """Whose tax department it is."""
    status: Mapped[TaxStatus] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""


class TaxDependant(Base):
    """Somebody who is counted for one taxpayer, and only one."""

    __tablename__ = "tax_dependants"
    __table_args__ = (Index("ix_tax_dependants_taxpayer_id", "taxpayer_id"),)

    dependant_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False
    )
    taxpayer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tax_registrations.person_id"))
    since: Mapped[date]
