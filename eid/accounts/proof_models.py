"""The table of proofs of identity: the verification of a chip that an account rests on."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime


class CardProof(Base):
    """A card whose chip was verified for an account, as it was then; world time."""

    __tablename__ = "card_proofs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("cards.id"), index=True)
    reference: Mapped[str] = mapped_column(String(43), unique=True)
    """What this verification is called to others."""
    verified_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sod_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    document_number: Mapped[str] = mapped_column(String(9))
    issued_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
