"""What one run saw: the player fills it, prints it as one line of JSON, and the runner reads it back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eid.scenarios.statistics import Histogram, Tally


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
    """CPU seconds of the player."""
    lag: Histogram = field(default_factory=Histogram)
    """How late arrivals were let in: the generator's own weakness, not the service's."""
    tally: Tally = field(default_factory=Tally)

    def to_plain(self) -> dict[str, Any]:
        return vars(self) | {"lag": self.lag.to_plain(), "tally": self.tally.to_plain()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Observations:
        return cls(**{**plain, "lag": Histogram.from_plain(plain["lag"]), "tally": Tally.from_plain(plain["tally"])})


@dataclass(frozen=True)
class Tick:
    """How a run is doing, once a second."""

    at: float
    began: int
    inside: int
    requests: int
    errors: int
    rate: float
    """Steps answered in the last whole second."""
    median_ms: float
    p99_ms: float
