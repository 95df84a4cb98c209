"""What a run found, as plain values: figures of contenders, and bars that were to be reached. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Rate
from benchmarks.peers.rounds import Rounds, measured, median_of


@dataclass(frozen=True)
class Figure:
    """One contender at one thing: medians over the rounds, and the spread of what counts."""

    name: str
    per_core_second: Rate
    cost_ms: float
    """Milliseconds of processor for one, the database's included."""
    database_share: float
    a_second: float
    median_ms: float
    p99_ms: float
    failures: int


@dataclass(frozen=True)
class Bar:
    """Something that was to be reached."""

    what: str
    found: Rate
    bar: float
    is_most: bool = False
    """Whether the bar is the most that there may be; the least otherwise."""
    unit: str = "×"

    @property
    def is_met(self) -> bool:
        return self.found.median <= self.bar if self.is_most else self.found.median >= self.bar


@dataclass(frozen=True)
class Section:
    title: str
    """By which the page finds its place."""
    figures: Sequence[Figure]
    bars: Sequence[Bar]


def figures_of(rounds: Rounds) -> list[Figure]:
    rates = measured(rounds).rates
    return [
        Figure(
            name,
            rates[name],
            median_of(windows, lambda one: one.cost_ms),
            median_of(windows, lambda one: one.database_seconds / one.processor_seconds),
            median_of(windows, lambda one: one.done / one.seconds),
            median_of(windows, lambda one: one.median_ms),
            median_of(windows, lambda one: one.p99_ms),
            sum(one.failures.total() for one in windows),
        )
        for name, windows in rounds.items()
    ]


def compare(rounds: Rounds, one: str, other: str, bar: float, what: str = "") -> Bar:
    """`one` does at least `bar` times as much of it in a core-second as `other`, round by round."""
    return Bar(f"{what}{one} / {other}", measured(rounds).ratio(one, other), bar)


def compare_tail(rounds: Rounds, name: str, bar: float, what: str = "") -> Bar:
    """The slowest in a hundred waited at most `bar` times as long as the one in the middle."""
    return Bar(
        f"{what}{name}, p99 / median", spread([one.p99_ms / one.median_ms for one in rounds[name]]), bar, is_most=True
    )


def spread(values: Sequence[float]) -> Rate:
    return Rate(statistics.median(values), min(values), max(values))
