"""After five years entries may go, batch by batch; what was sealed can still be shown to have been."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from eid.audit import AuditEntry
from eid.audit_seal.models import AuditBatch
from eid.audit_seal.retention import CHUNK, drop_entries, keeps_since
from eid.audit_seal.sealing import find_standing, seal_entries
from eid.clock import world_now
from eid.config import Settings
from eid.db import db
from eid.errors import Refused
from tests.accounts.conftest import world_later
from tests.audit_seal.conftest import Log, examine, found

YEARS_6 = 6 * 366


@pytest.mark.parametrize(
    ("now", "since"),
    [
        (datetime(2031, 5, 6, 7, tzinfo=UTC), datetime(2026, 5, 6, 7, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2023, 2, 28, tzinfo=UTC)),
    ],
)
def test_the_log_is_kept_for_five_years_of_the_calendar(now: datetime, since: datetime) -> None:
    """Decree 69/2024: the history of use is kept for five years from the time of use."""
    assert keeps_since(now) == since


@pytest.mark.usefixtures("sealed")
def test_nothing_is_dropped_before_its_time(app: Flask) -> None:
    now = world_now()
    with pytest.raises(Refused) as refused:
        drop_entries(before=keeps_since(now) + timedelta(days=1), now=now)
    assert refused.value.code == "audit_kept"
    assert drop_entries(before=keeps_since(now), now=now).batches == 0
    assert examine().entries == 6


@pytest.mark.usefixtures("sealed")
def test_dropped_batches_keep_their_roots_and_the_chain_holds(settings: Settings, log: Log) -> None:
    kept = find_standing().chained_root
    with world_later(settings, YEARS_6):
        log(2)
        seal_entries()
        now = world_now()
        dropped = drop_entries(before=keeps_since(now), now=now)
        assert (dropped.batches, dropped.entries) == (3, 6)
        seal_entries()
        report = examine(expected_root=kept)
        assert (report.fault_count, report.batches, report.dropped_batches, report.entries) == (0, 5, 3, 3)
        assert drop_entries(before=keeps_since(now), now=now).batches == 0
    acts = list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))
    assert acts[-1] == "drop_audit_entries"


@pytest.mark.usefixtures("sealed")
def test_what_is_put_into_a_dropped_batch_is_found(settings: Settings) -> None:
    with world_later(settings, YEARS_6):
        now = world_now()
        drop_entries(before=keeps_since(now), now=now)
        entry = db.session.scalar(select(AuditEntry).where(AuditEntry.batch.is_(None)))
        assert entry is not None
        entry.batch, entry.place, number = 2, 0, entry.id
        db.session.commit()
        assert found() == [("entry_added", 2, number)]


def test_many_batches_are_dropped_in_several_transactions(settings: Settings, log: Log) -> None:
    for _ in range(CHUNK + 1):
        log(1)
        seal_entries()
    told: list[int] = []
    with world_later(settings, YEARS_6):
        now = world_now()
        dropped = drop_entries(before=keeps_since(now), now=now, report_progress=told.append)
    assert (dropped.batches, told) == (CHUNK + 1, [CHUNK, 1])
    undropped = select(func.count()).select_from(AuditBatch).where(AuditBatch.dropped_at.is_(None))
    assert db.session.scalar(undropped) == 0
