"""How soon `eid serve` answers, what that costs, and what a worker then holds in memory: once on a small register, in production.

Bytecode is kept, as where a package is installed. The processor's time is of the whole tree of processes, from the command to the
first answer of /healthz: on a machine that does nothing else, waiting takes no longer.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.eid import EidState, made_eid, served_eid
from benchmarks.peers.processor import memory_of, share_of_memory_of
from benchmarks.peers.serving import Server, generating

TIMES = 7
PEOPLE = 500
PRIORITY = os.sched_param(50)


@dataclass(frozen=True)
class Start:
    """One start: seconds from the command to the first answer, seconds of the processor, megabytes of the worker."""

    waited: float
    processor: float
    resident: float
    share: float


def measure_starts(state: EidState, times: int) -> list[Start]:
    """Each a new process; one before them, which is not counted, leaves the bytecode."""
    with served_eid(state) as server:
        ask_health(server)
    return [_measure_start(state) for _ in range(times)]


def _measure_start(state: EidState) -> Start:
    started = time.perf_counter()
    with served_eid(state) as server:
        ask_health(server)
        waited, worker = time.perf_counter() - started, server.worker()
        return Start(waited, server.processor_seconds(), memory_of(worker), share_of_memory_of(worker))


def ask_health(server: Server) -> None:
    """Whoever asks while the worker is being made waits in the line of its socket."""
    address = urllib.request.Request(f"http://127.0.0.1:{server.port}/healthz", headers={"Host": server.host})
    with urllib.request.urlopen(address, timeout=60) as answer:
        answer.read()


@contextmanager
def before_others() -> Iterator[bool]:
    """Until the block ends, this process and what it starts run before whatever else does, where that is permitted."""
    usual = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, PRIORITY)
    except PermissionError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, *usual)


def run() -> None:
    with (
        generating(),
        tempfile.TemporaryDirectory() as folder,
        made_eid(Path(folder), people=PEOPLE) as state,
        before_others() as first,
    ):
        found = measure_starts(state, TIMES)
    print(f"  {len(found)} starts, {'before' if first else 'among'} whatever else runs: median (lowest-highest)")
    _print("waited for /healthz, s", [start.waited for start in found])
    _print("processor, s", [start.processor for start in found])
    _print("worker, resident, MB", [start.resident for start in found])
    _print("worker, its share, MB", [start.share for start in found])


def _print(what: str, values: list[float]) -> None:
    print(f"  {what:24} {statistics.median(values):8.2f} ({min(values):.2f}-{max(values):.2f})")
