"""Tables of the agencies: one health insurance and one driving licence a person, and what happened to a licence's points."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eid.agencies.licence_rules import LicenceStatus
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
