"""A register loaded by eid beside the engine's own bulk path: ready rows, one transaction, the same tables with their indexes.

Each way in turn, each in a process and an empty database of its own; eid's time includes making the people, its memory all.

Example: python -m benchmarks.loading 100000
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from benchmarks.databases import Engine, running_engines
from eid.app import create_app
from eid.config import Settings
from eid.db import close_database, db, upgrade_schema
from eid.population.copy_text import build_copy_text
from eid.population.loading import load_population
from eid.population.synthesis.register import synthesise_batches

ROUNDS = 3
TABLES = ("households", "persons")


def load(people: int) -> float:
    started = time.perf_counter()
    load_population(people=people, seed=1)
    return time.perf_counter() - started


def copy_ready_rows(people: int) -> float:
    """Only the database's time counts: making rows and text is left out."""
    raw: Any = db.session.connection().connection.driver_connection
    seconds = 0.0
    for batch in synthesise_batches(people, 1):
        for table, columns in zip(TABLES, (batch.households, batch.people), strict=True):
            seconds += (_copy if isinstance(raw, psycopg.Connection) else _insert)(raw, table, columns)
    started = time.perf_counter()
    db.session.commit()
    return seconds + time.perf_counter() - started


def _copy(raw: Any, table: str, columns: dict[str, list[Any]]) -> float:
    ready = build_copy_text(list(columns.values()))
    started = time.perf_counter()
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        copy.write(ready)
    return time.perf_counter() - started


def _insert(raw: Any, table: str, columns: dict[str, list[Any]]) -> float:
    ready = list(zip(*columns.values(), strict=True))
    started = time.perf_counter()
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    raw.executemany(insert, ready)
    return time.perf_counter() - started


WAYS: dict[str, Callable[[int], float]] = {"own bulk path": copy_ready_rows, "eid": load}


def measure(way: str, people: int, folder: str, url: str) -> tuple[float, float, int, str]:
    """Seconds by the wall and of this process's processor, megabytes at most, and what the register takes on the disk."""
    app = create_app(Settings(state_dir=Path(folder), database_url=url, log_level="error"))
    with app.app_context():
        upgrade_schema()
        cpu = time.process_time()
        seconds = WAYS[way](people)
        cpu = time.process_time() - cpu
        sizes = describe_sizes()
        close_database()
    return seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, sizes


def describe_sizes() -> str:
    if db.engine.dialect.name == "sqlite":
        return f"file {Path(str(db.engine.url.database)).stat().st_size:,}"
    tables = "'persons', 'households', 'name_words'"
    query = f"SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class WHERE relname IN ({tables})"
    return "; ".join(f"{name} {table:,} + {index:,}" for name, table, index in db.session.execute(text(query)))


def measure_engine(engine: Engine, people: int, rounds: int) -> None:
    for number in range(rounds):
        found = {}
        for way in WAYS:
            with tempfile.TemporaryDirectory() as folder, get_context("spawn").Pool(1) as pool:
                found[way] = pool.apply(measure, (way, people, folder, engine.create(folder, "measured")))
        for way, (seconds, cpu, peak, sizes) in found.items():
            took = f"{people / seconds:,.0f}/s, {seconds:.1f} s, processor {cpu:.1f} s, {peak} MB, {sizes}"
            print(f"{engine.name} {way}: {took}")
        ratio = found["own bulk path"][0] / found["eid"][0]
        print(f"{engine.name} round {number + 1}: {ratio:.2f} times as fast", flush=True)


def main(people: int, rounds: int) -> None:
    with running_engines() as engines:
        for engine in engines:
            measure_engine(engine, people, rounds)


def run() -> None:
    main(100_000, ROUNDS)


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:] + ["100000", str(ROUNDS)][len(sys.argv) - 1 :])))
