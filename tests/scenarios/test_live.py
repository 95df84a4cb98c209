"""What the service's page is told of a run: each second, how it ended, and nothing where the service is on another machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eid.clock import wall_now
from eid.load_runs import LONGEST_MEMORY, LoadRun, RunState, find_load_run
from eid.scenarios.live import LiveRun
from eid.scenarios.observations import Moment, Tick
from eid.scenarios.plan import Plan
from eid.scenarios.statistics import StepTally


def make_tick(at: float, errors: int) -> Tick:
    step = StepTally(errors=errors)
    for _ in range(10):
        step.waited.add(20.0)
    return Moment(at, 90, 12, 10, steps={"token": step}).describe()


def read(folder: Path) -> LoadRun:
    run = find_load_run(folder, now=wall_now())
    assert run is not None
    return run


def test_each_second_is_told_and_the_last_ones_are_kept(plan: Plan, tmp_path: Path) -> None:
    live = LiveRun(plan, tmp_path, wall_now())
    assert (read(tmp_path).state, read(tmp_path).at) == (RunState.ON, 0.0)
    for second in range(1, LONGEST_MEMORY + 6):
        live.show(make_tick(float(second), errors=second // 2), 0.5)
    run = read(tmp_path)
    assert (run.at, run.planned, run.inside, run.requests, run.server_cpu) == (125.0, 90, 2, 10, 0.5)
    assert len(run.seconds) == LONGEST_MEMORY
    assert [second["errors"] for second in run.seconds[:4]] == [1, 0, 1, 0]  # of each second, not of the run
    assert (run.steps[0]["step"], run.steps[0]["count"]) == ("token", 10)


@pytest.mark.parametrize("state", [RunState.PASSED, RunState.FAILED, RunState.INTERRUPTED])
def test_how_a_run_ended_is_told(plan: Plan, result: dict[str, Any], tmp_path: Path, state: RunState) -> None:
    live = LiveRun(plan, tmp_path, wall_now())
    result["verdict"] = str(state)
    result["expectations"][0] |= {"held": False, "found": "9 %"}
    live.end(result)
    run = read(tmp_path)
    assert (run.state, run.inside, run.finished) == (state, 0, result["visits"]["finished"])
    assert (run.requests, len(run.steps)) == (result["requests"]["steps"], len(result["steps"]))
    assert run.unmet == ("errors: 9 % (at most 0.10%)",)


def test_a_run_that_could_not_begin_is_abandoned(plan: Plan, tmp_path: Path) -> None:
    LiveRun(plan, tmp_path, wall_now()).end(None)
    assert read(tmp_path).state is RunState.ABANDONED


def test_of_a_service_elsewhere_nothing_is_written(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    live = LiveRun(plan, None, wall_now())
    live.show(make_tick(1.0, errors=0), None)
    live.end(None)
    assert list(tmp_path.iterdir()) == []
