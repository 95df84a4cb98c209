"""Counting what a run sees, in little memory and without averages that hide the tail. Pure.

Times go into buckets that grow by one per cent each, so any quantile is known to half a per cent however long the run is, and
the counts of several players can be added.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eid.scenarios.spending import Spent

GROWTH = 1.01
FLOOR_MS = 0.001
_LOG_GROWTH = math.log(GROWTH)


@dataclass
class Histogram:
    """Durations in milliseconds."""

    counts: Counter[int] = field(default_factory=Counter)
    """Bucket → how many; bucket b holds durations up to GROWTH ** b milliseconds."""
    total_ms: float = 0.0
    largest_ms: float = 0.0

    def add(self, milliseconds: float) -> None:
        self.counts[math.ceil(math.log(max(milliseconds, FLOOR_MS)) / _LOG_GROWTH)] += 1
        self.total_ms += milliseconds
        self.largest_ms = max(self.largest_ms, milliseconds)

    @property
    def count(self) -> int:
        return self.counts.total()

    @property
    def mean_ms(self) -> float:
        return self.total_ms / self.count if self.count else 0.0

    def quantile_ms(self, share: float) -> float:
        """The duration that this share of all did not exceed (nearest rank), true to half a per cent; 0 where there is none."""
        rank = max(1, math.ceil(share * self.count))
        seen = 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= rank:
                return min(float(GROWTH ** (bucket - 0.5)), self.largest_ms)
        return 0.0

    def merge(self, other: Histogram) -> None:
        """Afterwards this one has counted what the other has, too."""
        self.counts.update(other.counts)
        self.total_ms += other.total_ms
        self.largest_ms = max(self.largest_ms, other.largest_ms)

    def to_plain(self) -> dict[str, Any]:
        return {
            "total_ms": self.total_ms,
            "largest_ms": self.largest_ms,
            "counts": {str(bucket): self.counts[bucket] for bucket in sorted(self.counts)},
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Histogram:
        counts = Counter({int(bucket): int(count) for bucket, count in plain["counts"].items()})
        return cls(counts, float(plain["total_ms"]), float(plain["largest_ms"]))


@dataclass
class StepTally:
    """What came of one step: every answer counts, also a refusal, because somebody waited for it."""

    waited: Histogram = field(default_factory=Histogram)
    """From the moment at which somebody meant to ask: this is what they felt (no coordinated omission)."""
    served: Histogram = field(default_factory=Histogram)
    """From the moment at which the request was sent."""
    errors: int = 0
    spent: Spent = field(default_factory=Spent)
    """What the service says that its answers cost."""

    def merge(self, other: StepTally) -> None:
        """Afterwards this one has counted what the other has, too."""
        self.waited.merge(other.waited)
        self.served.merge(other.served)
        self.errors += other.errors
        self.spent.add(other.spent)

    def to_plain(self) -> dict[str, Any]:
        plain = {"waited": self.waited.to_plain(), "served": self.served.to_plain(), "errors": self.errors}
        return plain | {"spent": self.spent.to_plain()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> StepTally:
        waited, served = (Histogram.from_plain(plain[name]) for name in ("waited", "served"))
        return cls(waited, served, int(plain["errors"]), Spent.from_plain(plain["spent"]))


@dataclass
class Second:
    """One second of the run, by when the answers came."""

    arrivals: int = 0
    requests: int = 0
    errors: int = 0
    inside: int = 0
    """Visitors at the end of this second."""
    statements: int = 0
    """That the database got for this second's answers, as far as the service told."""
    lock_ms: float = 0.0
    """That this second's answers waited for SQLite's write lock, as far as the service told."""
    waited: Histogram = field(default_factory=Histogram)

    def merge(self, other: Second) -> None:
        """Afterwards this one has counted what the same second of another player has, too."""
        for name in ("arrivals", "requests", "errors", "inside", "statements", "lock_ms"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.waited.merge(other.waited)

    def to_plain(self) -> dict[str, Any]:
        return vars(self) | {"waited": self.waited.to_plain()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Second:
        return cls(**{**plain, "waited": Histogram.from_plain(plain["waited"])})


class Tally:
    """Everything that a run counts."""

    def __init__(self) -> None:
        self.steps: defaultdict[str, StepTally] = defaultdict(StepTally)
        self.visits: defaultdict[str, StepTally] = defaultdict(StepTally)
        """By act: whole visits, without the time that people took to think."""
        self.seconds: defaultdict[int, Second] = defaultdict(Second)
        self.errors: Counter[tuple[str, str]] = Counter()
        """(step, what was wrong) → how often."""

    def record_answer(
        self,
        step: str,
        *,
        at: float,
        waited_ms: float,
        served_ms: float,
        error: str | None,
        spent: Spent | None = None,
    ) -> None:
        """One answer that came `at` seconds after the run's start, and what the service says it cost."""
        tally, second = self.steps[step], self.seconds[int(at)]
        if spent:
            tally.spent.add(spent)
            second.statements += spent.statements
            second.lock_ms += spent.layers["lock"]
        tally.waited.add(waited_ms)
        tally.served.add(served_ms)
        second.requests += 1
        second.waited.add(waited_ms)
        if error is not None:
            tally.errors += 1
            second.errors += 1
            self.errors[step, error] += 1

    def record_visit(self, act: str, *, waited_ms: float, failed: bool) -> None:
        """One whole visit: what was waited for in it, all steps together."""
        self.visits[act].waited.add(waited_ms)
        self.visits[act].errors += failed

    def merge(self, other: Tally) -> None:
        """Afterwards this one has counted what the other has, too."""
        for name, step in other.steps.items():
            self.steps[name].merge(step)
        for name, visit in other.visits.items():
            self.visits[name].merge(visit)
        for number, second in other.seconds.items():
            self.seconds[number].merge(second)
        self.errors.update(other.errors)

    @property
    def requests(self) -> int:
        return sum(step.waited.count for step in self.steps.values())

    @property
    def failures(self) -> int:
        return sum(step.errors for step in self.steps.values())

    def to_plain(self) -> dict[str, Any]:
        """Plain values that a player prints and the runner reads back."""
        return {
            "steps": {name: step.to_plain() for name, step in self.steps.items()},
            "visits": {name: visit.to_plain() for name, visit in self.visits.items()},
            "seconds": {str(n): second.to_plain() for n, second in sorted(self.seconds.items())},
            "errors": [[step, what, count] for (step, what), count in self.errors.most_common()],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Tally:
        tally = cls()
        tally.steps.update({name: StepTally.from_plain(step) for name, step in plain["steps"].items()})
        tally.visits.update({name: StepTally.from_plain(visit) for name, visit in plain["visits"].items()})
        for number, second in plain["seconds"].items():
            tally.seconds[int(number)] = Second.from_plain(second)
        tally.errors.update({(step, what): count for step, what, count in plain["errors"]})
        return tally
