"""Streams: what a service wants to be told, and how; and whom it does not want to hear of."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime
from eid.oauth.models import Client


class DeliveryMethod(StrEnum):
    PUSH = "urn:ietf:rfc:8935"
    POLL = "urn:ietf:rfc:8936"


class StreamStatus(StrEnum):
    """Shared Signals Framework 1.0, section 8.1.2."""

    ENABLED = "enabled"
    PAUSED = "paused"
    """Nothing is sent; what happens meanwhile is held."""
    DISABLED = "disabled"
    """Nothing is sent, and what happens meanwhile is never told."""


class SignalStream(Base):
    """A service's stream, the one that it has."""

    __tablename__ = "signal_streams"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    stream_id: Mapped[str] = mapped_column(String(43), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), unique=True)
    method: Mapped[DeliveryMethod] = mapped_column(String(32))
    endpoint_url: Mapped[str | None] = mapped_column(Text)
    """Where it is pushed to."""
    sealed_authorization: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The Authorization header that the service wants to see on what is pushed, sealed."""
    events_requested: Mapped[list[str]] = mapped_column(JSON)
    description: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[StreamStatus] = mapped_column(String(8))
    status_reason: Mapped[str | None] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a verification was last asked for."""

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class SignalRemoval(Base):
    """A subject of whom a stream tells nothing, because its service said so."""

    __tablename__ = "signal_removals"

    stream_id: Mapped[int] = mapped_column(ForeignKey("signal_streams.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(43), primary_key=True)
    """The pairwise subject at that service."""
