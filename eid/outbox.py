"""Letters, texts and mails as they would have been sent. Nothing ever leaves this machine.

In the demo they can be read at /outbox/; what they say is the only place where a texted code stands in the clear.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from eid.clock import wall_now
from eid.db import Base, BigId, UtcDateTime, db
from eid.retention.catalogue import Retention


class MessageKind(StrEnum):
    TEXT = "text"
    MAIL = "mail"
    LETTER = "letter"


class OutboxMessage(Base):
    __tablename__ = "outbox_messages"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[MessageKind] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    """A phone number, a mail address or a postal address."""
    body: Mapped[str] = mapped_column(Text)
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)


RETENTION = (
    Retention(
        OutboxMessage.posted_at,
        timedelta(days=30),
        "Nothing is sent, so this is where it is read, for a month.",
        by_number=True,
    ),
)


def post_message(kind: MessageKind, *, recipient: str, body: str) -> None:
    """Add a message to the outbox; the caller's transaction commits it."""
    db.session.add(OutboxMessage(kind=kind, recipient=recipient, body=body, posted_at=wall_now()))


def find_messages(*, recipient: str | None = None, limit: int = 50) -> Sequence[OutboxMessage]:
    """The newest messages first, of one recipient or of all."""
    query = select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(limit)
    if recipient is not None:
        query = query.where(OutboxMessage.recipient == recipient)
    return db.session.scalars(query).all()
