"""Tables of the cards: what was issued to whom, and the challenges that chips answer.

The service keeps no chip's keys and no chip's files: it knows a card by the SHA-256 of its EF.SOD.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime


class CardState(StrEnum):
    MADE = "made"
    """Personalised, not yet handed over."""
    ACTIVE = "active"
    EXPIRED = "expired"
    """Never stored: an active card whose last day has passed."""
    LOST = "lost"
    WITHHELD = "withheld"
    """Kept by an authority for a while; may be returned."""
    REVOKED = "revoked"
    REPLACED = "replaced"


UNUSABLE = {
    CardState.MADE: "This card has not been handed over yet.",
    CardState.EXPIRED: "This card has expired.",
    CardState.LOST: "This card was reported lost.",
    CardState.WITHHELD: "This card is withheld.",
    CardState.REVOKED: "This card is revoked.",
    CardState.REPLACED: "This card was replaced by a newer one.",
}
"""State → why such a card proves nothing."""


class Card(Base):
    __tablename__ = "cards"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    document_number: Mapped[str] = mapped_column(String(9))
    """The last nine digits of the PIN; it survives replacement, so it does not name a card."""
    sod_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """What names a card: the digest of its EF.SOD."""
    issued_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    """Its last day; None where it has none."""
    state: Mapped[CardState] = mapped_column(String(16))
    state_changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it is in this state, in the words of who decided it."""

    def state_on(self, day: date) -> CardState:
        """Its state on a day, with expiry reckoned in."""
        if self.state in (CardState.MADE, CardState.ACTIVE) and self.expires_on is not None and day > self.expires_on:
            return CardState.EXPIRED
        return CardState(self.state)


class CardChallenge(Base):
    """Eight random bytes for one chip to sign, once, within five minutes of wall time."""

    __tablename__ = "card_challenges"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    challenge: Mapped[bytes] = mapped_column(LargeBinary(8))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
