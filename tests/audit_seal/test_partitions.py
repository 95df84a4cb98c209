"""Months of the history on PostgreSQL: made ahead, dropped whole after five years, and the chain holds over what is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from eid.audit_seal.partitions import AHEAD, drop_partitions, ensure_partitions, list_partitions
from eid.audit_seal.sealing import find_standing, seal_entries
from eid.clock import world_now
from eid.config import Settings
from eid.db import db
from eid.errors import Refused
from tests.accounts.conftest import world_later
from tests.audit_seal.conftest import Log, examine, found
from tests.cli.conftest import Typed, typed  # noqa: F401

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
YEARS_6 = 6 * 366


def _days_until(month: int) -> float:
    """Until noon of the first day of the month that is so many after this one."""
    now = world_now().astimezone(UTC)
    months = now.year * 12 + now.month - 1 + month
    return (datetime(months // 12, months % 12 + 1, 1, 12, tzinfo=UTC) - now) / timedelta(days=1)


def _name(month: int) -> str:
    return f"audit_entries_{world_now() + timedelta(days=_days_until(month)):%Y_%m}"


def _where_entries_lie() -> set[str]:
    names = db.session.scalars(text("SELECT DISTINCT tableoid::regclass::text FROM audit_entries"))
    return {name.removeprefix("partitions.") for name in names}


@on_postgresql
def test_months_are_made_ahead_and_once(app: Flask, settings: Settings, log: Log) -> None:
    here = [each.name for each in list_partitions()]
    assert here == [_name(month) for month in range(AHEAD + 1)], "the migration made these"
    assert ensure_partitions(now=world_now()) == ()
    with world_later(settings, _days_until(2)):
        expected = tuple(_name(month) for month in (2, 3))
        assert ensure_partitions(now=world_now(), dry_run=True) == expected
        assert ensure_partitions(now=world_now()) == expected
        assert ensure_partitions(now=world_now()) == ()
        log(1)
        assert _where_entries_lie() == {_name(0)}


@on_postgresql
def test_what_comes_before_its_month_was_made_is_kept_with_the_rest(app: Flask, settings: Settings, log: Log) -> None:
    with world_later(settings, _days_until(8)):
        log(2)
        assert _where_entries_lie() == {"audit_entries_other"}
        assert ensure_partitions(now=world_now()) == tuple(_name(month) for month in (1, 2, 3)), "all but its month"
        seal_entries()
        assert found() == []


@on_postgresql
@pytest.mark.usefixtures("sealed")
def test_months_older_than_five_years_are_dropped_and_the_chain_holds(settings: Settings, log: Log) -> None:
    kept, old = find_standing().chained_root, [each.name for each in list_partitions()]
    with world_later(settings, YEARS_6):
        log(2)
        seal_entries()
        assert drop_partitions(now=world_now(), dry_run=True).dropped == tuple(old)
        assert [each.name for each in list_partitions()] == old
        assert drop_partitions(now=world_now()).dropped == tuple(old)
        assert list_partitions() == []
        seal_entries()
        report = examine(expected_root=kept)
        assert (report.fault_count, report.batches, report.dropped_batches) == (0, 5, 3)
        assert report.entries == 2 + len(old), "each drop is an act of its own"
        assert drop_partitions(now=world_now()).dropped == ()


@on_postgresql
def test_a_batch_over_two_months_goes_with_the_first_once_all_of_it_is_old(
    app: Flask, settings: Settings, log: Log
) -> None:
    log(2)
    with world_later(settings, _days_until(1)):
        log(3)
        assert seal_entries() == 5
        first, second = _name(-1), _name(0)
        last = world_now()
    days_to_first = (last.replace(year=last.year + 5) - world_now()) / timedelta(days=1)
    with world_later(settings, days_to_first - 0.1):
        found_now = drop_partitions(now=world_now())
        assert (found_now.dropped, [each.name for each in found_now.kept]) == ((), [first])
        assert "later than five years ago" in found_now.kept[0].reason
    with world_later(settings, days_to_first + 0.1):
        assert drop_partitions(now=world_now()).dropped == (first,)
        assert second not in _where_entries_lie(), "the rest of the batch is gone as well"
        seal_entries()
        assert found() == []


@on_postgresql
def test_what_is_not_sealed_keeps_its_month(app: Flask, settings: Settings, log: Log) -> None:
    log(1)
    this = _name(0)
    with world_later(settings, YEARS_6):
        kept = drop_partitions(now=world_now()).kept
        assert [(each.name, each.reason) for each in kept] == [(this, "it holds entries that are not sealed yet")]


@on_postgresql
def test_whoever_reads_the_whole_history_is_waited_for(
    app: Flask, settings: Settings, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is given up after a moment, others pass, and it is asked for again."""
    log(1)
    old, pauses = [each.name for each in list_partitions()], []
    seal_entries()
    with db.engine.connect() as reader, world_later(settings, YEARS_6):
        reader.execute(text("SELECT count(*) FROM audit_entries"))

        def let_go(seconds: float) -> None:
            pauses.append(seconds)
            reader.rollback()

        monkeypatch.setattr("eid.online.time.sleep", let_go)
        assert drop_partitions(now=world_now()).dropped == tuple(old)
        assert len(pauses) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_table_has_no_months(app: Flask) -> None:
    for act in (ensure_partitions, drop_partitions):
        with pytest.raises(Refused) as refused:
            act(now=world_now())
        assert refused.value.code == "history_undivided"


@on_postgresql
def test_months_are_made_and_dropped_at_the_terminal(app: Flask, settings: Settings, typed: Typed) -> None:  # noqa: F811
    environ = {"EID_DATABASE_URL": settings.database_url, "EID_STATE_DIR": str(settings.state_dir)}
    made = typed("db", "partitions", "ensure", "--ahead", str(AHEAD + 1), "--dry-run", **environ)
    assert (made.returncode, made.stdout) == (0, f"Would make {_name(AHEAD + 1)}.\n"), made.stderr
    made = typed("db", "partitions", "ensure", "--ahead", str(AHEAD + 1), **environ)
    assert made.stdout == f"Made {_name(AHEAD + 1)}.\n"
    dropped = typed("db", "partitions", "drop", "--dry-run", **environ)
    assert (dropped.returncode, dropped.stdout) == (0, "There is nothing to drop.\n")
