"""What was done, by whom, to whose record. An entry is added in the transaction of the act and stands or falls with it.

Details never hold a secret, nor what a person's record says: only which attributes, for which purpose, with which result.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from eid.clock import wall_now, world_now
from eid.db import Base, BigId, UtcDateTime, db


class ActorKind(StrEnum):
    PERSON = "person"
    OFFICER = "officer"
    CLIENT = "client"
    SYSTEM = "system"


class AuditEntry(Base):
    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_person_id_id", "person_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    world_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[ActorKind] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


def record_act(
    act: str,
    *,
    actor_kind: ActorKind = ActorKind.SYSTEM,
    actor: str | int = "",
    person_id: int | None = None,
    **details: Any,
) -> None:
    """Add an entry to the audit log; the caller's transaction commits it. `act` is the verb_noun of the use case."""
    db.session.add(
        AuditEntry(
            at=wall_now(),
            world_at=world_now(),
            actor_kind=actor_kind,
            actor=str(actor),
            act=act,
            person_id=person_id,
            details=details,
        )
    )


def find_acts_about(person_id: int, *, limit: int = 20) -> Sequence[AuditEntry]:
    """What was done with a person's record, newest first."""
    query = select(AuditEntry).where(AuditEntry.person_id == person_id).order_by(AuditEntry.id.desc()).limit(limit)
    return db.session.scalars(query).all()
