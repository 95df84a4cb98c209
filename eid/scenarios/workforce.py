"""The processes that play a run, as its leader knows them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from eid.scenarios.division import Share
from eid.scenarios.observations import Moment, Observations

SILENCE = 10.0
"""Seconds after which a worker that says nothing counts as lost; it tells of each second."""


@dataclass
class Worker:
    """One of the processes that play."""

    client: str
    share: Share
    heard: float
    """When it last said something, on time.perf_counter's clock."""
    process: subprocess.Popen[bytes] | None
    """None where it joined from elsewhere."""
    is_ready: bool = False
    moment: Moment | None = None
    seen: Observations | None = None

    @property
    def name(self) -> str:
        return f"player {self.share.number + 1} of {self.share.of}"

    def is_lost(self, now: float) -> bool:
        if self.seen is not None:
            return False
        ended = self.process is not None and self.process.poll() is not None
        return ended or now - self.heard > SILENCE
