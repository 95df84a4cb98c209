"""What the trials keep: who is watched, which faults are planned and were met, what was asked, and runs that are scored.

All of it is of the demo alone and goes after a day; digests stand for codes and tokens.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime
from eid.oauth.models import Client


class Trial(Base):
    """A client whose requests are looked at, and for how long; one a client."""

    __tablename__ = "trials"

    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(43), unique=True)
    """In the trial's own addresses of description and keys, so that nobody else meets its faults."""
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class FaultRun(Base):
    """One fault after the other, played to a client and scored."""

    __tablename__ = "fault_runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reference: Mapped[str] = mapped_column(String(43), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    faults: Mapped[list[str]] = mapped_column(JSON)
    """The names of those that are played, in this order, after a sign-in without any."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    score: Mapped[str | None] = mapped_column(Text)
    """The signed score, once it is over."""


class PlannedFault(Base):
    """A fault that waits for its answer, or was met by one; in a run, also the sign-in without any, under the name `control`."""

    __tablename__ = "planned_faults"
    __table_args__ = (Index("ix_planned_faults_client_id_met_at", "client_id", "met_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reference: Mapped[str] = mapped_column(String(43), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("fault_runs.id"), index=True)
    fault: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(String(16))
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    met_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an answer was spoilt by it: once."""
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    """Of the code of that sign-in."""
    code_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When that code was redeemed, or tried, after the fault."""
    token_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    """Of the access token of that sign-in."""
    token_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kept: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the fault needs later: the place in a status list."""
    declared: Mapped[str | None] = mapped_column(String(16))
    """How the service reacted, as its developer says."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """In a run: when its turn was over."""


class LoggedRequest(Base):
    """A request of a watched client and what came of it, without secrets, codes, tokens or anything about a person."""

    __tablename__ = "logged_requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    step: Mapped[str] = mapped_column(String(24))
    method: Mapped[str] = mapped_column(String(8))
    status: Mapped[int]
    sent: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Parameter → value, or what stands for it."""
    answered: Mapped[dict[str, Any]] = mapped_column(JSON)
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Each with `name`, `clause`, `outcome` and `detail`."""
    fault: Mapped[str | None] = mapped_column(String(32))
