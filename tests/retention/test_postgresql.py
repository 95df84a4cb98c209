"""What is PostgreSQL's own: pages are read by an index, one at a time deletes, and who waits for a lock does not wait long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from eid.app import RETENTION
from eid.clock import wall_now
from eid.db import db, table_of
from eid.outbox import OutboxMessage
from eid.retention.catalogue import Retention
from eid.retention.tidying import PAGE, TIDIERS_LOCK, build_page, find_referring, tidy
from tests.conftest import Databases, make_settings, running_app
from tests.retention.rows import add_row, is_there


@pytest.fixture(scope="module")
def shared_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("tidying")
    with databases.empty("postgresql", folder) as url, running_app(make_settings(folder / "state", url)) as app:
        yield app


def _explain(statement: object) -> str:
    """The plan of a table so large that nobody reads it whole."""
    for way in ("enable_seqscan", "enable_bitmapscan"):
        db.session.execute(text(f"SET LOCAL {way} = off"))
    dialect = db.engine.dialect
    written = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    plan = "\n".join(db.session.scalars(text(f"EXPLAIN {str(written).replace(':', chr(92) + ':')}")))
    db.session.rollback()
    return plan


@pytest.mark.parametrize("entry", RETENTION, ids=lambda entry: entry.name)
def test_pages_are_read_by_an_index_and_so_is_what_refers_to_their_rows(shared_app: Flask, entry: Retention) -> None:
    plan = _explain(build_page(entry, wall_now(), None, PAGE))
    assert f"Seq Scan on {entry.name}" not in plan, plan
    assert not re.search(r"(?<!Incremental )Sort  \(", plan), plan
    for column in find_referring(entry):
        plan = _explain(select(column).where(column.in_([1, 2, 3])))
        assert "Seq Scan" not in plan, plan


def test_while_another_has_a_page_nothing_is_deleted(shared_app: Flask) -> None:
    with db.engine.begin() as other:
        other.execute(text(f"SELECT pg_advisory_xact_lock({TIDIERS_LOCK})"))
        tidied = tidy()
    assert (tidied.is_whole, tidied.total) == (False, 0)
    assert tidy().is_whole


def test_a_row_that_somebody_holds_waits_for_the_next_pass_and_nobody_for_it(shared_app: Flask) -> None:
    table = table_of(OutboxMessage)
    held, free = (add_row(table, posted_at=wall_now() - timedelta(days=90)) for _ in range(2))
    db.session.commit()
    with db.engine.begin() as other:
        other.execute(select(table.c.id).where(table.c.id == held[0]).with_for_update())
        assert tidy().rows["outbox_messages"] == 1
        assert (is_there(table, held), is_there(table, free)) == (True, False)
        db.session.rollback()
    assert tidy().rows["outbox_messages"] == 1
