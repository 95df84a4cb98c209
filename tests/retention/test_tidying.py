"""What has ended and was kept for long enough goes, all else stays; whoever deletes may be interrupted, or one of several."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from eid.accounts.models import SignInSession
from eid.app import RETENTION
from eid.clock import wall_now
from eid.db import db, table_of
from eid.oauth.decoupled.models import DecoupledQuestion, Verdict
from eid.oauth.models import AccessToken, AuthorizationCode, RefreshToken
from eid.retention.catalogue import Retention
from eid.retention.tidier import Tidier
from eid.retention.tidying import tidy
from tests.conftest import Databases, make_settings, running_app
from tests.retention.rows import add_row, is_there
from tests.turns import both_engines

TOKENS, CODES, ACCESS = (table_of(model) for model in (RefreshToken, AuthorizationCode, AccessToken))
LONG_AGO = timedelta(days=400)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_app(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One application for the tests of this file."""
    folder = tmp_path_factory.mktemp("tidying")
    with databases.empty(request.param, folder) as url, running_app(make_settings(folder / "state", url)) as app:
        yield app


@pytest.fixture(autouse=True)
def _nothing_is_left(shared_app: Flask) -> Iterator[None]:
    yield
    db.session.rollback()


@pytest.mark.parametrize("entry", RETENTION, ids=lambda entry: entry.name)
def test_what_is_over_goes_and_what_lives_or_is_young_stays(shared_app: Flask, entry: Retention) -> None:
    until = entry.clock() - entry.kept
    ends = [until - timedelta(minutes=1), until + timedelta(minutes=10), entry.clock() + timedelta(days=1)]
    over, young, living = (add_row(entry.table, **{entry.ended.key: end}) for end in ends)
    db.session.commit()
    counted = tidy(dry_run=True)
    assert counted.rows[entry.name] == 1
    assert is_there(entry.table, over)
    db.session.rollback()
    tidied = tidy()
    assert (tidied.is_whole, tidied.rows[entry.name]) == (True, 1)
    assert not is_there(entry.table, over)
    assert is_there(entry.table, young)
    assert is_there(entry.table, living)


def test_a_grant_stays_while_a_token_of_it_does(shared_app: Flask) -> None:
    code = add_row(CODES, expires_at=wall_now() - LONG_AGO)
    token = add_row(ACCESS, code_id=code[0], expires_at=wall_now() + timedelta(minutes=1))
    add_row(CODES)
    db.session.commit()
    tidy()
    assert is_there(CODES, code)
    db.session.execute(update(ACCESS).where(ACCESS.c.id == token[0]).values(expires_at=wall_now() - LONG_AGO))
    db.session.commit()
    counted = tidy(dry_run=True).rows
    assert tidy().rows == counted
    assert (counted["access_tokens"], counted["authorization_codes"]) == (1, 1)
    assert not is_there(CODES, code)


def test_a_reported_question_silences_its_service_for_a_month(shared_app: Flask) -> None:
    table = table_of(DecoupledQuestion)
    yesterday = wall_now() - timedelta(days=2)
    reported, denied = (
        add_row(table, opened_at=yesterday, expires_at=yesterday, verdict=verdict)
        for verdict in (Verdict.REPORTED, Verdict.DENIED)
    )
    add_row(table)
    db.session.commit()
    tidy()
    assert (is_there(table, reported), is_there(table, denied)) == (True, False)
    db.session.execute(update(table).where(table.c.id == reported[0]).values(opened_at=wall_now() - LONG_AGO))
    db.session.commit()
    tidy()
    assert not is_there(table, reported)


def test_the_highest_number_is_not_given_again(shared_app: Flask) -> None:
    """SQLite would: a question about it, or a service's name of a session, would then be somebody else's."""
    sessions = table_of(SignInSession)
    add_row(sessions, expires_at=wall_now() - LONG_AGO)
    newest = add_row(sessions, expires_at=wall_now() - LONG_AGO)
    db.session.commit()
    tidy()
    assert is_there(sessions, newest)
    assert add_row(sessions)[0] > newest[0]


def _add_families(families: int, of: int) -> list[tuple[Any, ...]]:
    """Refresh tokens that are long over, each but the first of a family the successor of another."""
    keys = []
    for _ in range(families):
        code, before = add_row(CODES)[0], None
        for _ in range(of):
            key = add_row(TOKENS, code_id=code, predecessor_id=before, expires_at=wall_now() - LONG_AGO)
            keys.append(key)
            before = key[0]
    add_row(TOKENS, expires_at=wall_now() + timedelta(days=1))
    db.session.commit()
    return keys


def _count_old() -> int:
    old = select(func.count()).where(TOKENS.c.expires_at < wall_now() - timedelta(days=2)).select_from(TOKENS)
    found = db.session.scalar(old) or 0
    db.session.rollback()
    return found


@both_engines
def test_families_of_refresh_tokens_go_whatever_page_they_are_on(shared_app: Flask) -> None:
    _add_families(3, of=4)
    seen: list[int] = []
    assert tidy(page=5, report_progress=seen.append).rows["refresh_tokens"] == 12
    assert max(seen) <= 5
    assert _count_old() == 0


@both_engines
def test_two_at_once_delete_each_row_once(shared_app: Flask) -> None:
    _add_families(6, of=5)

    def work(_number: int) -> tuple[int, bool]:
        with shared_app.app_context():
            try:
                tidied = tidy(page=3)
                return tidied.rows.get("refresh_tokens", 0), tidied.is_whole
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(work, range(2)))
    assert sum(rows for rows, _whole in done) == 30
    assert any(whole for _rows, whole in done)
    assert _count_old() == 0


class _KilledError(Exception):
    pass


@both_engines
def test_interrupted_between_pages_whole_pages_are_gone_and_the_next_one_goes_on(shared_app: Flask) -> None:
    _add_families(2, of=5)

    def kill(rows: int) -> None:
        if rows:
            raise _KilledError

    with pytest.raises(_KilledError):
        tidy(page=4, report_progress=kill)
    db.session.rollback()
    assert _count_old() == 6
    assert tidy(page=4).rows["refresh_tokens"] == 6


@both_engines
def test_interrupted_within_a_page_nothing_of_it_is_done(shared_app: Flask) -> None:
    _add_families(1, of=4)
    chain = select(TOKENS.c.id, TOKENS.c.predecessor_id).order_by(TOKENS.c.id)
    before = db.session.execute(chain).all()
    db.session.rollback()

    def kill(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.startswith("DELETE FROM refresh_tokens"):
            raise _KilledError

    event.listen(db.engine, "before_cursor_execute", kill)
    try:
        with pytest.raises(_KilledError):
            tidy()
    finally:
        event.remove(db.engine, "before_cursor_execute", kill)
    db.session.rollback()
    assert db.session.execute(chain).all() == before
    db.session.rollback()
    assert tidy().rows["refresh_tokens"] == 4


def test_told_to_stop_it_ends_before_the_next_page(shared_app: Flask) -> None:
    _add_families(1, of=3)
    told = iter([*[False] * (1 + [entry.name for entry in RETENTION].index("refresh_tokens")), True])
    tidied = tidy(page=2, is_stopping=lambda: next(told))
    assert (tidied.is_whole, tidied.rows["refresh_tokens"]) == (False, 2)
    tidy()


def test_a_pass_of_the_background_deletes(shared_app: Flask) -> None:
    _add_families(1, of=2)
    Tidier(shared_app.app_context).pass_once()
    assert _count_old() == 0
