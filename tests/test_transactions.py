"""One transaction an app context: of prepared statements alone, or of the session, which joins it when a model is asked for."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, PendingRollbackError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from eid.config import Settings
from eid.connecting import PREPARES
from eid.db import db, run, run_each, sessions, table_of
from eid.direct_connection import MOST_AT_ONCE
from eid.prepared import Prepared
from eid.traffic import AddressWindow
from tests.engines import one_engine
from tests.heard import listening

_windows = table_of(AddressWindow)
_ADD = Prepared(insert(_windows))
_COUNT = Prepared(select(func.count()).where(_windows.c.digest == bindparam("sought")).select_from(_windows))
MOMENT = datetime(2026, 3, 4, tzinfo=UTC)


def add(digest: str) -> None:
    run(_ADD, {"digest": digest, "ends_at": MOMENT, "taken": 1})


def count(digest: str) -> int:
    found: int = run(_COUNT, {"sought": digest}).scalar_one()
    return found


def add_model(digest: str) -> None:
    db.session.add(AddressWindow(digest=digest, ends_at=MOMENT, taken=1))
    db.session.flush()


def count_by_session(digest: str) -> int:
    return db.session.scalar(_COUNT.statement, {"sought": digest}) or 0


def connections_lent() -> int:
    pool = db.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_prepared_statements_need_no_session(app: Flask) -> None:
    db.session.remove()
    add("a")
    assert not db.session.registry.has()
    assert connections_lent() == 1
    db.session.commit()
    assert (count("a"), db.session.registry.has()) == (1, False)


@pytest.mark.parametrize("joins", ["before", "between", "after", "never"])
@pytest.mark.parametrize("is_kept", [True, False])
def test_what_session_and_prepared_statements_write_is_kept_together_or_not_at_all(
    app: Flask, joins: str, is_kept: bool
) -> None:
    if joins == "before":
        add_model("model")
    add("a")
    if joins == "between":
        add_model("model")
    add("b")
    if joins == "after":
        add_model("model")
    end = db.session.commit if is_kept else db.session.rollback
    end()
    assert connections_lent() == 0
    with Session(db.engine) as other:
        found = set(other.scalars(select(_windows.c.digest)))
    assert found == ({"a", "b"} | (set() if joins == "never" else {"model"}) if is_kept else set())


def test_each_sees_what_the_other_has_written_before_it_is_committed(app: Flask) -> None:
    add("a")
    assert count_by_session("a") == 1
    add_model("b")
    assert count("b") == 1
    db.session.commit()
    add("c")
    assert count_by_session("c") == 1


def test_a_savepoint_is_within_the_transaction_under_way(app: Flask) -> None:
    add("a")
    with db.session.begin_nested() as savepoint:
        add("b")
        savepoint.rollback()
    assert (count("a"), count("b")) == (1, 0)
    db.session.commit()
    assert (count("a"), count("b")) == (1, 0)


def test_whoever_listens_hears_what_goes_on_in_a_transaction_under_way(app: Flask) -> None:
    add("a")
    with listening(db.engine) as heard:
        assert count("a") == 1
        run_each(_ADD, [{"digest": digest, "ends_at": MOMENT, "taken": 1} for digest in "bc"])
    assert [statement.split()[0] for statement in heard] == ["SELECT", "INSERT"]
    db.session.rollback()
    assert count("b") == 0


def test_an_app_context_within_another_has_a_transaction_of_its_own(app: Flask) -> None:
    assert count("a") == 0
    db.session.rollback()
    with app.app_context():
        add("a")
        assert connections_lent() == 1
        db.session.commit()
    assert count("a") == 1


def test_a_session_of_another_app_context_takes_nothing_over(app: Flask) -> None:
    outer = db.session()
    with app.app_context():
        add("a")
        outer.begin()
        assert sessions.current_transaction() is sessions.current_transaction()
        outer.rollback()
        assert count("a") == 1
        db.session.commit()


def test_what_was_not_committed_ends_with_the_app_context(app: Flask) -> None:
    with app.app_context():
        add("a")
    assert (connections_lent(), count("a")) == (0, 0)


def test_who_removes_the_session_forgets_what_it_took_over(app: Flask) -> None:
    add("a")
    add_model("b")
    db.session.remove()
    assert (connections_lent(), count("a"), count("b")) == (0, 0, 0)


def test_what_was_refused_can_be_rolled_back_and_done_again(app: Flask) -> None:
    add("a")
    with pytest.raises(IntegrityError):
        add("a")
    db.session.rollback()
    add("a")
    db.session.commit()
    assert count("a") == 1


@one_engine
def test_a_lock_that_is_not_had_costs_no_connection(app: Flask, settings: Settings) -> None:
    with db.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("PRAGMA busy_timeout=1")
    other = sqlite3.connect(settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError):
        add("a")
    assert connections_lent() == 0
    other.close()
    add("a")
    db.session.commit()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_joined", [False, True])
def test_after_its_connection_was_lost_a_transaction_can_only_be_rolled_back(app: Flask, is_joined: bool) -> None:
    """Else what comes after would be kept without what went before"""
    add("a")
    own = run(Prepared(select(func.pg_backend_pid())), {}).scalar_one()
    if is_joined:
        db.session.connection()
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
    with pytest.raises(DBAPIError) as lost:
        count("a")
    assert lost.value.connection_invalidated
    with pytest.raises(PendingRollbackError):
        add("b")
    with pytest.raises(PendingRollbackError):
        db.session.commit()
    db.session.rollback()
    assert (count("a"), count("b")) == (0, 0)
    db.session.commit()
    assert connections_lent() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_commit_that_is_refused_can_be_rolled_back(app: Flask) -> None:
    run(Prepared(insert(_windows)), {"digest": "a", "ends_at": MOMENT, "taken": 1})
    own = run(Prepared(select(func.pg_backend_pid())), {}).scalar_one()
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
    with pytest.raises(DBAPIError) as lost:
        db.session.commit()
    assert lost.value.connection_invalidated
    db.session.rollback()
    assert (count("a"), connections_lent()) == (0, 1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_joined", [False, True])
def test_what_was_prepared_is_there_after_a_rollback(app: Flask, is_joined: bool) -> None:
    """psycopg would have the server forget all that is prepared on the connection"""
    add("a")
    add_model("b") if is_joined else None
    with db.session.begin_nested() as savepoint:
        savepoint.rollback()
    db.session.rollback()
    for digest in "abcdef":
        add(digest)
    db.session.commit()
    assert count("f") == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("pooler", ["none", "transaction"])
def test_many_are_sent_together_and_the_first_that_is_refused_is_told(app: Flask, pooler: str) -> None:
    """More than go at once; behind a pooler nothing is prepared"""
    db.engine.update_execution_options(**{PREPARES: pooler == "none"})
    many = [{"digest": str(number), "ends_at": MOMENT, "taken": number} for number in range(2 * MOST_AT_ONCE + 5)]
    run_each(_ADD, many)
    db.session.commit()
    assert len(db.session.scalars(select(_windows.c.taken)).all()) == len(many)
    db.session.rollback()
    with pytest.raises(IntegrityError) as refused:
        run_each(_ADD, [{"digest": digest, "ends_at": MOMENT, "taken": 1} for digest in ("new", "3", "newer")])
    assert "address_windows" in str(refused.value.orig)
    db.session.rollback()
    assert (count("new"), count("3"), count("newer")) == (0, 1, 0)
    prepared = db.session.scalars(text("SELECT name FROM pg_prepared_statements WHERE name LIKE 'eid_%'")).all()
    assert bool(prepared) is (pooler == "none")


def test_the_connection_that_was_used_last_is_lent_first(app: Flask) -> None:
    """What it has read is still at hand"""
    first, second = db.engine.raw_connection(), db.engine.raw_connection()
    last = first.driver_connection
    second.close()
    first.close()
    add("a")
    assert sessions.current_transaction().driver is last
