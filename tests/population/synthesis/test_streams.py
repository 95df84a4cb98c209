"""Chance that is counted: spread evenly, and the same numbers on every machine."""

from collections import Counter

import numpy as np
import pytest

from eid.population.synthesis.streams import Chances, Streams, mix

INDEX = np.arange(200_000)


def test_the_hash_is_that_of_splitmix64() -> None:
    """The first three outputs of the published generator from the seed 1234567 (the state goes up by the golden ratio)."""
    golden, seed = 0x9E3779B97F4A7C15, 1234567
    states = [(seed + golden * k) % 2**64 for k in (1, 2, 3)]
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert mix(np.array(states, np.uint64)).tolist() == expected


def test_a_number_depends_on_seed_name_and_index_alone() -> None:
    one = Streams(4).shares("death", INDEX)
    assert np.array_equal(Streams(4).shares("death", INDEX[500:900]), one[500:900])
    for other in (Streams(5).shares("death", INDEX), Streams(4).shares("birth", INDEX)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.02


def test_shares_are_spread_evenly_and_bells_around_nothing() -> None:
    shares, bells = Streams(6).shares("any", INDEX), Streams(6).bells("any", INDEX)
    assert shares.min() >= 0 and shares.max() < 1
    assert np.abs(np.histogram(shares, 20, (0, 1))[0] / len(INDEX) - 0.05).max() < 0.002
    assert bells.min() >= -3 and bells.max() < 3
    assert (bells.mean(), bells.std()) == (pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.01))


def test_tables_give_things_by_their_weights() -> None:
    chances = Chances([[(7, 1.0), (3, 0.0), (5, 2.0), (9, 5.0)], [(1, 1.0)]])
    shares = Streams(6).shares("table", INDEX)
    counts = Counter(chances.draw(0, shares).tolist())
    assert set(counts) == {7, 5, 9}
    for thing, weight in ((7, 1), (5, 2), (9, 5)):
        assert counts[thing] / len(INDEX) == pytest.approx(weight / 8, abs=0.004)
    assert set(chances.draw(1, shares).tolist()) == {1}
