"""Tables of what relying services ask wallets for, and of papers that citizens show to whoever scans a code."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime
from eid.oauth.models import Client


class PresentationState(StrEnum):
    OPEN = "open"
    VERIFIED = "verified"
    REFUSED = "refused"
    """What came does not hold."""
    DECLINED = "declined"
    """The holder said no, or the wallet has nothing that fits."""


class PresentationRequest(Base):
    """One question of a relying service to a wallet, and what came of it. What was shown is sealed, and gone once it is read."""

    __tablename__ = "presentation_requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    request_id: Mapped[str] = mapped_column(String(43), unique=True)
    """Part of its addresses; nobody can guess it."""
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    verifier_id: Mapped[str] = mapped_column(Text)
    """The `client_id` of OpenID4VP, with its prefix."""
    response_mode: Mapped[str] = mapped_column(String(16))
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    purpose: Mapped[str] = mapped_column(String(300))
    nonce: Mapped[str] = mapped_column(String(43))
    state: Mapped[str] = mapped_column(String(43))
    redirect_uri: Mapped[str | None] = mapped_column(Text)
    """Where the wallet leads its holder afterwards, with a response code; None where they look at another screen."""
    encryption_key: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The public key that the answer is encrypted to."""
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Its private part, gone with the answer."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a wallet first read the question."""
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[PresentationState] = mapped_column(String(16), default=PresentationState.OPEN)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Of what was refused or declined: step, code, detail."""
    response_code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sealed_result: Mapped[bytes | None] = mapped_column(LargeBinary)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship()


class PaperShowing(Base):
    """Papers that somebody chose to show, for a minute, to whoever reads the code on their screen first."""

    __tablename__ = "paper_showings"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), index=True)
    chosen: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    """Paper → attributes. Their values are read when they are shown, and kept nowhere."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checker: Mapped[str | None] = mapped_column(String(120))
    """Who read them, as they say themselves."""
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
