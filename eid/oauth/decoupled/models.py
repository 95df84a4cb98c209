"""The table of questions that a service asks on one device and a citizen answers on another."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime
from eid.oauth.models import Client


class QuestionKind(StrEnum):
    CIBA = "ciba"
    """OpenID Connect Client-Initiated Backchannel Authentication."""
    DEVICE = "device"
    """RFC 8628."""


class Verdict(StrEnum):
    """How a citizen decided."""

    APPROVED = "approved"
    DENIED = "denied"
    WRONG_NUMBER = "wrong_number"
    REPORTED = "reported"
    """Denied, and the service may not ask this citizen again for a while."""


class DecoupledQuestion(Base):
    """One question of one client, for whoever the client named or whoever enters the code."""

    __tablename__ = "decoupled_questions"
    __table_args__ = (
        Index("ix_decoupled_questions_person_id_opened_at", "person_id", "opened_at"),
        Index("ix_decoupled_questions_client_id_opened_at", "client_id", "opened_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[QuestionKind] = mapped_column(String(8))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    handle_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of the auth_req_id or device_code."""
    user_code_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Keyed, because a user code is short."""
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    """Who is asked; None where the client named nobody who can be, and until somebody has entered the code."""
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    """The session in which the code was entered; no other answers."""
    approval_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """The question on the citizen's phone, where it was put there."""
    binding_message: Mapped[str | None] = mapped_column(String(64))
    number: Mapped[int | None]
    """What the asking screen shows, 0 to 99, and who answers must enter."""
    sealed_ping: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the client is told when the question is answered, and with which token."""
    interval: Mapped[int]
    """Seconds between two polls."""
    polled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[Verdict | None] = mapped_column(String(16))
    code_id: Mapped[int | None] = mapped_column(ForeignKey("authorization_codes.id"), index=True)
    """The grant, once it is approved."""
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
