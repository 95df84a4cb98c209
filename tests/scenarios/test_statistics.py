"""Counting: quantiles are true to half a per cent, sums of counts are counts of sums, and nothing is lost on the way."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.scenarios.statistics import Histogram, Tally

DURATIONS = st.lists(st.floats(0.01, 120_000), min_size=1, max_size=200)


def histogram_of(values: list[float]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(values=DURATIONS, share=st.floats(0.01, 1))
def test_a_quantile_is_the_nearest_rank_to_half_a_per_cent(values: list[float], share: float) -> None:
    exact = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    assert histogram_of(values).quantile_ms(share) == pytest.approx(exact, rel=0.0051)


@given(one=DURATIONS, other=DURATIONS)
def test_merging_is_counting_both(one: list[float], other: list[float]) -> None:
    merged = histogram_of(one)
    merged.merge(histogram_of(other))
    both = histogram_of(one + other)
    assert merged.counts == both.counts
    assert merged.total_ms == pytest.approx(both.total_ms)
    assert merged.largest_ms == both.largest_ms


@given(values=DURATIONS)
def test_a_histogram_survives_json(values: list[float]) -> None:
    histogram = histogram_of(values)
    assert Histogram.from_plain(json.loads(json.dumps(histogram.to_plain()))) == histogram


def test_an_empty_histogram_has_no_figures_and_does_not_fail() -> None:
    empty = Histogram()
    assert (empty.count, empty.mean_ms, empty.quantile_ms(0.99), empty.largest_ms) == (0, 0.0, 0.0, 0.0)


def test_no_time_at_all_is_counted_too() -> None:
    histogram = histogram_of([0.0, 0.0, 5.0])
    assert histogram.count == 3
    assert histogram.quantile_ms(0.5) == pytest.approx(0.001, rel=0.01)


def test_the_largest_is_exact() -> None:
    histogram = histogram_of([1.0, 2.0, 3.14159])
    assert histogram.largest_ms == 3.14159
    assert histogram.quantile_ms(1) <= 3.14159


def test_a_tally_keeps_what_was_waited_apart_from_what_was_served() -> None:
    tally = Tally()
    tally.record_answer("token", at=0.5, waited_ms=300, served_ms=20, error=None)
    tally.record_answer("token", at=1.5, waited_ms=10, served_ms=10, error="HTTP 500")
    assert tally.steps["token"].waited.largest_ms == 300
    assert tally.steps["token"].served.largest_ms == 20
    assert (tally.requests, tally.failures) == (2, 1)
    assert [tally.seconds[n].errors for n in (0, 1)] == [0, 1]
    assert tally.errors == {("token", "HTTP 500"): 1}


def test_a_tally_survives_json() -> None:
    tally = Tally()
    tally.record_answer("token", at=0.5, waited_ms=300, served_ms=20, error=None)
    tally.record_answer("userinfo", at=2.5, waited_ms=3, served_ms=2, error="no answer in time")
    tally.record_visit("sign-in", waited_ms=303, failed=True)
    tally.seconds[1].inside = 4
    plain = json.loads(json.dumps(tally.to_plain()))
    assert Tally.from_plain(plain).to_plain() == tally.to_plain()
    assert plain["visits"]["sign-in"]["errors"] == 1
