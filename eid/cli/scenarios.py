"""eid scenarios list | run | compare: play a load scenario, read what came of it, and lay two runs beside each other."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from eid.cli.context import service
from eid.cli.scenario_cohort import cohort
from eid.cli.scenario_console import Progress, print_comparison, print_figures
from eid.clock import wall_now
from eid.config import Settings
from eid.demo.prepare import Plan as Country
from eid.demo.prepare import prepare_demo
from eid.errors import Malformed
from eid.scenarios.arrivals import count_newcomers, draw_arrivals
from eid.scenarios.cohort_archive import open_cohort
from eid.scenarios.comparison import compare_results, describe_comparison, parse_result
from eid.scenarios.machine import describe_machine, describe_versions
from eid.scenarios.plan import Plan, check_playable, find_plan_file, list_plans, parse_duration, read_plan, scale_plan
from eid.scenarios.report import render_comparison, render_report
from eid.scenarios.result import Circumstances, build_result
from eid.scenarios.runner import play_scenario
from eid.scenarios.target import Target, find_running, serve_own

PEOPLE = 1_000
"""At least so many in a country that is made for one run."""


@click.group()
def scenarios() -> None:
    """Load scenarios: people sign in, present cards and fetch papers, many at a time, over real HTTP.

    Example: eid scenarios run morning-at-the-clinic --report report.html
    """


scenarios.add_command(cohort)


@scenarios.command("list")
def list_scenarios() -> None:
    """Say which scenarios there are.

    Example: eid scenarios list
    """
    for plan in list_plans():
        click.echo(
            f"{plan.name:28} {plan.title}: {plan.expected_visits:.0f} visits of {plan.people} people in {plan.duration}"
        )


class Duration(click.ParamType[timedelta]):
    """45s, 10m, 1h30m"""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            return parse_duration(value)
        except Malformed as malformed:
            self.fail(malformed.detail, param, ctx)


@scenarios.command()
@click.argument("name")
@click.option("--url", help="The service to load; without it the demo of this machine, or one started for the run.")
@click.option("--users", type=click.IntRange(min=1), help="How many people play; arrivals grow with them.")
@click.option("--scale", type=float, help="A share of the nation instead: 0.001 of its people and of its arrivals.")
@click.option("--duration", type=Duration(), help="How long people arrive: 60s, 10m, 1h.")
@click.option(
    "--cohort",
    "cohort_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The people who play, as `eid scenarios cohort export` wrote them on the service's machine.",
)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the HTML report.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the figures."
)
def run(
    name: str,
    url: str | None,
    users: int | None,
    scale: float | None,
    duration: timedelta | None,
    cohort_file: Path | None,
    report: Path | None,
    json_file: Path | None,
) -> None:
    """Play a scenario; NAME is one of `eid scenarios list`, or the path of a .toml file of your own.

    Exit status 0: what must hold held. 1: it did not, or the run was interrupted (the report shows what there was).

    Example: eid scenarios run morning-at-the-clinic --users 100 --duration 60s --report report.html
    """
    plan_file = find_plan_file(name)
    if users is not None and scale is not None:
        raise click.UsageError("--users and --scale both say how many people play; give one of them.")
    plan = scale_plan(read_plan(plan_file), people=users, duration=duration, scale=scale)
    check_playable(plan)
    _check_writable(report, json_file)
    with ExitStack() as stack:
        target = _find_target(url, cohort_file) or stack.enter_context(serve_own(_prepare_for(plan)))
        state_dir = stack.enter_context(open_cohort(cohort_file)) if cohort_file else target.state_dir
        started_at = wall_now()
        with Progress(plan) as progress:
            seen = play_scenario(
                plan_file,
                people=users,
                duration=duration,
                url=target.url,
                state_dir=state_dir,
                on_tick=progress.show,
                scale=scale,
            )
    circumstances = Circumstances(target.url, started_at, describe_machine(), describe_versions())
    result = build_result(plan, seen, circumstances)
    if json_file:
        json_file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    if report:
        report.write_text(render_report(result))
    print_figures(result, report)
    sys.exit(0 if result["verdict"] == "passed" else 1)


@scenarios.command()
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def compare(before: Path, after: Path, report: Path | None, as_json: bool) -> None:
    """Lay two results of `eid scenarios run --json` beside each other: what each step took, and what else was different.

    Example: eid scenarios compare before.json after.json --report comparison.html
    """
    _check_writable(report)
    comparison = compare_results(parse_result(_read(before)), parse_result(_read(after)))
    if report:
        report.write_text(render_comparison(comparison), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(describe_comparison(comparison), ensure_ascii=False))
    else:
        print_comparison(comparison, report)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _check_writable(*files: Path | None) -> None:
    """A run of an hour must not end at a folder that is not there."""
    for file in files:
        if file and not file.absolute().parent.is_dir():
            raise click.BadParameter(f"There is no folder {file.absolute().parent}.")


def _find_target(url: str | None, cohort_file: Path | None) -> Target | None:
    """As find_running; people who come with a file are of a service that runs. Raises Unavailable."""
    settings = Settings.from_env()
    return find_running(url or (settings.public_url if cohort_file else None), settings)


def _prepare_for(plan: Plan) -> Callable[[Settings], None]:
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
