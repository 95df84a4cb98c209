"""What a scenario looks like at a terminal: how it goes while it goes, and the figures at the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from eid.scenarios.comparison import ComparedStep, Comparison
from eid.scenarios.observations import Tick
from eid.scenarios.plan import Plan

SPARKS = "▁▂▃▄▅▆▇█"
WIDTH_OF_BAR = 16


class Progress:
    """How a run goes, redrawn once a second on a terminal's standard error; silent where that is a pipe."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        console = Console(stderr=True)
        self.live = Live(self._draw(None), console=console, refresh_per_second=4) if console.is_terminal else None
        self.rates: list[float] = []

    def __enter__(self) -> Progress:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.live.stop()

    def tell(self, text: str) -> None:
        """One line above what is redrawn."""
        if self.live:
            self.live.console.print(text, highlight=False)

    def show(self, tick: Tick) -> None:
        self.rates.append(tick.rate)
        if self.live:
            self.live.update(self._draw(tick))

    def _draw(self, tick: Tick | None) -> Table:
        grid = Table.grid(padding=(0, 2))
        if tick is None:
            grid.add_row(Text(self.plan.title, style="bold"), "getting ready …")
            return grid
        share = min(tick.at / self.plan.duration.total_seconds(), 1.0)
        done = round(share * WIDTH_OF_BAR)
        bar = Text("━" * done, style="cyan") + Text("━" * (WIDTH_OF_BAR - done), style="bright_black")
        clock = f"{timedelta(seconds=int(tick.at))} of {self.plan.duration}" if share < 1 else "the last ones leave"
        grid.add_row(Text(self.plan.title, style="bold"), bar, clock)
        errors = Text(f"{tick.errors} errors", style="bold red" if tick.errors else "green")
        grid.add_row(
            f"{tick.began} came, {tick.inside} inside",
            Text(_draw_sparks(self.rates[-WIDTH_OF_BAR:]), style="cyan"),
            Text(f"{tick.rate:.0f}/s, p50 {tick.median_ms:.0f}, p99 {tick.p99_ms:.0f} ms, ") + errors,
        )
        return grid


def print_figures(result: Mapping[str, Any], report: Path | None) -> None:
    """The figures by step, what had to hold, and the verdict, on standard output."""
    console = Console(highlight=False)
    table = Table(title=f"{result['title']}: {result['url']}", title_justify="left", box=None, header_style="dim")
    table.add_column("step")
    for name in ("count", "per s", "median ms", "p95", "p99", "max", "errors"):
        table.add_column(name, justify="right")
    for step in result["steps"]:
        figures = [f"{step[name]:,.0f}" for name in ("median_ms", "p95_ms", "p99_ms", "max_ms")]
        errors = f"[bold red]{step['errors']}[/]" if step["errors"] else "0"
        table.add_row(step["step"], str(step["count"]), f"{step['rate']:.2f}", *figures, errors)
    console.print(table)
    for finding in result["expectations"]:
        if finding["held"] is False:
            console.print(f"[red]✗[/] {finding['what']}: {finding['found']}, must be {finding['limit']}")
    for error in result["errors"][:8]:
        console.print(f"  {error['count']} × {error['step']}: {error['what']}", style="red", markup=False)
    visits = result["visits"]
    _print_server(console, result["server"])
    if visits["held_back"]:
        console.print(
            f"{visits['held_back']} arrivals were held back, by at most {visits['longest_hold']:.1f} s: "
            "each one-time code works once in its half minute. More people would mend this."
        )
    console.print(
        f"{visits['finished']} of {visits['planned']} visits finished, {result['requests']['http']} requests, "
        f"{result['requests']['errors']} errors: [bold]{result['verdict']}[/]"
    )
    if report:
        console.print(f"The report is in {report}.")


def _print_server(console: Console, server: Mapping[str, Any]) -> None:
    """One line of what is known of the service itself."""
    told = [
        text.format(server[name])
        for name, text in (
            ("cpu_share", "{:.2f} cores"),
            ("database_cpu_share", "database {:.2f} cores"),
            ("statements_per_second", "{:,.0f} statements a second"),
            ("lock_waiters", "{:.2f} waiting for a lock"),
        )
        if server[name] is not None
    ]
    if told:
        console.print(f"The service: {', '.join(told)}")


def print_comparison(comparison: Comparison, report: Path | None) -> None:
    """Both runs' figures by step with their ratios, and what else was different, on standard output."""
    console = Console(highlight=False)
    table = Table(title=f"{comparison.before['title']}: two runs", title_justify="left", box=None, header_style="dim")
    table.add_column("step")
    for name in ("count", "median ms", "ratio", "p99 ms", "ratio", "errors"):
        table.add_column(name, justify="right")
    for step in comparison.steps:
        medians, tails = (_write_pair(step, name) for name in ("median_ms", "p99_ms"))
        ratios = [_write_ratio(step, name) for name in ("median_ms", "p99_ms")]
        counts, errors = (_write_pair(step, name) for name in ("count", "errors"))
        table.add_row(step.step, counts, medians, ratios[0], tails, ratios[1], errors)
    console.print(table)
    for figure in comparison.server:
        sides = " → ".join(figure.written)
        ratio = "" if figure.ratio is None else f" ({figure.ratio:.2f})"
        console.print(f"the service: {figure.what} {sides} {figure.unit}{ratio}", markup=False)
    for different in comparison.differences:
        console.print(f"not the same: {different.what}: {different.before} → {different.after}", markup=False)
    console.print(f"first run {comparison.before['verdict']}, second run {comparison.after['verdict']}")
    if report:
        console.print(f"The comparison is in {report}.")


def _write_pair(step: ComparedStep, name: str) -> str:
    return " → ".join(f"{side[name]:,.0f}" if side else "–" for side in (step.before, step.after))


def _write_ratio(step: ComparedStep, name: str) -> str:
    ratio, verdict = step.ratio(name), step.verdict(name)
    colour = {"slower": "bold red", "faster": "green"}.get(verdict, "default")
    return "" if ratio is None else f"[{colour}]{ratio:.2f}{' ' + verdict if verdict else ''}[/]"


def _draw_sparks(rates: list[float]) -> str:
    most = max(rates, default=0) or 1
    return "".join(SPARKS[round(rate / most * (len(SPARKS) - 1))] for rate in rates)
