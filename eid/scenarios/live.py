"""Tells the service's page of the run that is on: a file in the state directory, replaced once a second."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from eid.clock import wall_now
from eid.load_runs import LONGEST_MEMORY, LoadRun, RunState, write_load_run
from eid.scenarios.observations import Tick
from eid.scenarios.plan import Plan

ADDRESS = "/command-centre/load"
"""Of the service's page."""


class LiveRun:
    """Of a service on this machine; of another, nobody would read the file, and none is written."""

    def __init__(self, plan: Plan, state_dir: Path | None, started_at: datetime) -> None:
        self.state_dir = state_dir
        self.run = LoadRun(
            plan.name, plan.title, RunState.ON, started_at, started_at, plan.duration.total_seconds(), plan.people
        )
        self.seconds: deque[dict[str, float]] = deque(maxlen=LONGEST_MEMORY)
        self.errors = 0
        self._write()

    def show(self, tick: Tick, server_cpu: float | None) -> None:
        """Afterwards the page shows this moment."""
        errors, self.errors = tick.errors - self.errors, tick.errors
        self.seconds.append({"rate": tick.rate, "errors": errors, "inside": tick.inside})
        facts = vars(tick) | {"steps": tuple(tick.steps), "seconds": tuple(self.seconds), "server_cpu": server_cpu}
        self.run = replace(self.run, written_at=wall_now(), **facts)
        self._write()

    def end(self, result: Mapping[str, Any] | None) -> None:
        """Afterwards the page says how it ended, with the figures of the whole run; without a result, that it was abandoned."""
        facts = _describe_end(result) if result else {"state": RunState.ABANDONED}
        self.run = replace(self.run, written_at=wall_now(), **facts)
        self._write()

    def _write(self) -> None:
        if self.state_dir is not None:
            write_load_run(self.state_dir, self.run)


def _describe_end(result: Mapping[str, Any]) -> dict[str, Any]:
    visits, requests = result["visits"], result["requests"]
    told = ("step", "count", "errors", "median_ms", "p99_ms")
    return {
        "state": RunState(result["verdict"]),
        "unmet": tuple(
            f"{e['what']}: {e['found']} ({e['limit']})" for e in result["expectations"] if e["held"] is False
        ),
        "inside": 0,
        "requests": requests["steps"],
        "errors": requests["errors"],
        "steps": tuple({name: step[name] for name in told} for step in result["steps"]),
        **{name: visits[name] for name in ("planned", "began", "finished")},
    }
