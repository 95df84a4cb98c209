"""Going through the sealed log: every fault that there is, not only the first. Reads in windows, so memory stays bounded.

What no examination can find by itself: the newest batches, cut off whole, and with them their entries. Whoever kept a
chained root from elsewhere finds that (`expected_root`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, func, or_, select

from eid.audit import AuditEntry
from eid.audit_seal.encoding import FIRST_PREVIOUS, TYP, EntryFacts, compute_leaf, describe_head
from eid.audit_seal.models import ENTRY_COLUMNS, AuditBatch
from eid.audit_seal.sealing import chained_root_of, find_standing
from eid.crypto.jwt import verify_signature
from eid.crypto.merkle import compute_root
from eid.db import db
from eid.errors import VerificationFailed
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen

WINDOW_BATCHES, WINDOW_ENTRIES = 500, 5000
"""What is looked at in one transaction, each short: on SQLite whoever writes waits for it."""
FAULTS_KEPT = 100
"""Faults that are described; more are only counted."""

FAULTS = {
    "entry_altered": "An entry is not what was sealed.",
    "entry_missing": "An entry that was sealed is gone.",
    "entry_added": "An entry says that it was sealed, and was not.",
    "entry_moved": "Entries are not in the order in which they were sealed.",
    "entry_unreadable": "Entries of this batch cannot be read.",
    "batch_root": "The entries do not give the root that was sealed.",
    "batch_altered": "A batch is not what was signed.",
    "batch_signature": "The signature of a batch does not hold.",
    "batch_chain": "A batch does not follow from the one before it.",
    "batch_missing": "A batch is gone.",
    "batch_dropped_early": "A batch lost its entries before their time.",
    "root_unknown": "The expected root is not in the chain: the end of the log was cut off, or it was written anew.",
}


@frozen
class Fault:
    code: str
    batch: int | None
    entry: int | None = None
    """The entry's number, or the place of one that is gone."""

    @property
    def detail(self) -> str:
        return FAULTS[self.code]


@dataclass
class LogReport:
    """What an examination found."""

    batches: int = 0
    entries: int = 0
    dropped_batches: int = 0
    unsealed: int = 0
    """Entries that are in no batch yet: no fault, and not examined."""
    chained_root: bytes = FIRST_PREVIOUS
    """Of the last batch that was examined."""
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def note(self, fault: Fault) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)


Entries = dict[int | None, list[Row[Any]] | None]
"""Entries by batch, in their places; None where they cannot be read."""


def examine_log(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    expected_root: bytes | None = None,
    keeps_since: datetime,
    report_progress: Callable[[int], None] = lambda batches: None,
) -> LogReport:
    """Everything sealed, or the batches that have acts between two times: their chain, their heads, and each of their entries.

    `keeps_since`: what is younger may not have been dropped. Progress is told in batches.

    1. Each batch follows the one before: no number is left out, and `previous` is its chained root.
    2. The batch is what was signed, the signature holds, and its entries were not dropped before their time.
    3. Each place holds its entry, no other claims to be there, and each is what was sealed.
    4. Together they give the root.
    5. No entry claims to be in a batch that there is not.
    6. The expected root is that of a batch that was examined.
    """
    report, found_expected = LogReport(), expected_root in (None, FIRST_PREVIOUS)
    keys = current_keystore().find_known_jwks(KeyUse.AUDIT)
    first, last = _find_range(since, until)
    expected, before = first, _find_start(first, report)
    for batches, entries in _read_windows(first, last):
        for batch in batches:
            # (1)
            _examine_chain(batch, expected, before, report)
            # (2)
            _examine_head(batch, keys, keeps_since, report)
            # (3) (4)
            _examine_entries(batch, entries.get(batch.number, []), report)
            before = report.chained_root = chained_root_of(batch)
            expected = batch.number + 1
            found_expected = found_expected or report.chained_root == expected_root
        report_progress(len(batches))
    # (5)
    _note_strays(report)
    # (6)
    if not found_expected:
        report.note(Fault("root_unknown", None))
    report.unsealed = find_standing().unsealed
    db.session.rollback()
    return report


def count_batches() -> int:
    """How many batches there are."""
    return db.session.scalar(select(func.count()).select_from(AuditBatch)) or 0


