"""Tables of recovery: what a holder lost and is getting back, the answers to two questions, and what the holder was told."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime


class Recovery(Base):
    """One attempt at recovery, in one browser; without account for one that nobody has. Its times are the world's."""

    __tablename__ = "recoveries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    cancel_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of the token in the message by which the holder cancels it."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    proved: Mapped[list[str]] = mapped_column(JSON)
    """What the holder has proved so far, by name."""
    new_phone: Mapped[str | None] = mapped_column(String(10))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    passcode_hash: Mapped[str | None] = mapped_column(String(255))
    sealed_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the wait is over, once enough was proved."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryText(Base):
    """A code that was texted within a recovery, to the phone that it is to prove; its times are wall time."""

    __tablename__ = "recovery_texts"

    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"), primary_key=True)
    proof: Mapped[str] = mapped_column(String(16), primary_key=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SecurityAnswer(Base):
    """The answer to one of the holder's questions, hashed as a password is; never enough alone."""

    __tablename__ = "security_answers"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    question: Mapped[str] = mapped_column(String(32), primary_key=True)
    answer_hash: Mapped[str] = mapped_column(String(255))


class HolderNotice(Base):
    """What the holder was told about the account, until they say that they have seen it; its times are wall time."""

    __tablename__ = "holder_notices"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    act: Mapped[str] = mapped_column(String(64))
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
