"""What it costs to read a person's history, and to add to it, where it lies in sixty months instead of four (PostgreSQL)."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from benchmarks.databases import running_engines
from eid.app import create_app
from eid.audit import find_acts_about, find_disclosures, record_act
from eid.audit_seal.partitions import ensure_partitions, list_partitions
from eid.audit_seal.retention import keeps_since
from eid.clock import world_now
from eid.config import Settings
from eid.db import close_database, db, upgrade_schema

ENTRIES, PEOPLE, TIMES = 200_000, 1000, 300
_FILL = text(
    "INSERT INTO audit_entries (at, world_at, actor_kind, actor, act, person_id, details)"
    " SELECT now(), now() + (g % :days) * interval '1 day', 'client', 'c', 'read_userinfo', g % :people,"
    ' \'{"attributes": [], "purpose": ""}\' FROM generate_series(1, :entries) AS g'
)


def run() -> None:
    print(f"milliseconds, the median of {TIMES}; {ENTRIES:,} entries about {PEOPLE} people, spread over the months")
    with running_engines() as (_sqlite, postgresql), tempfile.TemporaryDirectory() as folder:
        url = postgresql.create(folder, "months")
        app = create_app(Settings(database_url=url, state_dir=Path(folder), log_level="error"))
        with app.app_context():
            upgrade_schema()
            few, many = (_measure_months(months) for months in (4, 60))
            close_database()
    for name in few:
        print(
            f"  {name:34}4 months {few[name]:5.2f}   60 months {many[name]:5.2f}   {many[name] / few[name]:4.1f} times"
        )


def _measure_months(months: int) -> dict[str, float]:
    now = world_now()
    ensure_partitions(now=now, ahead=months - 1)
    assert len(list_partitions()) >= months
    db.session.execute(text("TRUNCATE audit_entries"))
    db.session.execute(_FILL, {"days": months * 30 - 32, "people": PEOPLE, "entries": ENTRIES})
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE audit_entries"))
    return {
        "disclosures of five years, a page": _median(lambda: find_disclosures(7, since=keeps_since(now))),
        "the newest acts": _median(lambda: find_acts_about(7)),
        "an entry added": _median(_add),
    }


def _add() -> None:
    record_act("look_up_person", person_id=7)
    db.session.flush()


def _median(act: Callable[[], object]) -> float:
    spent = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        act()
        spent.append((time.perf_counter() - begun) * 1000)
    db.session.rollback()
    return statistics.median(spent)