def _find_range(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """The numbers of the first and the last batch that have acts in this time; without a time, from the first that must be."""
    first = db.session.scalar(select(func.min(AuditBatch.number)).where(AuditBatch.last_at >= since)) if since else 1
    newest = select(func.max(AuditBatch.number))
    last = db.session.scalar(newest if until is None else newest.where(AuditBatch.first_at <= until))
    return (1 if first is None and since is None else first or (last or 0) + 1), last or 0


def _read_windows(first: int, last: int) -> Iterator[tuple[list[AuditBatch], Entries]]:
    """Batch by batch from `first` to `last` with their entries, each window one short transaction that sees one moment."""
    while first <= last:
        db.session.rollback()
        if db.session.get_bind().dialect.name == "postgresql":
            db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        batches = _read_batches(first, last)
        if not batches:
            return
        entries = _read_entries(first, batches[-1].number)
        for batch in batches:
            db.session.expunge(batch)
        db.session.rollback()
        yield batches, entries
        first = batches[-1].number + 1


def _read_batches(first: int, last: int) -> list[AuditBatch]:
    within = AuditBatch.number.between(first, last)
    found = db.session.scalars(select(AuditBatch).where(within).order_by(AuditBatch.number).limit(WINDOW_BATCHES)).all()
    batches, entries = list(found[:1]), found[0].entries if found else 0
    for batch in found[1:]:
        entries += batch.entries
        if entries > WINDOW_ENTRIES:
            break
        batches.append(batch)
    return batches


def _read_entries(first: int, last: int) -> Entries:
    try:
        return _read_rows(first, last)
    except ValueError:  # a time or details that are none: which batch is it?
        if first == last:
            return {first: None}
        return {number: rows for at in range(first, last + 1) for number, rows in _read_entries(at, at).items()}


def _read_rows(first: int, last: int) -> Entries:
    query = (
        select(*ENTRY_COLUMNS, AuditEntry.batch, AuditEntry.place, AuditEntry.leaf)
        .where(AuditEntry.batch.between(first, last))
        .order_by(AuditEntry.batch, AuditEntry.place, AuditEntry.id)
    )
    return {number: list(rows) for number, rows in groupby(db.session.execute(query), attrgetter("batch"))}


def _find_start(first: int, report: LogReport) -> bytes:
    """The chained root of the batch before the first that is examined."""
    before = db.session.get(AuditBatch, first - 1)
    if before is None and first > 1 and db.session.get(AuditBatch, first) is not None:
        report.note(Fault("batch_missing", first - 1))
    return chained_root_of(before)


def _examine_chain(batch: AuditBatch, expected: int, before: bytes, report: LogReport) -> None:
    for number in range(expected, min(batch.number, expected + FAULTS_KEPT)):
        report.note(Fault("batch_missing", number))
    if batch.number == expected and batch.previous != before:
        report.note(Fault("batch_chain", batch.number))


def _examine_head(
    batch: AuditBatch, keys: Sequence[dict[str, object]], keeps_since: datetime, report: LogReport
) -> None:
    report.batches += 1
    try:
        signed = verify_signature(batch.signature, keys=keys, expected_typ=TYP).claims
    except VerificationFailed:
        report.note(Fault("batch_signature", batch.number))
    else:
        if signed != describe_head(batch.head):
            report.note(Fault("batch_altered", batch.number))
    if batch.dropped_at is not None:
        report.dropped_batches += 1
        if batch.last_at >= keeps_since:
            report.note(Fault("batch_dropped_early", batch.number))


def _examine_entries(batch: AuditBatch, rows: list[Row[Any]] | None, report: LogReport) -> None:
    if rows is None:
        report.note(Fault("entry_unreadable", batch.number))
        return
    report.entries += len(rows)
    faults = report.fault_count
    by_place = _examine_places(batch, rows, report)
    leaves = []
    for row in by_place:
        leaves.append(_compute_leaf(row, batch.salt))
        if leaves[-1] != row.leaf:
            report.note(Fault("entry_altered", batch.number, row.id))
    if [row.id for row in by_place] != sorted(row.id for row in by_place):
        report.note(Fault("entry_moved", batch.number))
    if report.fault_count == faults and batch.dropped_at is None and compute_root(leaves) != batch.root:
        report.note(Fault("batch_root", batch.number))


def _examine_places(batch: AuditBatch, rows: list[Row[Any]], report: LogReport) -> list[Row[Any]]:
    """The entries that are in their places; what is there besides, and what is not there, is noted."""
    expected = 0 if batch.dropped_at is not None else batch.entries
    by_place: dict[int, Row[Any]] = {}
    for row in rows:
        if row.place is None or not 0 <= row.place < expected or row.place in by_place:
            report.note(Fault("entry_added", batch.number, row.id))
        else:
            by_place[row.place] = row
    for place in range(expected):
        if place not in by_place:
            report.note(Fault("entry_missing", batch.number, place))
    return [by_place[place] for place in sorted(by_place)]


def _compute_leaf(row: Row[Any], salt: bytes) -> bytes:
    """The leaf of an entry as it is now; no hash at all of what no entry can say."""
    try:
        return compute_leaf(EntryFacts(*row[: len(ENTRY_COLUMNS)]), salt=salt)
    except (ValueError, TypeError, AttributeError):
        return b""


def _note_strays(report: LogReport) -> None:
    """Batches that only entries know of: below the first, above the last, or in between."""
    of_a_batch = select(AuditBatch.number).where(AuditBatch.number == AuditEntry.batch).exists()
    ends = select(func.max(AuditBatch.number)).scalar_subquery()
    beyond = or_(AuditEntry.batch < 1, AuditEntry.batch > func.coalesce(ends, 0))
    query = select(AuditEntry.batch).where(beyond, ~of_a_batch).distinct().limit(FAULTS_KEPT)
    for number in db.session.scalars(query):
        report.note(Fault("batch_missing", number))
