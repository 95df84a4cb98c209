"""When people come: an open model. Pure.

A Poisson process whose rate follows the plan's curve, drawn by thinning (Lewis and Shedler, 1979): people do not know of each
other, so they come in bunches, and nobody waits for an answer to somebody else before coming.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from eid.late_dataclasses import frozen
from eid.scenarios.plan import Act, CurvePoint, Plan


@frozen
class Arrival:
    due: float
    """Seconds after the run's start."""
    act: Act
    number: int = 0
    """In the order of time, from 0: the same in every player that draws them."""


def rate_at(curve: Sequence[CurvePoint], share: float) -> float:
    """Visits a second at this share (0 to 1) of the run: straight lines between the curve's points."""
    for a, b in pairwise(curve):
        if share <= b.at:
            return a.rate + (b.rate - a.rate) * (share - a.at) / (b.at - a.at)
    return curve[-1].rate


def draw_arrivals(plan: Plan, *, rng: random.Random) -> list[Arrival]:
    """Who comes when, in order of time; the same generator draws the same morning."""
    acts, weights = [v.act for v in plan.visits], [v.weight for v in plan.visits]
    length = plan.duration.total_seconds()
    arrivals: list[Arrival] = []
    now = rng.expovariate(plan.peak_rate)
    while now < length:
        if rng.random() * plan.peak_rate < rate_at(plan.arrivals, now / length):
            arrivals.append(Arrival(now, rng.choices(acts, weights)[0], len(arrivals)))
        now += rng.expovariate(plan.peak_rate)
    return arrivals


def count_newcomers(arrivals: Sequence[Arrival]) -> int:
    """How many of them activate an account, which each person can do once."""
    return sum(arrival.act is Act.ACTIVATE for arrival in arrivals)
