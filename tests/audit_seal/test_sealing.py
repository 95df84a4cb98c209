"""Sealing: everything committed, once, whoever seals, whenever it stops, and nobody who appends waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from eid.audit import AuditEntry, record_act
from eid.audit_seal import sealing
from eid.audit_seal.models import AuditBatch
from eid.audit_seal.sealer import Sealer
from eid.audit_seal.sealing import find_standing, seal_batch, seal_entries
from eid.config import Settings
from eid.db import db
from tests.accounts.conftest import in_threads
from tests.audit_seal.conftest import Log, examine, found
from tests.conftest import running_app
from tests.turns import both_engines


def sealed_once() -> int:
    """How many entries are sealed; each is in one place, and the log is sound."""
    assert found() == []
    places = db.session.execute(select(AuditEntry.batch, AuditEntry.place).where(AuditEntry.batch.is_not(None))).all()
    assert len(set(places)) == len(places)
    return len(places)


def test_what_is_committed_is_sealed_and_what_is_not_waits(app: Flask, log: Log) -> None:
    log(2)
    record_act("look_up_person")
    db.session.rollback()
    assert find_standing().unsealed == 2
    assert seal_entries() == 2
    assert seal_entries() == 0
    standing = find_standing()
    assert (standing.batches, standing.unsealed, standing.oldest_unsealed_at) == (1, 0, None)
    assert sealed_once() == 2


def test_a_long_log_is_sealed_in_batches_of_a_size(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH_SIZE", 2)
    log(5)
    assert seal_entries() == 5
    assert list(db.session.scalars(select(AuditBatch.entries).order_by(AuditBatch.number))) == [2, 2, 1]
    assert sealed_once() == 5


@both_engines
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_entry_that_is_committed_after_its_successor_is_sealed_later(app: Flask, log: Log) -> None:
    """SQLite has one writer, so there it cannot happen."""
    record_act("look_up_person", purpose="begun first, committed last")
    db.session.flush()
    in_another_thread(app, lambda: log(1))
    assert in_another_thread(app, seal_entries) == 1
    db.session.commit()
    assert seal_entries() == 1
    numbers = list(db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.batch)))
    assert numbers == sorted(numbers, reverse=True)
    assert sealed_once() == 2


@both_engines
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nobody_who_appends_waits_for_a_sealer_in_the_middle_of_its_batch(app: Flask, log: Log) -> None:
    """The sealer stands before its commit, all its locks in hand; acts are recorded, committed, and sealed by the next."""
    log(3)
    standing, go_on = threading.Event(), threading.Event()

    def seal_slowly() -> int:
        def wait(_: Any) -> None:
            standing.set()
            assert go_on.wait(30)

        event.listen(db.session(), "before_commit", wait)
        return seal_batch()

    sealer = threading.Thread(target=lambda: in_context(app, seal_slowly))
    sealer.start()
    assert standing.wait(30)
    log(2)
    assert go_on.is_set() is False
    go_on.set()
    sealer.join()
    assert seal_entries() == 2
    assert sealed_once() == 5


@both_engines
def test_many_sealers_at_once_seal_everything_once(app: Flask, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH_SIZE", 3)
    log(20)
    assert sum(in_threads(app, [seal_entries] * 6)) == 20
    assert sealed_once() == 20


def wait_until_all_is_sealed() -> None:
    for _ in range(200):
        unsealed = find_standing().unsealed
        db.session.rollback()
        if not unsealed:
            return
        threading.Event().wait(0.05)
    raise AssertionError("the sealers do not come to an end")


@both_engines
def test_acts_are_recorded_while_sealers_run_and_all_are_sealed(app: Flask, log: Log) -> None:
    sealers = [Sealer(app.app_context, every=timedelta(milliseconds=5)) for _ in range(2)]
    for sealer in sealers:
        sealer.start()
    in_threads(app, [lambda: log(5)] * 4)
    wait_until_all_is_sealed()
    in_threads(app, [lambda: log(5)] * 4)
    for sealer in sealers:
        sealer.stop()
    seal_entries()
    assert sealed_once() == 40
    assert examine().batches > 1


def test_a_sealer_goes_on_after_a_pass_that_failed(app: Flask, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key is missing for a while, as in production: nothing is sealed, and nothing is lost."""
    keys = app.extensions["eid.keystore"].signing_keys
    monkeypatch.setattr(keys, "may_create", False)
    log(1)
    sealer = Sealer(app.app_context, every=timedelta(milliseconds=5))
    sealer.start()
    threading.Event().wait(0.1)
    assert find_standing().unsealed == 1
    db.session.rollback()
    keys.may_create = True
    wait_until_all_is_sealed()
    sealer.stop()
    assert sealed_once() == 1


SEALER = """
import os, signal, sys
from pathlib import Path
from flask import Flask
from sqlalchemy import event
from eid.audit_seal.sealing import seal_batch
from eid.config import Settings
from eid.connecting import sqlalchemy_url
from eid.db import db
from eid.keystore import EXTENSION, open_keystore


def seal_until(step):
    app = Flask("sealer")
    app.config["SQLALCHEMY_DATABASE_URI"] = sqlalchemy_url(sys.argv[1])
    app.extensions[EXTENSION] = open_keystore(Settings(state_dir=Path(sys.argv[2]), database_url=sys.argv[1]))
    db.init_app(app)
    with app.app_context():
        steps = iter(range(step))
        def die(*_):
            if next(steps) == step - 1:
                os.kill(os.getpid(), signal.SIGKILL)
        event.listen(db.engine, "before_cursor_execute", die)
        event.listen(db.engine, "commit", die)
        seal_batch()


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        seal_until(int(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""For each number that it reads, a process of its own that seals, and is killed before that step; prints how it ended."""


def test_a_sealer_that_is_killed_before_any_of_its_steps_loses_nothing_and_seals_nothing_twice(
    app: Flask, settings: Settings, log: Log
) -> None:
    """SIGKILL before each statement and before the commit, until it gets through."""
    log(3)
    db.session.rollback()
    command = [sys.executable, "-c", SEALER, settings.database_url, str(settings.state_dir)]
    statuses: list[int] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sealer:
        assert sealer.stdin is not None
        assert sealer.stdout is not None
        while len(statuses) < 12 and 0 not in statuses:
            sealer.stdin.write(f"{len(statuses) + 1}\n")
            sealer.stdin.flush()
            statuses.append(int(sealer.stdout.readline()))
            if statuses[-1]:
                assert find_standing().unsealed == 3
                assert db.session.scalar(select(func.count()).select_from(AuditBatch)) == 0
            db.session.rollback()
        sealer.stdin.close()
    assert statuses == [-9] * (len(statuses) - 1) + [0]
    assert len(statuses) >= 5
    assert sealed_once() == 3


def test_a_service_that_ends_leaves_the_rest_to_the_next(settings: Settings) -> None:
    with running_app(settings):
        record_act("look_up_person")
        db.session.commit()
    with running_app(settings):
        assert seal_entries() == 1


def in_context(app: Flask, act: Any) -> Any:
    with app.app_context():
        try:
            return act()
        finally:
            db.session.remove()


def in_another_thread(app: Flask, act: Any) -> Any:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(in_context(app, act)))
    thread.start()
    thread.join()
    return results[0]
