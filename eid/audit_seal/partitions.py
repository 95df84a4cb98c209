"""Months of the history on PostgreSQL: partitions made ahead, and dropped whole when all that they hold is old enough.

What keeps the chain whole is what eid.audit_seal.retention does as well: a batch loses its entries all at once, its signed head
stays and says when. Of a batch that lies in two months the rest goes with the first of them, which is old enough only when all of
the batch is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update

from eid.audit import AuditEntry, record_act
from eid.audit_seal.models import AuditBatch
from eid.audit_seal.retention import keeps_since
from eid.db import db
from eid.errors import Refused
from eid.late_dataclasses import frozen
from eid.online import LOCK_TIMEOUT, try_again

AHEAD = 3
"""Months beyond this one that have a partition; what is later still goes to one that takes the rest."""

_PARTITIONS = text(
    "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'audit_entries'::regclass"
)
_BOUND = re.compile(r"FROM \((?:MINVALUE|'([^']+)')\) TO \('([^']+)'\)")


@frozen
class Partition:
    name: str
    begins_at: datetime | None
    """None where it begins with all that was before."""
    ends_at: datetime


@frozen
class KeptPartition:
    """One that is old enough by its name and stays for now."""

    name: str
    reason: str


@frozen
class DroppedPartitions:
    dropped: tuple[str, ...]
    kept: tuple[KeptPartition, ...]


def ensure_partitions(*, now: datetime, ahead: int = AHEAD, dry_run: bool = False) -> tuple[str, ...]:
    """Afterwards this month and so many after it have their partition, but for one whose entries lie among the rest already.

    The names of those that were not there; committed one by one. Raises Refused: history_undivided.
    """
    known = list_partitions()
    made = []
    for number in range(ahead + 1):
        begin, end = _month(now, number), _month(now, number + 1)
        name = f"audit_entries_{begin:%Y_%m}"
        if _is_within(begin, known) or _has_rest(begin, end):
            continue
        made.append(name)
        if not dry_run:
            try_again(lambda name=name, begin=begin, end=end: _make(name, begin, end), undo=db.session.rollback)  # type: ignore[misc]
    db.session.rollback()
    return tuple(made)


def drop_partitions(*, now: datetime, dry_run: bool = False) -> DroppedPartitions:
    """Every partition is gone whose entries are all older than they are kept (five years), oldest first, each committed.

    Raises Refused: history_undivided.
    """
    before, dropped, kept = keeps_since(now), [], []
    for partition in list_partitions():
        if partition.ends_at > before:
            continue
        reason = _find_reason_to_keep(partition, before)
        if reason:
            kept.append(KeptPartition(partition.name, reason))
            continue
        dropped.append(partition.name)
        if not dry_run:
            try_again(lambda each=partition: _drop(each, before, now), undo=db.session.rollback)  # type: ignore[misc]
    db.session.rollback()
    return DroppedPartitions(tuple(dropped), tuple(kept))


def list_partitions() -> list[Partition]:
    """All but the one that takes the rest, oldest first. Raises Refused: history_undivided."""
    if db.session.get_bind().dialect.name != "postgresql":
        raise Refused(
            "history_undivided", "This database keeps the history in one table; `eid audit drop` ends what is old."
        )
    found = []
    for name, bound in db.session.execute(_PARTITIONS):
        match = _BOUND.search(bound)
        if match:
            begin, end = (None if at is None else datetime.fromisoformat(at).astimezone(UTC) for at in match.groups())
            assert end is not None
            found.append(Partition(name, begin, end))
    return sorted(found, key=lambda each: each.ends_at)


def _make(name: str, begin: datetime, end: datetime) -> None:
    """Made apart and then attached, which stops nobody who reads or writes elsewhere."""
    db.session.execute(text(LOCK_TIMEOUT))
    db.session.execute(text(f"CREATE TABLE partitions.{name} (LIKE audit_entries INCLUDING DEFAULTS)"))
    bounds = f"FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
    db.session.execute(text(f"ALTER TABLE audit_entries ATTACH PARTITION partitions.{name} FOR VALUES {bounds}"))
    db.session.commit()


def _drop(partition: Partition, before: datetime, now: datetime) -> None:
    """Its batches say that they were dropped, what they have elsewhere goes, and then the partition; one transaction."""
    db.session.execute(text(LOCK_TIMEOUT))
    its = (*_overlaps(partition), AuditBatch.last_at < before, AuditBatch.dropped_at.is_(None))
    first, last, batches = db.session.execute(
        select(func.min(AuditBatch.number), func.max(AuditBatch.number), func.count()).where(*its)
    ).one()
    elsewhere = select(AuditBatch.number).where(*its, _reaches_out_of(partition))
    db.session.execute(delete(AuditEntry).where(AuditEntry.batch.in_(elsewhere)))
    db.session.execute(update(AuditBatch).where(*its).values(dropped_at=now))
    record_act(
        "drop_audit_entries",
        before=before.astimezone(UTC).isoformat(),
        partition=partition.name,
        first_batch=first,
        last_batch=last,
        batches=batches,
    )
    db.session.flush()
    db.session.execute(text(f"ALTER TABLE audit_entries DETACH PARTITION partitions.{partition.name}"))
    db.session.execute(text(f"DROP TABLE partitions.{partition.name}"))
    db.session.commit()


def _find_reason_to_keep(partition: Partition, before: datetime) -> str | None:
    unsealed = text(f"SELECT EXISTS (SELECT FROM partitions.{partition.name} WHERE batch IS NULL)")  # noqa: S608 - from the catalogue
    if db.session.scalar(unsealed):
        return "it holds entries that are not sealed yet"
    young = (*_overlaps(partition), AuditBatch.last_at >= before, AuditBatch.dropped_at.is_(None))
    if db.session.scalar(select(AuditBatch.number).where(*young).limit(1)) is not None:
        return "a batch that begins in it ends later than five years ago"
    return None


def _overlaps(partition: Partition) -> Sequence[ColumnElement[bool]]:
    later = () if partition.begins_at is None else (AuditBatch.last_at >= partition.begins_at,)
    return (AuditBatch.first_at < partition.ends_at, *later)


def _reaches_out_of(partition: Partition) -> ColumnElement[bool]:
    after = AuditBatch.last_at >= partition.ends_at
    return after if partition.begins_at is None else or_(after, AuditBatch.first_at < partition.begins_at)


def _is_within(month: datetime, known: Sequence[Partition]) -> bool:
    return any((each.begins_at is None or each.begins_at <= month) and month < each.ends_at for each in known)


def _has_rest(begin: datetime, end: datetime) -> bool:
    rest = text(
        "SELECT EXISTS (SELECT FROM partitions.audit_entries_other WHERE world_at >= :begin AND world_at < :end)"
    )
    return bool(db.session.scalar(rest, {"begin": begin, "end": end}))


def _month(now: datetime, number: int) -> datetime:
    """The beginning, in UTC, of the month that is so many after this one."""
    at = now.astimezone(UTC)
    months = at.year * 12 + at.month - 1 + number
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
