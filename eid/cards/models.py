"""Tables of the cards: what was issued to whom, and the challenges that chips answer.

The service keeps no chip's keys and no chip's files: it knows a card by the SHA-256 of its EF.SOD.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eid.cards.lifecycle import UNUSABLE, CardState, state_on
from eid.db import Base, BigId, UtcDateTime

__all__ = [
    "UNUSABLE",
    "Card",
    "CardChallenge",
    "CardState",
    "RevocationReason",
    "RevokedSigner",
    "write_serial",
]


class Card(Base):
    __tablename__ = "cards"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    document_number: Mapped[str] = mapped_column(String(9))
    """The last nine digits of the PIN; it survives replacement, so it does not name a card."""
    sod_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """What names a card: the digest of its EF.SOD."""
    issued_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date, index=True)
    """Its last day; None where it has none."""
    state: Mapped[CardState] = mapped_column(String(16))
    state_changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it is in this state, in the words of who decided it."""
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its holder got it; None while it waits, and for cards from before this was kept."""
    signer_serial: Mapped[str | None] = mapped_column(String(40), index=True)
    """The serial number of the document signer's certificate, as write_serial writes it."""

    def state_on(self, day: date) -> CardState:
        """Its state on a day, with expiry reckoned in."""
        return state_on(CardState(self.state), day, expires_on=self.expires_on)


class CardChallenge(Base):
    """Eight random bytes for one chip to sign, once, within five minutes of wall time."""

    __tablename__ = "card_challenges"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    challenge: Mapped[bytes] = mapped_column(LargeBinary(8))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RevocationReason(StrEnum):
    """Why a signer is revoked. It is kept here alone: the profile of revocation lists has no place for it."""

    KEY_COMPROMISE = "key-compromise"
    WRONGLY_ISSUED = "wrongly-issued"
    SUPERSEDED = "superseded"
    CESSATION = "cessation"


class RevokedSigner(Base):
    """A certificate that stands on its CSCA's revocation list, for good."""

    __tablename__ = "revoked_signers"
    __table_args__ = (UniqueConstraint("serial"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    serial: Mapped[str] = mapped_column(String(40))
    issuer: Mapped[bytes] = mapped_column(LargeBinary)
    """Its issuer's name in DER: whose list it stands on."""
    reason: Mapped[RevocationReason] = mapped_column(String(16))
    revoked_at: Mapped[datetime] = mapped_column(UtcDateTime)


def write_serial(serial: int) -> str:
    """A certificate's serial number as people and other programs write it: hexadecimal digits, whole octets, no sign."""
    digits = f"{serial:X}"
    return digits.zfill(len(digits) + len(digits) % 2)
