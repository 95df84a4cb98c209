"""Batches of the audit log: a signed root over the entries of each, chained to the batch before."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from eid.audit import AuditEntry
from eid.audit_seal.encoding import BatchHead
from eid.db import Base, UtcDateTime


class AuditBatch(Base):
    __tablename__ = "audit_batches"
    __table_args__ = (Index("ix_audit_batches_last_at", "last_at"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From 1, without gaps."""
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """World times of the first and the last act: retention counts from them."""
    entries: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The chained root of the batch before; 32 zero octets in the first batch."""
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Blinds the leaves, so that a proof about one entry says nothing about its neighbours."""
    signature: Mapped[str] = mapped_column(Text)
    """A compact JWS whose payload is the head of the batch."""
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Wall time."""
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """World time at which its entries were old enough to be dropped; the root stays."""

    @property
    def head(self) -> BatchHead:
        return BatchHead(
            number=self.number,
            entries=self.entries,
            root=self.root,
            previous=self.previous,
            salt=self.salt,
            first_at=self.first_at,
            last_at=self.last_at,
            sealed_at=self.sealed_at,
        )


ENTRY_COLUMNS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.world_at,
    AuditEntry.actor_kind,
    AuditEntry.actor,
    AuditEntry.act,
    AuditEntry.person_id,
    AuditEntry.details,
)
"""What an entry says, in the order of SealedFacts: all but where it was sealed."""
