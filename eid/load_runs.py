"""The load scenario that is being played against this machine's service, or the last one: a file in the state directory, which
the player replaces once a second and the page at /command-centre/load reads. Knows nothing of how scenarios are played.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from eid.late_dataclasses import frozen

FILE = "load-run.json"
SILENCE = timedelta(seconds=15)
"""A run that has not written for so long is on no more: its player died."""
LONGEST_MEMORY = 120
"""Seconds of the run that the file keeps, the last ones."""


class RunState(StrEnum):
    ON = "on"
    PASSED = "passed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ABANDONED = "abandoned"
    """It ended without a word."""


@frozen
class LoadRun:
    """One run as of a moment. Times in milliseconds where the name ends in `_ms`, else in seconds."""

    scenario: str
    title: str
    state: RunState
    started_at: datetime
    written_at: datetime
    duration: float
    """How long people arrive."""
    people: int
    at: float = 0.0
    planned: int = 0
    began: int = 0
    finished: int = 0
    inside: int = 0
    requests: int = 0
    errors: int = 0
    rate: float = 0.0
    median_ms: float = 0.0
    p99_ms: float = 0.0
    server_cpu: float | None = None
    """Cores; None where it is not known."""
    steps: tuple[Mapping[str, Any], ...] = ()
    """step, count, errors, median_ms, p99_ms."""
    seconds: tuple[Mapping[str, float], ...] = ()
    """rate, errors, inside of each of the last seconds."""
    unmet: tuple[str, ...] = ()
    """What had to hold and did not."""

    @property
    def time_left(self) -> float:
        """Until nobody arrives any more."""
        return max(0.0, self.duration - self.at)

    @property
    def is_on(self) -> bool:
        return self.state is RunState.ON


def write_load_run(state_dir: Path, run: LoadRun) -> None:
    """Afterwards whoever reads finds this, whole: the file is replaced at once."""
    plain = asdict(run) | {"started_at": run.started_at.isoformat(), "written_at": run.written_at.isoformat()}
    new = state_dir / f"{FILE}.{os.getpid()}"
    new.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    new.replace(state_dir / FILE)


def find_load_run(state_dir: Path, *, now: datetime) -> LoadRun | None:
    """The run that is on, or the last one; None where there was none, or what is there is no such file."""
    try:
        plain = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
        times = {name: datetime.fromisoformat(plain[name]) for name in ("started_at", "written_at")}
        lists = {name: tuple(plain[name]) for name in ("steps", "seconds", "unmet")}
        run = LoadRun(**{**plain, **times, **lists, "state": RunState(plain["state"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if run.is_on and now - run.written_at > SILENCE:
        return LoadRun(**{**vars(run), "state": RunState.ABANDONED})
    return run
