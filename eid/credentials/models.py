"""Tables of issued papers, of the status lists in which their status stands, of papers that were asked for, and of what wallets
were given."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eid.crypto.status_list import StatusType
from eid.db import Base, BigId, UtcDateTime

LIST_BITS = 2
LIST_SIZE = 1 << 17
"""Places of one list, the least that a crowd to hide in should have; 32 KiB packed, most of it zeros."""


class PaperStatusList(Base):
    __tablename__ = "paper_status_lists"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """1, 2, 3 … and part of its address; the newest is the one that places are given from."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IssuedPaper(Base):
    """One token of a paper: for whom, until when, and where its status stands. What it says is not kept."""

    __tablename__ = "issued_papers"
    __table_args__ = (
        UniqueConstraint("list_id", "list_index"),
        Index("ix_issued_papers_person_id_paper_expires_at", "person_id", "paper", "expires_at"),
        Index("ix_issued_papers_list_id_status", "list_id", "status"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_id: Mapped[str] = mapped_column(String(43))
    """Its `jti`."""
    person_id: Mapped[int] = mapped_column(BigInteger)
    paper: Mapped[str] = mapped_column(String(32))
    audience: Mapped[str] = mapped_column(String(255))
    list_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("paper_status_lists.id"))
    list_index: Mapped[int]
    """Random, so that nobody can tell from it whose it is or what was issued after what; never given twice."""
    status: Mapped[StatusType] = mapped_column(SmallInteger)
    """Only ever gets worse: valid, then suspended, then invalid."""
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer_agency: Mapped[str | None] = mapped_column(String(32))
    """Whose signed answer it was made of (agencies.conduct); None for identity cards, and from before that was kept."""
    answer_kid: Mapped[str | None] = mapped_column(String(43))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of that answer, in hexadecimal."""
    issuance_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """With which answer to a wallet it was given (CredentialIssuance); None for what was no wallet's."""


class WalletEvent(StrEnum):
    """What a wallet says became of what it was given (OpenID4VCI 1.0, section 11.1)."""

    ACCEPTED = "credential_accepted"
    FAILURE = "credential_failure"
    DELETED = "credential_deleted"


class CredentialIssuance(Base):
    """One answer to a wallet: what it was given, or will be, and what it said of it. The credentials are not kept."""

    __tablename__ = "credential_issuances"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    client_id: Mapped[str] = mapped_column(String(64))
    configuration: Mapped[str] = mapped_column(String(64))
    """A credential_configuration_id."""
    count: Mapped[int]
    keys: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """The public keys that were proved, for as long as the credentials have not been issued."""
    transaction_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Of the transaction_id of one that takes time (section 9); None once it was delivered."""
    notification_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    event: Mapped[WalletEvent | None] = mapped_column(String(32))
    event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaperAddition(Base):
    """A paper that a person asked to have in their account: when, and what came of it. What they wrote is not kept."""

    __tablename__ = "paper_additions"

    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("persons.id"), primary_key=True, autoincrement=False)
    paper: Mapped[str] = mapped_column(String(32), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the agency's answer is there; on the world's clock, as asked_at is."""
    differs: Mapped[str | None] = mapped_column(String(32))
    """The first field in which the citizen and the agency differ (matching.ComparedField); None where they agree."""
