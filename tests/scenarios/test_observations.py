"""What several players saw, added: nothing is averaged, rounded or lost."""

from __future__ import annotations

import json
import random

from eid.scenarios.observations import Moment, Observations
from eid.scenarios.spending import Spent
from eid.scenarios.statistics import Tally


def make_tallies(players: int) -> tuple[Tally, list[Tally]]:
    """One tally of everything, and the same answers divided among players."""
    rng, whole, parts = random.Random(7), Tally(), [Tally() for _ in range(players)]
    for number in range(300):
        answer = {
            "at": rng.uniform(0, 20),
            "waited_ms": float(rng.randint(1, 4000)),
            "served_ms": float(rng.randint(1, 400)),
            "error": rng.choice([None, None, None, "HTTP 500"]),
        }
        for tally in (whole, parts[number % players]):
            spent = Spent(statements=number, told=1)
            spent.layers["db"] += number
            tally.record_answer(f"step {number % 5}", **answer, spent=spent)  # type: ignore[arg-type]
            tally.record_visit("act", waited_ms=float(number), failed=number % 7 == 0)
    return whole, parts


def test_tallies_of_several_players_add_up_to_one_exactly() -> None:
    whole, parts = make_tallies(3)
    together = Tally()
    for part in parts:
        together.merge(Tally.from_plain(json.loads(json.dumps(part.to_plain()))))
    plain, expected = together.to_plain(), whole.to_plain()
    assert sorted(plain.pop("errors")) == sorted(expected.pop("errors"))
    assert plain == expected


def test_observations_of_several_players_add_up() -> None:
    together = Observations(players=0)
    together.merge(
        Observations(planned=4, finished=3, lasted=10.0, generator_cpu=1.0, busiest_share=0.1, longest_hold=2.0)
    )
    together.merge(
        Observations(planned=5, finished=5, lasted=12.0, generator_cpu=6.0, busiest_share=0.5, interrupted=True)
    )
    assert (together.planned, together.finished, together.players) == (9, 8, 2)
    assert (together.lasted, together.longest_hold, together.generator_cpu, together.busiest_share) == (
        12.0,
        2.0,
        7.0,
        0.5,
    )
    assert together.interrupted


def test_a_moment_of_several_players_is_told_as_one() -> None:
    whole, parts = make_tallies(2)
    together = Moment(20.0)
    for number, part in enumerate(parts):
        moment = Moment(20.0, 10, 7 + number, 5, part.seconds[3], dict(part.steps))
        together.merge(Moment.from_plain(json.loads(json.dumps(moment.to_plain()))))
    tick = together.describe()
    assert (tick.planned, tick.began, tick.finished, tick.inside) == (20, 15, 10, 5)
    assert (tick.requests, tick.errors, tick.rate) == (whole.requests, whole.failures, whole.seconds[3].requests)
    assert tick.p99_ms == whole.seconds[3].waited.quantile_ms(0.99)
    assert {step["step"]: step["count"] for step in tick.steps} == {n: s.waited.count for n, s in whole.steps.items()}
