"""Windows of load, one server after the other, round after round, so that the machine's moods hit all of them alike."""

from __future__ import annotations

import asyncio
import gc
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measure import Measured, Rate
from benchmarks.peers.load import Deed, play
from benchmarks.peers.serving import Contender

MOST_FAILURES = 0.01
"""Share of the flows. Where more fail, nothing that was measured is of the flow that was meant."""


@dataclass(frozen=True)
class Way:
    """What one contender is asked to do, again and again."""

    contender: Contender
    deed: Deed
    users: Sequence[int]
    """By number, each with an account of their own."""
    cookies: dict[int, dict[str, str]]
    """What the users' browsers hold, from window to window."""
    counts: int = 1
    """How many things one deed does."""


@dataclass(frozen=True)
class Window:
    """What one contender did in one window."""

    done: int
    seconds: float
    processor_seconds: float
    """Of the server and its database."""
    database_seconds: float
    """The database's share of them."""
    median_ms: float
    p99_ms: float
    failures: Counter[str]

    @property
    def per_core_second(self) -> float:
        return self.done / self.processor_seconds

    @property
    def cost_ms(self) -> float:
        """Milliseconds of processor for one."""
        return self.processor_seconds / self.done * 1000


Rounds = Mapping[str, Sequence[Window]]
"""Name of the way → its windows, one a round."""


def measure_window(way: Way, seconds: float) -> Window:
    """Raises RuntimeError where flows failed."""
    server = way.contender.server
    server.resume()
    gc.collect()
    before, database_before = server.processor_seconds(), server.database_seconds()
    load = asyncio.run(
        play(way.deed, port=server.port, host=server.host, users=way.users, seconds=seconds, cookies=way.cookies)
    )
    spent, database_spent = server.processor_seconds() - before, server.database_seconds() - database_before
    server.pause()
    check_failures(server.name, load.done, load.failures)
    return Window(
        load.done * way.counts,
        load.seconds,
        spent,
        database_spent,
        load.percentile(0.5),
        load.percentile(0.99),
        load.failures,
    )


def check_failures(name: str, done: int, failures: Counter[str]) -> None:
    if not done or failures.total() > MOST_FAILURES * done:
        said = ", ".join(f"{why} ({count})" for why, count in failures.most_common(3)) or "nothing at all was done"
        raise RuntimeError(f"{name}: {failures.total()} of {done + failures.total()} failed: {said}")


def interleave(
    ways: Mapping[str, Way], *, rounds: int, seconds: float, tell: Callable[[str], None] = lambda _line: None
) -> Rounds:
    """Each way's window in turn, `rounds` times; a short one beforehand, which is not counted, warms each up."""
    found: dict[str, list[Window]] = {name: [] for name in ways}
    for way in ways.values():
        measure_window(way, min(seconds, 1.0) / 2)
    for number in range(rounds):
        for name, way in ways.items():
            window = measure_window(way, seconds)
            found[name].append(window)
            tell(f"  round {number + 1}, {name}: {describe(window)}")
    return found


def describe(window: Window) -> str:
    database = (
        f", of it the database {window.database_seconds / window.processor_seconds:.0%}"
        if window.database_seconds
        else ""
    )
    return (
        f"{window.done / window.seconds:,.0f}/s, {window.cost_ms:.2f} ms of processor each{database}; "
        f"{window.per_core_second:,.0f} a core-second; median {window.median_ms:.1f} ms, p99 {window.p99_ms:.1f} ms"
    )


def measured(rounds: Rounds) -> Measured:
    """The rounds as rates a core-second, for ratios round by round."""
    rates = {name: tuple(window.per_core_second for window in windows) for name, windows in rounds.items()}
    medians = {name: Rate(statistics.median(values), min(values), max(values)) for name, values in rates.items()}
    return Measured(medians, rates)


def median_of(windows: Sequence[Window], read: Callable[[Window], float]) -> float:
    return statistics.median(read(window) for window in windows)
