"""Who waits for a lock in PostgreSQL, seen from a connection of its own."""

from __future__ import annotations

import threading
import time

import psycopg

from eid.lock_waits import LockWatch
from eid.scenarios.processes import find_parent, read_command


def test_who_waits_for_a_lock_is_counted(postgres: str) -> None:
    with LockWatch(postgres) as watch, psycopg.connect(postgres) as holder, psycopg.connect(postgres) as waiter:
        parent = find_parent(watch.process)
        assert parent is not None and "postgres" in read_command(parent)
        holder.execute("SELECT pg_advisory_xact_lock(7)")
        time.sleep(0.15)
        assert watch.take_mean() == 0
        waiting = threading.Thread(target=waiter.execute, args=("SELECT pg_advisory_xact_lock(7)",))
        waiting.start()
        deadline = time.monotonic() + 20
        while not watch.take_mean() and time.monotonic() < deadline:
            time.sleep(0.15)
        time.sleep(0.15)
        assert watch.take_mean() == 1
        holder.rollback()
        waiting.join()
