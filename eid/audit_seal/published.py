"""What everybody may read of the sealed log: the signed heads, a hundred at a time."""

from __future__ import annotations

from sqlalchemy import select

from eid.audit_seal.models import AuditBatch
from eid.audit_seal.sealing import chained_root_of
from eid.late_dataclasses import frozen
from eid.replicas import read_scalars

MOST_HEADS = 100


@frozen
class PublishedHeads:
    newest: int
    """The number of the newest batch; 0 before the first."""
    chained_root: bytes
    heads: tuple[tuple[int, str], ...]
    """Numbers and signed heads, oldest first."""


def find_published(*, after: int | None) -> PublishedHeads:
    """The newest batch, and up to a hundred heads: the newest, or those behind batch `after`."""
    by_number = select(AuditBatch).limit(MOST_HEADS)
    newest = next(iter(read_scalars(by_number.order_by(AuditBatch.number.desc()).limit(1))), None)
    if after is None:
        found = [*read_scalars(by_number.order_by(AuditBatch.number.desc()))][::-1]
    else:
        found = [*read_scalars(by_number.where(AuditBatch.number > after).order_by(AuditBatch.number))]
    return PublishedHeads(
        newest=newest.number if newest else 0,
        chained_root=chained_root_of(newest),
        heads=tuple((batch.number, batch.signature) for batch in found),
    )
