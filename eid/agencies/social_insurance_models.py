"""Tables of social insurance: who takes part, and their periods of contribution."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.agencies.social_insurance_rules import ParticipationStatus
from eid.db import Base, BigId, UtcDateTime


class SocialInsurance(Base):
    """Somebody who takes part, or took part; locked by whoever changes one of their periods."""

    __tablename__ = "social_insurances"

    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(10), unique=True)
    """The social insurance number, the same as on the health insurance card."""
    unemployment_months: Mapped[int]
    """Months paid for unemployment that no benefit has used up."""
    status: Mapped[ParticipationStatus] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""


class ContributionPeriodRow(Base):
    __tablename__ = "contribution_periods"
    __table_args__ = (Index("ix_contribution_periods_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("social_insurances.person_id"))
    employer: Mapped[str] = mapped_column(String(80))
    employer_code: Mapped[str] = mapped_column(String(12))
    from_month: Mapped[date]
    """The first day of the first month, as all months here."""
    to_month: Mapped[date | None]
    paid_through: Mapped[date | None]
    """The last month that was paid: a month counts once."""
    monthly_base: Mapped[int]
    months_paid: Mapped[int]
