"""The audit log: what it costs to append, seal and verify an entry, and what parallel sign-ins feel of a sealer beside them.

Password hashes are made cheap here, so that they do not hide the database's part. Rounds with the sealer and without take
turns; the machine's moods then hit both alike.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

from flask import Flask

from benchmarks.databases import Engine, running_engines
from eid.accounts.service import record_prepared_account
from eid.accounts.sign_in import begin_sign_in
from eid.app import create_app
from eid.audit import ActorKind, record_act
from eid.audit_seal.examination import examine_log
from eid.audit_seal.retention import keeps_since
from eid.audit_seal.sealer import Sealer
from eid.audit_seal.sealing import seal_entries
from eid.clock import world_now
from eid.config import Argon2Cost, Settings
from eid.db import close_database, db, upgrade_schema
from eid.population.models import Sex
from eid.population.service import record_person

ENTRIES = 20_000
PEOPLE, ROUNDS, SECONDS = 4, 8, 2.5
"""Who signs in at once, how many rounds of each kind there are, and how long one is: the sealer runs twice in it."""
PASSWORD = "MinhTran@85"


def run() -> None:
    with running_engines() as engines:
        for engine in engines:
            with tempfile.TemporaryDirectory() as folder:
                _measure(engine, folder)


def _measure(engine: Engine, folder: str) -> None:
    cheap = Argon2Cost(time_cost=1, memory_kib=64)
    url = engine.create(folder, "audit")
    app = create_app(Settings(state_dir=Path(folder), database_url=url, log_level="error", argon2=cheap))
    with app.app_context():
        upgrade_schema()
        pins = [_record_account(number) for number in range(PEOPLE)]
        db.session.commit()
        _measure_entries(engine)
        db.session.rollback()
        _measure_sign_ins(engine, app, pins)
        close_database()


def _measure_entries(engine: Engine) -> None:
    appended = _cost(_append)
    sealed = _cost(seal_entries)
    verified = _cost(lambda: examine_log(keeps_since=keeps_since(world_now())))
    print(
        f"{engine.name}: {ENTRIES:,} entries; µs of CPU here and of the clock for each: "
        f"appended {appended}, sealed {sealed}, verified {verified}",
        flush=True,
    )


def _append() -> None:
    for number in range(ENTRIES):
        record_act("begin_sign_in", actor_kind=ActorKind.PERSON, actor=2, person_id=2, result="done", number=number)
        if number % 100 == 99:
            db.session.commit()
    db.session.commit()


def _cost(act: Callable[[], object]) -> str:
    cpu, clock = time.process_time(), time.perf_counter()
    act()
    spent = (time.process_time() - cpu, time.perf_counter() - clock)
    return "/".join(f"{seconds / ENTRIES * 1e6:.0f}" for seconds in spent)


def _measure_sign_ins(engine: Engine, app: Flask, pins: list[str]) -> None:
    _sign_in_for_a_while(app, pins)
    rates: dict[bool, list[float]] = {False: [], True: []}
    slowest: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * ROUNDS):
        with_sealer = number % 2 == 1
        took = _with_sealer(app, pins) if with_sealer else _sign_in_for_a_while(app, pins)
        rates[with_sealer].append(len(took) / SECONDS)
        slowest[with_sealer].append(statistics.quantiles(took, n=100)[98] * 1e3)
    alone, beside = (statistics.median(rates[kind]) for kind in (False, True))
    late, later = (statistics.median(slowest[kind]) for kind in (False, True))
    print(
        f"{engine.name}: {PEOPLE} people signing in at once: {alone:.0f}/s without a sealer, {beside:.0f}/s beside one "
        f"({beside / alone:.2f} ×; rounds {min(rates[True]) / alone:.2f}–{max(rates[True]) / alone:.2f}, "
        f"without {min(rates[False]) / alone:.2f}–{max(rates[False]) / alone:.2f}); "
        f"99th percentile {late:.0f} and {later:.0f} ms",
        flush=True,
    )


def _with_sealer(app: Flask, pins: list[str]) -> list[float]:
    sealer = Sealer(app.app_context)
    sealer.start()
    try:
        return _sign_in_for_a_while(app, pins)
    finally:
        sealer.stop()
        seal_entries()


def _sign_in_for_a_while(app: Flask, pins: list[str]) -> list[float]:
    """How long each sign-in of the round took, in seconds."""
    took: list[float] = []
    until = time.perf_counter() + SECONDS

    def sign_in(pin: str) -> None:
        with app.app_context(), closing(db.session):
            while (started := time.perf_counter()) < until:
                begin_sign_in(pin, PASSWORD)
                took.append(time.perf_counter() - started)

    threads = [threading.Thread(target=sign_in, args=(pin,)) for pin in pins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _record_account(number: int) -> str:
    pin = f"9790850001{number:02}"
    record_person(
        person_id=number + 1,
        pin=pin,
        surname="Trần",
        middle_name="Văn",
        given_name="Minh",
        birth_date=date(1985, 11, 2),
        sex=Sex.MALE,
        residence_province="79",
        residence_commune="Phường Bến Thử",
        residence_address="Số 7, đường Mẫu",
    )
    db.session.flush()
    record_prepared_account(number + 1, phone=f"01000001{number:02}", password=PASSWORD, passcode="497135")
    return pin
