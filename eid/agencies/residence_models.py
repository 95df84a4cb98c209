"""The table of temporary residences. Permanent ones are the register's own: nothing of them is kept here."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime


class TemporaryResidence(Base):
    """Somebody who lives away from where they are registered for good, for a time."""

    __tablename__ = "temporary_residences"
    __table_args__ = (Index("ix_temporary_residences_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"))
    province: Mapped[str] = mapped_column(String(2))
    """As provinces are numbered since 2025-07-01."""
    commune: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(200))
    registered_on: Mapped[date]
    until: Mapped[date]
    """The last day."""
    ended_on: Mapped[date | None]
    """When it was ended before; the day itself no longer counts."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """On the world's clock."""
