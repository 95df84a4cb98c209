"""What facilities have written into health books; what is made up of people's health is drawn when asked for, and not kept."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.agencies.health_rules import VisitKind, VisitResult
from eid.db import Base, BigId, UtcDateTime


class RecordedVaccination(Base):
    __tablename__ = "recorded_vaccinations"
    __table_args__ = (Index("ix_recorded_vaccinations_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"))
    vaccine: Mapped[str] = mapped_column(String(120))
    antigen: Mapped[str] = mapped_column(String(120))
    dose: Mapped[int]
    given_on: Mapped[date]
    facility: Mapped[str] = mapped_column(String(6))
    """Who gave it and signed the entry: province and number, as in 79-001."""
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""


class RecordedVisit(Base):
    __tablename__ = "recorded_visits"
    __table_args__ = (Index("ix_recorded_visits_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"))
    kind: Mapped[VisitKind] = mapped_column(String(16))
    came_on: Mapped[date]
    left_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(120))
    icd10: Mapped[str] = mapped_column(String(6))
    diagnosis: Mapped[str] = mapped_column(String(120))
    result: Mapped[VisitResult] = mapped_column(String(16))
    drugs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Drug values: name, use."""
    facility: Mapped[str] = mapped_column(String(6))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""
