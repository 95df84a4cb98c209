"""Tables of entitlements: certificates of disability, of poor households and whom they name, recognised merit."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.agencies.entitlement_rules import DecisionStatus, DisabilityDegree, MeritKind, PovertyKind
from eid.db import Base, BigId, UtcDateTime


class DisabilityCertificate(Base):
    __tablename__ = "disability_certificates"

    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    kinds: Mapped[list[str]] = mapped_column(JSON)
    degree: Mapped[DisabilityDegree] = mapped_column(String(20))
    decided_on: Mapped[date]
    province: Mapped[str] = mapped_column(String(2))
    status: Mapped[DecisionStatus] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""


class PovertyCertificate(Base):
    """What a commune decided about a household for one calendar year."""

    __tablename__ = "poverty_certificates"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[PovertyKind] = mapped_column(String(16))
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    province: Mapped[str] = mapped_column(String(2))
    commune: Mapped[str] = mapped_column(String(80))
    status: Mapped[DecisionStatus] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""


class PovertyMember(Base):
    """Somebody whom a certificate names, as the household was on the day of the decision."""

    __tablename__ = "poverty_members"
    __table_args__ = (Index("ix_poverty_members_person_id", "person_id"),)

    certificate_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("poverty_certificates.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    relation: Mapped[str | None] = mapped_column(String(16))


class MeritRecognition(Base):
    __tablename__ = "merit_recognitions"

    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[MeritKind] = mapped_column(String(20))
    decided_on: Mapped[date]
    province: Mapped[str] = mapped_column(String(2))
    status: Mapped[DecisionStatus] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""
