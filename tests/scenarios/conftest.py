"""Runs as they might have been seen, made up for tests of what is done with them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from eid.scenarios.observations import Observations
from eid.scenarios.plan import Act, Plan, Step, list_plans
from eid.scenarios.result import Circumstances, build_result

CIRCUMSTANCES = Circumstances(
    url="http://localhost:8000",
    started_at=datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
    machine={"processor": "Abacus <9>", "cores": "2"},
    versions={"eid": "0.1.0"},
)


@pytest.fixture
def plan() -> Plan:
    return next(plan for plan in list_plans() if plan.name == "morning-at-the-clinic")


@pytest.fixture
def seen() -> Observations:
    """A morning on which everything held, of every step at a counter."""
    return make_observations()


@pytest.fixture
def result(plan: Plan, seen: Observations) -> dict[str, Any]:
    return build_result(plan, seen, CIRCUMSTANCES)


AT_A_COUNTER = [*Step][: [*Step].index(Step.GUESS) + 1]


def make_observations() -> Observations:
    rng = random.Random(5)
    seen = Observations(planned=40, began=40, finished=40, http_requests=400, lasted=62.5, generator_cpu=4.0)
    for second in range(60):
        for step in AT_A_COUNTER:
            served = rng.lognormvariate(3, 0.5)
            seen.tally.record_answer(step, at=second + 0.5, waited_ms=served + 1, served_ms=served, error=None)
        seen.tally.seconds[second].inside = second % 7
    seen.tally.record_visit(Act.SIGN_IN, waited_ms=321, failed=False)
    return seen
