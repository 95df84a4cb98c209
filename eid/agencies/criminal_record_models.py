"""Requests for criminal-record certificates. What a certificate concludes is read when it is shown, as of its day."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.agencies.criminal_record_rules import RecordForm
from eid.db import Base, BigId, UtcDateTime


class CriminalRecordRequest(Base):
    __tablename__ = "criminal_record_requests"
    __table_args__ = (Index("ix_criminal_record_requests_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"))
    form: Mapped[RecordForm] = mapped_column(String(1))
    purpose: Mapped[str] = mapped_column(String(200))
    province: Mapped[str] = mapped_column(String(2))
    """Whose police was asked: that of the residence then."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the answer is there; on the world's clock, as all times here are. The clock says when, so nothing runs for it."""
    refused_for: Mapped[str | None] = mapped_column(String(200))
    withdrawn_for: Mapped[str | None] = mapped_column(String(200))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
