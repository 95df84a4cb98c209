"""Sealing: entries that are committed and in no batch yet become the next batch. Who appends waits for nobody here.

Entries are numbered when they are added and seen when they are committed, so their numbers come out of order: a batch holds
what is seen and not yet sealed, never "all up to a number". One transaction makes a batch, or none.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from eid.audit import AuditEntry
from eid.audit_seal.encoding import (
    FIRST_PREVIOUS,
    TYP,
    BatchHead,
    EntryFacts,
    compute_chained_root,
    compute_leaf,
    describe_head,
)
from eid.audit_seal.models import ENTRY_COLUMNS, AuditBatch
from eid.clock import wall_now
from eid.crypto.jwt import build_jwt
from eid.crypto.merkle import compute_root
from eid.db import db
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen
from eid.randomness import random_bytes

BATCH_SIZE = 1000
"""Entries of one batch at most: what is sealed in one transaction, and what one proof has to know."""
SEALERS_LOCK = 0x0E1D_5EA1
"""The advisory lock of PostgreSQL that one sealer holds; on SQLite, who writes is alone."""


@frozen
class LogStanding:
    """How far the log is sealed."""

    batches: int
    chained_root: bytes
    """Of the newest batch: kept elsewhere, it shows a log whose end was cut off."""
    unsealed: int
    oldest_unsealed_at: datetime | None


_ENTRIES = AuditEntry.__table__
_PLACING = update(_ENTRIES).where(_ENTRIES.c.id == bindparam("entry"), _ENTRIES.c.world_at == bindparam("of"))  # type: ignore[arg-type]
"""By the month, too: PostgreSQL then looks in one partition."""


def seal_entries() -> int:
    """Seal what was committed before this call, batch after batch, each committed. Returns how many entries that were."""
    sealed = 0
    while entries := seal_batch():
        sealed += entries
        if entries < BATCH_SIZE:
            break
    return sealed


def seal_batch() -> int:
    """Seal the next batch, committed; how many entries it has, 0 where there was nothing to seal.

    1. This sealer is alone.
    2. What is committed and not sealed, in the order of its numbers.
    3. The head over it, chained to the newest batch, and signed.
    4. The entries know their batch, place and leaf; commit.
    """
    # (1)
    _hold_sealers_lock()
    # (2)
    entries = _find_unsealed()
    if not entries:
        db.session.rollback()
        return 0
    # (3)
    salt = random_bytes(32)
    leaves = [compute_leaf(entry, salt=salt) for entry in entries]
    head = _build_head(entries, leaves, salt)
    _record_batch(head)
    # (4)
    places = [
        {"entry": entry.id, "of": entry.world_at, "batch": head.number, "place": place, "leaf": leaf}
        for place, (entry, leaf) in enumerate(zip(entries, leaves, strict=True))
    ]
    db.session.connection().execute(_PLACING, places)
    db.session.commit()
    return len(entries)


def find_standing() -> LogStanding:
    """How far the log is sealed now."""
    newest = _find_newest()
    waiting = select(func.count(), func.min(AuditEntry.at)).where(AuditEntry.batch.is_(None))
    unsealed, oldest = db.session.execute(waiting).one()
    return LogStanding(
        batches=newest.number if newest else 0,
        chained_root=chained_root_of(newest),
        unsealed=unsealed,
        oldest_unsealed_at=oldest,
    )


def chained_root_of(batch: AuditBatch | None) -> bytes:
    """What the batch after this one names as the one before it."""
    return FIRST_PREVIOUS if batch is None else compute_chained_root(describe_head(batch.head))


def _hold_sealers_lock() -> None:
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(SEALERS_LOCK)))


def _find_unsealed() -> list[EntryFacts]:
    query = select(*ENTRY_COLUMNS).where(AuditEntry.batch.is_(None)).order_by(AuditEntry.id).limit(BATCH_SIZE)
    return [EntryFacts(*row) for row in db.session.execute(query)]


def _find_newest() -> AuditBatch | None:
    return db.session.scalar(select(AuditBatch).order_by(AuditBatch.number.desc()).limit(1))


def _build_head(entries: list[EntryFacts], leaves: list[bytes], salt: bytes) -> BatchHead:
    newest, times = _find_newest(), [entry.world_at for entry in entries]
    return BatchHead(
        number=newest.number + 1 if newest else 1,
        entries=len(entries),
        root=compute_root(leaves),
        previous=chained_root_of(newest),
        salt=salt,
        first_at=min(times),
        last_at=max(times),
        sealed_at=wall_now(),
    )


def _record_batch(head: BatchHead) -> None:
    key = current_keystore().find_signing_key(KeyUse.AUDIT)
    db.session.add(AuditBatch(**vars(head), signature=build_jwt(describe_head(head), key=key, typ=TYP)))
