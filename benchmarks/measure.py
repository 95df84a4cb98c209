"""Measuring two or more ways of doing the same thing, interleaved, so that the machine's moods hit all of them alike."""

from __future__ import annotations

import gc
import hashlib
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 15
SECONDS = 0.12
"""Of each way in each round."""


@dataclass(frozen=True)
class Rate:
    """Calls a second: the median over the rounds, and the lowest and highest round."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Measured:
    rates: Mapping[str, Rate]
    rounds: Mapping[str, tuple[float, ...]]

    def ratio(self, one: str, other: str) -> Rate:
        """How many times as fast `one` is as `other`, round by round."""
        ratios = [a / b for a, b in zip(self.rounds[one], self.rounds[other], strict=True)]
        return Rate(statistics.median(ratios), min(ratios), max(ratios))


def measure(
    ways: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS, seconds: float = SECONDS, each: int = 1
) -> Measured:
    """Run each way in turn, round after round. `each` is how many things one call does: rates are of things."""
    counts = {name: _calibrate(way, seconds) for name, way in ways.items()}
    found: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, way in ways.items():
                found[name].append(_rate(way, counts[name]) * each)
    finally:
        gc.enable()
    rates = {name: Rate(statistics.median(values), min(values), max(values)) for name, values in found.items()}
    return Measured(rates, {name: tuple(values) for name, values in found.items()})


def _calibrate(way: Callable[[], object], seconds: float) -> int:
    way()
    return max(1, int(_rate(way, 5) * seconds))


def _rate(way: Callable[[], object], count: int) -> float:
    started = time.process_time()
    for _ in range(count):
        way()
    return count / (time.process_time() - started)


def print_calibration() -> None:
    """How fast this machine is at two things that everybody knows, beside which absolute figures are to be read."""
    numbers, block = range(100_000), bytes(1_000_000)
    sums, digests = _rate(lambda: sum(n * n for n in numbers), 20), _rate(lambda: hashlib.sha256(block).digest(), 100)
    print(
        f"calibration: {sums / 10:.1f} million squares added up in Python, {digests:,.0f} MB of SHA-256, a CPU second"
    )


def print_measured(title: str, measured: Measured, *, floor: str) -> None:
    """A table: calls per CPU second, and each way as a ratio of the floor."""
    print(f"\n{title}")
    for name, rate in measured.rates.items():
        ratio = measured.ratio(name, floor)
        spread = f"{ratio.median:6.2f} × ({ratio.lowest:.2f}–{ratio.highest:.2f})"
        print(f"  {name:34} {rate.median:10,.0f}/s   {spread}")
