"""Runs as they might have been seen, made up for tests of what is done with them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eid.scenarios.observations import Observations
from eid.scenarios.plan import Act, Plan, Step, list_plans
from eid.scenarios.result import Circumstances, build_result
from eid.scenarios.server_figures import Sample, Watched
from eid.scenarios.spending import LAYERS, Spent
from tests.scenarios.fake_service import FakeService, serve_fake
from tests.scenarios.players import Player

CIRCUMSTANCES = Circumstances(
    url="http://localhost:8000",
    started_at=datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
    machine={"processor": "Abacus <9>", "cores": "2"},
    versions={"eid": "0.1.0"},
)


@pytest.fixture
def service() -> Iterator[FakeService]:
    with serve_fake() as fake:
        yield fake


@pytest.fixture
def player(tmp_path: Path, service: FakeService) -> Player:
    return Player(tmp_path, service)


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
SAMPLES = Watched((Sample(1.0, 1.0, None, None), Sample(2.0, 0.5, None, None)), (), 1, 2)


def watched_by(circumstances: Circumstances, watched: Watched = SAMPLES) -> Circumstances:
    """The same run, on whose service somebody looked."""
    return replace(circumstances, watched=watched)


def tell_costs(seen: Observations, database: str = "sqlite") -> None:
    """Afterwards the service told of each answer: 2 ms in the database, 1 ms in each other layer, three statements."""
    seen.service = {"version": "0.1.0", "database": database}
    for second in seen.tally.seconds.values():
        second.statements, second.lock_ms = 3 * second.requests, second.requests
    for step in seen.tally.steps.values():
        count = step.waited.count
        step.spent = Spent(statements=3 * count, told=count)
        step.spent.layers.update(dict.fromkeys(LAYERS, count) | {"db": 2 * count})


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
