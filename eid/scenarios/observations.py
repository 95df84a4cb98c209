"""What one run saw: each player fills it, prints or sends it, and those of several players are added. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eid.late_dataclasses import frozen
from eid.scenarios.statistics import Histogram, Second, StepTally, Tally

_SUMS = ("planned", "began", "finished", "cut_off", "held_back", "http_requests", "generator_cpu", "players")
_GREATEST = ("longest_hold", "lasted", "busiest_share")


@dataclass
class Observations:
    planned: int = 0
    """Visits that the curve drew."""
    began: int = 0
    finished: int = 0
    cut_off: int = 0
    """Visits that were still under way when the run ended."""
    held_back: int = 0
    """Arrivals that waited for somebody free and rested: each code is accepted once in its 30 seconds."""
    longest_hold: float = 0.0
    """Seconds."""
    http_requests: int = 0
    lasted: float = 0.0
    """Seconds from the first arrival's earliest time to the last answer."""
    interrupted: bool = False
    generator_cpu: float = 0.0
    """CPU seconds of the player, of all where there are several."""
    busiest_share: float = 0.0
    """CPU seconds a second of the player that had most to do."""
    players: int = 1
    lost: list[str] = field(default_factory=list)
    """Players that died before the end, and when; what they saw is in no figure."""
    service: dict[str, str] = field(default_factory=dict)
    """What the service says of itself: version, database."""
    lag: Histogram = field(default_factory=Histogram)
    """How late arrivals were let in: the generator's own weakness, not the service's."""
    tally: Tally = field(default_factory=Tally)

    def merge(self, other: Observations) -> None:
        """Afterwards this has what the other player saw of the same run, too; nothing is rounded or averaged."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _GREATEST:
            setattr(self, name, max(getattr(self, name), getattr(other, name)))
        self.interrupted = self.interrupted or other.interrupted
        self.lost += other.lost
        self.service |= other.service
        self.lag.merge(other.lag)
        self.tally.merge(other.tally)

    def to_plain(self) -> dict[str, Any]:
        return vars(self) | {"lag": self.lag.to_plain(), "tally": self.tally.to_plain()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Observations:
        return cls(**{**plain, "lag": Histogram.from_plain(plain["lag"]), "tally": Tally.from_plain(plain["tally"])})


@frozen
class Tick:
    """How a run is doing, once a second."""

    at: float
    planned: int
    began: int
    finished: int
    inside: int
    requests: int
    errors: int
    rate: float
    """Steps answered in the last whole second."""
    median_ms: float
    p99_ms: float
    steps: list[dict[str, Any]]
    """Of each step until now: step, count, errors, median_ms, p99_ms."""


@dataclass
class Moment:
    """What one player has seen until now; those of several players are added before they are told."""

    at: float
    planned: int = 0
    began: int = 0
    finished: int = 0
    second: Second = field(default_factory=Second)
    """The last whole one."""
    steps: dict[str, StepTally] = field(default_factory=dict)

    def merge(self, other: Moment) -> None:
        """Afterwards this has what the other player saw of the same moment, too."""
        self.planned += other.planned
        self.began += other.began
        self.finished += other.finished
        self.second.merge(other.second)
        for name, step in other.steps.items():
            self.steps.setdefault(name, StepTally()).merge(step)

    def describe(self) -> Tick:
        return Tick(
            at=self.at,
            planned=self.planned,
            began=self.began,
            finished=self.finished,
            inside=self.began - self.finished,
            requests=sum(step.waited.count for step in self.steps.values()),
            errors=sum(step.errors for step in self.steps.values()),
            rate=self.second.requests,
            median_ms=self.second.waited.quantile_ms(0.5),
            p99_ms=self.second.waited.quantile_ms(0.99),
            steps=[_describe_step(name, step) for name, step in self.steps.items()],
        )

    def to_plain(self) -> dict[str, Any]:
        steps = {name: step.to_plain() for name, step in self.steps.items()}
        return vars(self) | {"second": self.second.to_plain(), "steps": steps}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Moment:
        steps = {name: StepTally.from_plain(step) for name, step in plain["steps"].items()}
        return cls(**{**plain, "second": Second.from_plain(plain["second"]), "steps": steps})


def _describe_step(name: str, step: StepTally) -> dict[str, Any]:
    figures = {"count": step.waited.count, "errors": step.errors}
    quantiles = {"median_ms": step.waited.quantile_ms(0.5), "p99_ms": step.waited.quantile_ms(0.99)}
    return {"step": name, **figures, **{key: round(value, 1) for key, value in quantiles.items()}}
