"""The result document: its shape is a promise to programs that read it."""

from __future__ import annotations

import json
from typing import Any

from eid.scenarios.observations import Observations
from eid.scenarios.plan import Plan
from eid.scenarios.result import build_result
from tests.scenarios.conftest import AT_A_COUNTER, CIRCUMSTANCES


def test_the_document_has_the_shape_that_was_promised(result: dict[str, Any]) -> None:
    plain = json.loads(json.dumps(result))
    assert plain["schema"] == "eid-scenario-result/1"
    assert set(plain) == {
        "schema", "scenario", "title", "verdict", "started_at", "url", "people", "lasted", "requests", "visits", "steps",
        "errors", "timeline", "expectations", "generator", "server", "versions", "machine", "plan",
    }  # fmt: skip
    assert set(plain["steps"][0]) == {
        "step", "count", "rate", "errors", "mean_ms", "median_ms", "p95_ms", "p99_ms", "max_ms", "served_p99_ms", "histogram",
        "layers_ms", "statements",
    }  # fmt: skip
    assert set(plain["timeline"][0]) == {
        "second", "arrivals", "requests", "errors", "inside", "median_ms", "p99_ms", "statements", "service_cpu",
        "database_cpu", "lock_waiters",
    }  # fmt: skip
    assert set(plain["expectations"][0]) == {"what", "limit", "found", "held"}
    assert plain["verdict"] == "passed"


def test_steps_come_in_the_order_of_a_visit_and_a_testers_own_last(plan: Plan, seen: Observations) -> None:
    seen.tally.record_answer("a step of mine", at=1, waited_ms=1, served_ms=1, error=None)
    steps = [step["step"] for step in build_result(plan, seen, CIRCUMSTANCES)["steps"]]
    assert steps == [*(str(step) for step in AT_A_COUNTER), "a step of mine"]


def test_figures_add_up(result: dict[str, Any]) -> None:
    for step in result["steps"]:
        assert sum(count for _, count in step["histogram"]) == step["count"] == 60
        assert 0 < step["median_ms"] <= step["p95_ms"] <= step["p99_ms"] <= step["max_ms"]
        assert [upper for upper, _ in step["histogram"]] == sorted(upper for upper, _ in step["histogram"])
    assert sum(row["requests"] for row in result["timeline"]) == result["requests"]["steps"]
    assert [row["second"] for row in result["timeline"]] == list(range(60))
    assert result["requests"]["per_second"] == 6.4


def test_a_run_that_ended_before_it_began_has_a_document_too(plan: Plan) -> None:
    result = build_result(plan, Observations(interrupted=True), CIRCUMSTANCES)
    assert (result["verdict"], result["steps"], result["timeline"]) == ("interrupted", [], [])
