"""Arrivals: an open model that follows the plan's curve."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.scenarios.arrivals import draw_arrivals, rate_at
from eid.scenarios.plan import Act, CurvePoint, list_plans

PLAN = next(plan for plan in list_plans() if plan.name == "morning-at-the-clinic")
LONG = replace(PLAN, duration=timedelta(hours=2))


def test_the_rate_follows_straight_lines_between_the_points() -> None:
    curve = [CurvePoint(0, 1), CurvePoint(0.5, 3), CurvePoint(1, 0)]
    assert [rate_at(curve, at) for at in (0, 0.25, 0.5, 0.75, 1, 1.5)] == [1, 2, 3, 1.5, 0, 0]


def test_the_same_seed_draws_the_same_morning() -> None:
    assert draw_arrivals(PLAN, rng=random.Random(7)) == draw_arrivals(PLAN, rng=random.Random(7))
    assert draw_arrivals(PLAN, rng=random.Random(7)) != draw_arrivals(PLAN, rng=random.Random(8))


def test_as_many_come_as_the_curve_says_in_each_part_of_the_morning() -> None:
    """A Poisson count of mean m stays within five of its standard deviations."""
    arrivals = draw_arrivals(LONG, rng=random.Random(1))
    length = LONG.duration.total_seconds()
    for part in range(10):
        expected = sum(rate_at(LONG.arrivals, (part + (n + 0.5) / 100) / 10) for n in range(100)) / 100 * length / 10
        found = sum(part / 10 <= arrival.due / length < (part + 1) / 10 for arrival in arrivals)
        assert found == pytest.approx(expected, abs=5 * expected**0.5)


def test_acts_come_by_their_weights() -> None:
    acts = Counter(arrival.act for arrival in draw_arrivals(LONG, rng=random.Random(2)))
    for act in Act:
        assert acts[act] / acts.total() == pytest.approx(LONG.share_of(act), abs=0.02)


def test_people_come_in_bunches_and_not_like_a_clock() -> None:
    """The gaps of a Poisson process vary as much as their mean is long."""
    steady = replace(LONG, arrivals=(CurvePoint(0, 2), CurvePoint(1, 2)))
    due = [arrival.due for arrival in draw_arrivals(steady, rng=random.Random(3))]
    gaps = [b - a for a, b in pairwise(due)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation / mean == pytest.approx(1, abs=0.05)


@given(seed=st.integers(0, 2**32), seconds=st.integers(1, 120))
def test_arrivals_are_in_order_and_within_the_run(seed: int, seconds: int) -> None:
    plan = replace(PLAN, duration=timedelta(seconds=seconds))
    due = [arrival.due for arrival in draw_arrivals(plan, rng=random.Random(seed))]
    assert due == sorted(due)
    assert all(0 <= moment < seconds for moment in due)
