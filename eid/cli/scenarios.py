"""eid scenarios list | run | join | compare: play a load scenario, on one machine or several, read what came of it, and lay two
runs beside each other."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from eid.cli.scenario_cohort import cohort
from eid.cli.scenario_console import Progress, print_comparison, print_figures
from eid.cli.scenario_target import Wishes, find_target, prepare_for
from eid.clock import wall_now
from eid.errors import Malformed
from eid.scenarios.cohort_archive import open_cohort
from eid.scenarios.comparison import compare_results, describe_comparison, parse_result
from eid.scenarios.errands import parse_place
from eid.scenarios.live import ADDRESS, LiveRun
from eid.scenarios.machine import describe_machine, describe_versions
from eid.scenarios.observations import Tick
from eid.scenarios.plan import Plan, check_playable, find_plan_file, list_plans, parse_duration, read_plan, scale_plan
from eid.scenarios.report import render_comparison, render_report
from eid.scenarios.result import Circumstances, build_result
from eid.scenarios.runner import Company, join_run, play_scenario
from eid.scenarios.service_watch import ServiceWatch
from eid.scenarios.target import Target, serve_own


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
@click.option(
    "--processes", type=click.IntRange(0, 256), default=1, show_default=True, help="That play, on this machine."
)
@click.option("--master", metavar="HOST:PORT", help="Meet processes of other machines there (eid scenarios join).")
@click.option(
    "--expect-workers", type=click.IntRange(1, 256), help="How many of other machines to wait for; 1 by default."
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
    processes: int,
    master: str | None,
    expect_workers: int | None,
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
    company = _find_company(processes, master, expect_workers)
    with ExitStack() as stack:
        target = find_target(url, cohort_file) or stack.enter_context(serve_own(prepare_for(plan)))
        people_dir = stack.enter_context(open_cohort(cohort_file)) if cohort_file else target.state_dir
        wishes = Wishes(users, scale, duration)
        result = _play(plan_file, plan, target, company, wishes, people_dir)
    if json_file:
        json_file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    if report:
        report.write_text(render_report(result))
    print_figures(result, report)
    sys.exit(0 if result["verdict"] == "passed" else 1)


def _play(
    plan_file: Path, plan: Plan, target: Target, company: Company, wishes: Wishes, people_dir: Path
) -> dict[str, Any]:
    """The result of the run, which the service's page shows meanwhile where the service is on this machine."""
    started_at, result = wall_now(), None
    with ServiceWatch(target.url) as watch, Progress(plan) as progress:
        is_shown = watch.is_here and target.state_dir.is_dir()  # another's service has its state elsewhere
        live = LiveRun(plan, target.state_dir if is_shown else None, started_at)
        if is_shown:
            progress.tell(f"Watch it at {target.url}{ADDRESS}")

        def show(tick: Tick) -> None:
            live.show(tick, watch.sample(tick.at).service_cpu)
            progress.show(tick)

        try:
            seen = play_scenario(
                plan_file,
                people=wishes.people,
                scale=wishes.scale,
                duration=wishes.duration,
                url=target.url,
                state_dir=people_dir,
                on_tick=show,
                company=company,
                on_listening=lambda joining: progress.tell(
                    f"Waiting for {joining} to join: eid scenarios join {company.master}"
                ),
            )
            machine, versions = describe_machine(), describe_versions()
            result = build_result(
                plan, seen, Circumstances(target.url, started_at, machine, versions, watch.describe())
            )
        finally:
            live.end(result)
    return result


def _find_company(processes: int, master: str | None, expect_workers: int | None) -> Company:
    """Who plays together. Raises BadParameter where options contradict each other, Malformed where the place is none."""
    if master is None:
        if expect_workers or not processes:
            raise click.BadParameter("Give --master HOST:PORT, where the others are met.")
        return Company(processes)
    parse_place(master)
    return Company(processes, master, expect_workers or 1)


@scenarios.command()
@click.argument("place", metavar="HOST:PORT")
@click.option(
    "--processes", type=click.IntRange(1, 256), default=1, show_default=True, help="That play, on this machine."
)
def join(place: str, processes: int) -> None:
    """Play in the run that another machine leads: `eid scenarios run NAME --url URL --master HOST:PORT` there.

    This machine needs nothing but eid with its extra `load`; people, cards and plan come from the leader. Exit status 1: the run
    could not be joined, or its leader was lost.

    Example: eid scenarios join 10.0.0.7:5557 --processes 4
    """
    sys.exit(0 if join_run(place, processes=processes) else 1)


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
