"""What is kept of registrations: those under review, tokens to register with, and how much clients used of their limits.

Times of reviews are the world's, because they have deadlines; those of tokens and uses are wall time.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime
from eid.oauth.models import Client


class ClientRegistration(Base):
    """What somebody wants a client to be, from its first draft to an officer's decision."""

    __tablename__ = "client_registrations"
    __table_args__ = (Index("ix_client_registrations_state", "state", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"), index=True)
    """The client that it made, or that it would change."""
    owner_person_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    owner_organisation_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    """The person who wrote it; told of what happens. None where a program registered itself."""
    state: Mapped[str] = mapped_column(String(16))
    form: Mapped[dict[str, Any]] = mapped_column(JSON)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    officer_id: Mapped[int | None] = mapped_column(BigInteger)
    """The account of the officer who works on it."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    """Why it was returned or refused."""

    client: Mapped[Client | None] = relationship(lazy="joined")


class InitialAccessToken(Base):
    """What somebody registers a client with (RFC 7591, section 3): so often, until then, for this owner."""

    __tablename__ = "initial_access_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    owner_person_id: Mapped[int | None] = mapped_column(BigInteger)
    owner_organisation_id: Mapped[int | None] = mapped_column(BigInteger)
    issued_by: Mapped[int] = mapped_column(BigInteger)
    """The account of whoever had it issued."""
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    uses_left: Mapped[int]


class ClientUse(Base):
    """How much of a limit a client's processes have taken in one window of it."""

    __tablename__ = "client_uses"

    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    limit: Mapped[str] = mapped_column(String(16), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, index=True)
    taken: Mapped[int]
