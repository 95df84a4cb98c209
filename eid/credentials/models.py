"""Tables of issued papers, of the status lists in which their status stands, and of papers that were asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, String, UniqueConstraint
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
