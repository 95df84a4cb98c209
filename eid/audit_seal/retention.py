"""How long the log is kept, and the end of what is older: entries go batch by batch, their roots stay.

The history of an account's use is kept for five years from the time of use (FACTS of the decree; docs/security.md). A batch
is a partition: it goes whole, when its last act is old enough.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import delete, select, update

from eid.audit import AuditEntry, record_act
from eid.audit_seal.models import AuditBatch
from eid.db import db
from eid.errors import Refused
from eid.late_dataclasses import frozen

KEPT_YEARS = 5
CHUNK = 50
"""Batches that are dropped in one transaction."""


@frozen
class Dropped:
    batches: int
    entries: int


def keeps_since(now: datetime) -> datetime:
    """What was done at this time or later may not be dropped yet: five years ago, on the same day of the calendar."""
    try:
        return now.replace(year=now.year - KEPT_YEARS)
    except ValueError:  # 29 February
        return now.replace(year=now.year - KEPT_YEARS, day=28)


def drop_entries(
    *, before: datetime, now: datetime, report_progress: Callable[[int], None] = lambda batches: None
) -> Dropped:
    """The entries of every batch whose last act is older than `before` are gone; the batches stay, and say so. Committed.

    Interrupted, what was dropped is dropped, and the next call goes on. Raises Refused: audit_kept.
    """
    if before > keeps_since(now):
        raise Refused("audit_kept", f"The log is kept for {KEPT_YEARS} years; choose an earlier day.")
    batches = entries = 0
    while numbers := _find_droppable(before):
        gone = db.session.execute(delete(AuditEntry).where(AuditEntry.batch.in_(numbers)))
        db.session.execute(update(AuditBatch).where(AuditBatch.number.in_(numbers)).values(dropped_at=now))
        record_act(
            "drop_audit_entries",
            before=before.astimezone(UTC).isoformat(),
            first_batch=min(numbers),
            last_batch=max(numbers),
            batches=len(numbers),
        )
        db.session.commit()
        batches += len(numbers)
        entries += gone.rowcount  # type: ignore[attr-defined]
        report_progress(len(numbers))
    db.session.rollback()
    return Dropped(batches, entries)


def _find_droppable(before: datetime) -> list[int]:
    old = select(AuditBatch.number).where(AuditBatch.last_at < before, AuditBatch.dropped_at.is_(None))
    return list(db.session.scalars(old.order_by(AuditBatch.number).limit(CHUNK)))
