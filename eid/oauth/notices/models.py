"""Notices: what a service is still to be told, or was. Posted in the transaction of the act, delivered after it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime
from eid.oauth.models import Client


class NoticeKind(StrEnum):
    LOGOUT = "logout"
    """A logout token (OpenID Connect Back-Channel Logout, section 2.4)."""
    SIGNAL = "signal"
    """A security event token (RFC 8417) of a stream."""
    PING = "ping"
    """That a question on the back channel is answered (CIBA Core, section 10.2)."""


class Outcome(StrEnum):
    """How it ended with a notice."""

    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    """Fetched, and said to have arrived (RFC 8936, section 2.4)."""
    REFUSED = "refused"
    """Fetched, and said to be wrong (RFC 8936, section 2.6)."""
    GIVEN_UP = "given_up"


class Notice(Base):
    """One thing to tell one service; its token is signed when it is sent, so that it bears the key of that day."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "ix_notices_due_at_waiting",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index(
            "ix_notices_stream_id_waiting",
            "stream_id",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    jti: Mapped[str] = mapped_column(String(43), unique=True)
    """The same at each try, so that who gets it twice can tell."""
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    kind: Mapped[NoticeKind] = mapped_column(String(8))
    stream_id: Mapped[int | None] = mapped_column(ForeignKey("signal_streams.id"))
    """Of a signal."""
    claims: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the token says besides issuer, audience and times."""
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it is sent next; while it is being sent, when another may take it over. None where it is fetched, or held."""
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(String(200))
    """What went wrong the last time."""

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
