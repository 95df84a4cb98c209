"""What whoever runs the service watches of its requests, in Prometheus' form: how many of each act, what came of them, how long
they took, how many are under way.

An act is the view that answers, never the address that was asked for, so its labels are few and nobody's values are among them.
The counters of several workers are added up by files in PROMETHEUS_MULTIPROC_DIR, which `eid serve` names.
"""

from __future__ import annotations

import os
import re
import time
from functools import cache
from pathlib import Path

from flask import Flask
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from eid.flask_context import current_context

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's own variable, which it reads when it is imported."""
NO_ACT = "none"
"""The act of a request that no view answers."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a series began says nothing here

ACTS = Counter("eid_acts", "Requests answered, by the view that answered and what came of it.", ("act", "outcome"))
DURATION = Histogram(
    "eid_act_duration_seconds", "From the request's arrival at a worker to its answer.", ("act",), buckets=BOUNDS
)
IN_PROGRESS = Gauge("eid_requests_in_progress", "Requests that workers are answering now.", multiprocess_mode="livesum")

_PROCESS_OF_FILE = re.compile(r"_(\d+)\.db$")


def measure_requests(app: Flask) -> None:
    """From now on each request of this application is counted. Called before anything else looks at requests."""

    @app.before_request
    def begin() -> None:
        current_context().is_counted = True
        IN_PROGRESS.inc()

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        context = current_context()
        if not context.is_counted:
            return
        context.is_counted = False
        IN_PROGRESS.dec()
        outcome = "failed" if context.status is None else name_outcome(context.status)
        count_answer(context.request.endpoint or NO_ACT, outcome, context.started)


def count_answer(act: str, outcome: str, begun: float) -> None:
    """One more of this act; `begun` as time.perf_counter tells it."""
    _duration_of(act).observe(time.perf_counter() - begun)
    _count_of(act, outcome).inc()


@cache
def _duration_of(act: str) -> Histogram:
    """There are as many as there are views; so with the next, times three outcomes."""
    return DURATION.labels(act)


@cache
def _count_of(act: str, outcome: str) -> Counter:
    return ACTS.labels(act, outcome)


def name_outcome(status: int) -> str:
    """`done`, `refused` (the caller's doing) or `failed` (ours)."""
    if status < 400:
        return "done"
    return "refused" if status < 500 else "failed"


def find_registry() -> CollectorRegistry:
    """Where the figures of all workers of this service are."""
    if SHARED_FOLDER not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def forget_dead_workers() -> None:
    """Afterwards what workers that no longer run had under way is not counted; what they had done still is."""
    folder = os.environ.get(SHARED_FOLDER)
    if folder is None:
        return
    for file in Path(folder).glob("gauge_live*.db"):
        found = _PROCESS_OF_FILE.search(file.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            mark_process_dead(int(found[1]), folder)  # type: ignore[no-untyped-call]
