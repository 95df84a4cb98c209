"""A player against the service that only pretends, for tests of what it counts and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from eid.scenarios.observations import Observations, Tick
from eid.scenarios.runner import Company, play_scenario
from tests.scenarios.fake_service import FakeService, write_state

PLAN = """
name = "test"
title = "A test"
story = "People come for a few seconds."
people = 60
duration = "3s"
drain = "3s"
seed = 1
arrivals = [{ at = 0.0, rate = 5 }, { at = 1.0, rate = 5 }]
visits = [{ act = "sign-in", weight = 2 }, { act = "sign-in-again", weight = 1 }]
think = { page = [0.01, 0.03], counter = [0.0, 0.01] }
expect = { error_rate = 0.0, steps = [{ step = "token", p99_ms = 500 }] }
sources = [{ figure = "none", where = "made up" }]
"""


class Player:
    """Plays the test's plan against the fake service."""

    def __init__(self, folder: Path, service: FakeService) -> None:
        self.folder = folder
        self.service = service
        self.ticks: list[Tick] = []
        self.at_second_tick: Callable[[], None] = lambda: None
        self.papers: list[str] | None = None
        """What everybody has in their account, as the cohort's file says; None where it does not."""

    def play(
        self, plan: str = PLAN, *, people: int = 60, seconds: float = 3, company: Company | None = None
    ) -> Observations:
        (self.folder / "test.toml").write_text(plan)
        write_state(self.folder, self.service, people, papers=self.papers)
        return play_scenario(
            self.folder / "test.toml",
            people=people,
            duration=timedelta(seconds=seconds),
            url=self.service.url,
            state_dir=self.folder,
            on_tick=self.hear,
            company=company or Company(),
        )

    def hear(self, tick: Tick) -> None:
        self.ticks.append(tick)
        if len(self.ticks) == 2:
            self.at_second_tick()
