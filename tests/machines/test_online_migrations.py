"""The newest migrations run while people read and write: nobody waits a second for a lock, and nothing confirmed is lost."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from flask import Flask
from sqlalchemy import text

from eid.audit_seal.examination import examine_log
from eid.audit_seal.retention import keeps_since
from eid.audit_seal.sealing import seal_entries
from eid.clock import world_now
from eid.db import close_database, db, upgrade_schema
from eid.online import Steps
from eid.upgrading import alembic_config
from tests.conftest import make_settings, running_app
from tests.machines.filling import fill
from tests.postgres import database_uri

pytestmark = pytest.mark.sweep

SINCE = "0030_records"
"""The last of the migrations that find an empty database here."""
PEOPLE = 5000
ENTRIES = 4000


@dataclass
class Hammer:
    """Readers and writers that do not stop, and never wait a second for a lock: PostgreSQL would refuse them."""

    url: str
    done: Counter[str] = field(default_factory=Counter)
    steps: dict[int, int] = field(default_factory=dict)
    """Account → what was written last, and confirmed."""
    longest: float = 0.0
    failures: list[str] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        acts = (self._write_step, self._write_entry, self._change_consent, self._replace, self._read)
        threads = [threading.Thread(target=self._run, args=(act, number)) for number, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()

    def _run(self, act: Callable[[Any, random.Random], None], seed: int) -> None:
        rng = random.Random(seed)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '1s'")
            while not self._stopping.wait(0.002):
                begun = time.perf_counter()
                try:
                    act(connection, rng)
                except psycopg.Error as error:
                    self.failures.append(f"{act.__name__}: {error}")
                self.longest = max(self.longest, time.perf_counter() - begun)
                self.done[act.__name__] += 1

    def _write_step(self, connection: Any, rng: random.Random) -> None:
        account, step = rng.randrange(1, PEOPLE // 2), rng.randrange(10**9)
        connection.execute(
            "UPDATE authenticators SET last_step = %s WHERE account_id = %s AND kind = 'totp'", (step, account)
        )
        self.steps[account] = step

    def _write_entry(self, connection: Any, rng: random.Random) -> None:
        connection.execute(
            "INSERT INTO audit_entries (at, world_at, actor_kind, actor, act, person_id, details)"
            " VALUES (now(), now(), 'system', '', 'hammer', %s, '{}')",
            (rng.randrange(1, PEOPLE),),
        )

    def _change_consent(self, connection: Any, rng: random.Random) -> None:
        person = rng.randrange(1, PEOPLE)
        with connection.transaction():
            connection.execute(
                "UPDATE consents SET withdrawn_at = now() WHERE person_id = %s AND withdrawn_at IS NULL", (person,)
            )
            connection.execute(
                "INSERT INTO consents (person_id, client_id, purpose, asked_scopes, granted_scopes, given_at)"
                " VALUES (%s, 1, '', '[]', '[]', now())",
                (person,),
            )

    def _replace(self, connection: Any, rng: random.Random) -> None:
        account = rng.randrange(PEOPLE // 2 + 1, PEOPLE)
        with connection.transaction():
            connection.execute("DELETE FROM authenticators WHERE account_id = %s AND kind = 'totp'", (account,))
            connection.execute(
                "INSERT INTO authenticators (account_id, kind, added_at) VALUES (%s, 'totp', now())", (account,)
            )

    def _read(self, connection: Any, rng: random.Random) -> None:
        person = rng.randrange(1, PEOPLE)
        connection.execute("SELECT * FROM authenticators WHERE account_id = %s", (person,)).fetchall()
        connection.execute(
            "SELECT * FROM audit_entries WHERE person_id = %s ORDER BY id DESC LIMIT 20", (person,)
        ).fetchall()


@pytest.fixture
def app(postgres: str, tmp_path: Path) -> Iterator[Flask]:
    """On a database of an older version, with people in it."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE eid_online")
    url = database_uri(postgres, "eid_online")
    with running_app(make_settings(tmp_path, url)) as app:
        with db.engine.begin() as old:
            command.upgrade(alembic_config(old), SINCE)
        with psycopg.connect(url) as connection:
            _fill_old(connection)
        yield app
        close_database()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP DATABASE eid_online WITH (FORCE)")


def _fill_old(connection: psycopg.Connection[Any]) -> None:
    fill(connection, "persons", PEOPLE, id="g")
    fill(connection, "accounts", PEOPLE, id="g", person_id="g")
    fill(connection, "clients", 3, id="g")
    for kind in ("password", "totp"):
        fill(connection, "authenticators", PEOPLE, account_id="g", kind=f"'{kind}'")
    fill(connection, "consents", PEOPLE, person_id="g", client_id="1")
    fill(connection, "audit_entries", ENTRIES, person_id="g", details="'{}'", at="now()", world_at="now()")


def test_nobody_waits_a_second_and_nothing_is_lost_while_the_schema_changes(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    while seal_entries():
        pass
    hammer = Hammer(db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    with hammer.running():
        _interrupt_once(monkeypatch)
        with pytest.raises(KeyboardInterrupt):
            upgrade_schema()
        db.session.remove()
        upgrade_schema()
        time.sleep(0.3)
    with capsys.disabled():
        print("\nwhile the schema changed:", json.dumps(hammer.done), f"longest {hammer.longest:.3f} s")
    assert hammer.failures == []
    assert min(hammer.done.values()) > 20, "there was load"
    assert hammer.longest < 1
    _check_nothing_is_lost(hammer)
    db.session.rollback()
    _check_a_long_lock_would_have_been_noticed(hammer.url)


def _check_a_long_lock_would_have_been_noticed(url: str) -> None:
    hammer = Hammer(url)
    with hammer.running(), psycopg.connect(url) as holding:
        holding.execute("LOCK TABLE authenticators IN ACCESS EXCLUSIVE MODE")
        time.sleep(1.2)
    assert any("lock timeout" in failure for failure in hammer.failures)


def _interrupt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first table is copied, and then somebody stops the command."""
    copy = Steps.copy_rows

    def stop(self: Steps, *arguments: Any) -> None:
        monkeypatch.setattr(Steps, "copy_rows", copy)
        copy(self, *arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Steps, "copy_rows", stop)


def _check_nothing_is_lost(hammer: Hammer) -> None:
    def ask(question: str) -> Any:
        return db.session.execute(text(question)).all()

    steps = dict(map(tuple, ask("SELECT account_id, last_step FROM authenticators WHERE last_step IS NOT NULL")))  # type: ignore[arg-type]
    assert steps == hammer.steps
    assert ask("SELECT kind, count(*) FROM authenticators GROUP BY kind ORDER BY kind") == [
        ("password", PEOPLE),
        ("totp", PEOPLE),
    ]
    assert ask("SELECT count(*) FROM consents WHERE withdrawn_at IS NULL") == [(PEOPLE,)]
    assert ask("SELECT count(*) FROM consents") == [(PEOPLE + hammer.done["_change_consent"],)]
    assert ask("SELECT count(*) FROM audit_entries") == [(ENTRIES + hammer.done["_write_entry"],)]
    parts = "SELECT count(DISTINCT tableoid) FROM authenticators"
    assert ask(parts) == [(16,)]
    db.session.rollback()
    while seal_entries():
        pass
    report = examine_log(keeps_since=keeps_since(world_now()))
    assert (report.fault_count, report.entries) == (0, ENTRIES + hammer.done["_write_entry"])
