"""Make the demo ready: schema, people, papers, cast, cards, relying services. Run again, it does only what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from eid.agencies.living import catch_up_agencies
from eid.agencies.service import load_agency_data
from eid.cards.authority import publish_trust
from eid.cast import read_cast
from eid.config import Settings
from eid.db import upgrade_schema
from eid.demo.newcomers import prepare_newcomers
from eid.demo.people import prepare_cast, prepare_cohort
from eid.demo.relying_services import SampleUrls, give_to_cast, prepare_load_client, prepare_samples
from eid.late_dataclasses import frozen
from eid.population.loading import load_population
from eid.population.service import count_people


@frozen
class Plan:
    """What a demo holds: how many people, from which seed, and where its samples are found."""

    people: int = 10_000
    seed: int = 2026
    samples: SampleUrls = field(default_factory=SampleUrls)
    cohort: int = 40
    """People with accounts and cards whom load scenarios play."""
    newcomers: int = 0
    """People with cards and approved accounts, which they can activate in a load scenario."""


def prepare_demo(settings: Settings, plan: Plan, console: Console) -> None:
    """Afterwards the database, the cards, the trust folder and the relying services' files are as the plan has them.

    Needs the application's context. A register that has people already keeps them, whatever the plan says.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        upgrade_schema()
        if count_people() == 0:
            load_population(people=plan.people, seed=plan.seed, progress=_bar(progress, "People", plan.people))
        load_agency_data(plan.seed, progress=_gauge(progress, "Papers"))
        catch_up_agencies()
        cast = _bar(progress, "Cast", len(read_cast()))
        prepare_cast(settings.cards_dir, lambda: cast(1))
        cohort = _bar(progress, "Cohort", plan.cohort)
        prepare_cohort(plan.cohort, seed=plan.seed, state_dir=settings.state_dir, advance=lambda: cohort(1))
        newcomers = _bar(progress, "Newcomers", plan.newcomers)
        prepare_newcomers(plan.newcomers, seed=plan.seed, state_dir=settings.state_dir, advance=lambda: newcomers(1))
        publish_trust()
        prepare_samples(settings.state_dir, issuer=settings.public_url, urls=plan.samples)
        prepare_load_client(settings.state_dir, issuer=settings.public_url)
        give_to_cast()


def _gauge(progress: Progress, what: str) -> Callable[[int, int], None]:
    """A bar that is told how much is done, and of how much."""
    task = progress.add_task(what)
    return lambda done, total: progress.update(task, completed=done, total=total)


def _bar(progress: Progress, what: str, total: int) -> Callable[[int], None]:
    """A bar that is advanced by so many at a time."""
    task = progress.add_task(what, total=total)
    return lambda done: progress.advance(task, done)
