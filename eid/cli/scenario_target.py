"""Which service a run is against, and how many are made ready to play where it is started for the run."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from eid.cli.context import service
from eid.config import Settings
from eid.demo.prepare import Plan as Country
from eid.demo.prepare import prepare_demo
from eid.late_dataclasses import frozen
from eid.scenarios.arrivals import count_newcomers, draw_arrivals
from eid.scenarios.plan import Plan
from eid.scenarios.target import Target, find_running

PEOPLE = 1_000
"""At least so many in a country that is made for one run."""


@frozen
class Wishes:
    """How a plan is played otherwise than it stands."""

    people: int | None
    scale: float | None
    duration: timedelta | None


def find_target(url: str | None, cohort_file: Path | None) -> Target | None:
    """As find_running; people who come with a file are of a service that runs. Raises Unavailable."""
    settings = Settings.from_env()
    return find_running(url or (settings.public_url if cohort_file else None), settings)


def prepare_for(plan: Plan) -> Callable[[Settings], None]:
    """What makes a country ready that has as many people to play as the plan wants."""

    def prepare(settings: Settings) -> None:
        console = Console(stderr=True)
        newcomers = count_newcomers(draw_arrivals(plan, rng=random.Random(plan.seed)))  # noqa: S311 - as they are played
        people = max(PEOPLE, (plan.members + newcomers) * 4)
        country = Country(people=people, cohort=plan.members, newcomers=newcomers)
        console.print(
            f"No service runs on this machine; one is started for this run and ended after it. {plan.members + newcomers} people "
            "are made ready to play."
        )
        with service(settings):
            prepare_demo(settings, country, console)

    return prepare
