"""Two results of scenarios beside each other: what each step took then and now, and what else was different. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.scenarios.result import SCHEMA

Result = Mapping[str, Any]

FEW = 100
"""Answers; of fewer a p99 is one answer, and no change of it is called one."""
NOTABLE = 1.1
"""A ratio from which on a change is pointed out. Two runs say nothing about how far runs of one service differ."""
QUANTILES = ("median_ms", "p95_ms", "p99_ms")


@frozen
class ComparedStep:
    """One step in both runs; None where nobody reached it."""

    step: str
    before: Result | None
    after: Result | None

    def ratio(self, name: str) -> float | None:
        """After by before, of one of QUANTILES; None where there is no such ratio."""
        if self.before is None or self.after is None or not self.before[name]:
            return None
        return float(self.after[name] / self.before[name])

    def verdict(self, name: str) -> str:
        """`slower`, `faster`, or empty where the change is small, or answers are too few to tell."""
        ratio = self.ratio(name)
        if ratio is None or min(each["count"] for each in (self.before, self.after) if each) < FEW:
            return ""
        return "slower" if ratio >= NOTABLE else "faster" if ratio <= 1 / NOTABLE else ""


@frozen
class Difference:
    """Something of the runs themselves that was not the same, so that figures may not be comparable."""

    what: str
    before: str
    after: str


@frozen
class ServerFigure:
    """One figure of the service itself in both runs; None where it was not known."""

    what: str
    unit: str
    before: float | None
    after: float | None

    @property
    def ratio(self) -> float | None:
        return None if not self.before or self.after is None else self.after / self.before

    @property
    def written(self) -> tuple[str, str]:
        """Before and after to be read: three figures, a dash for what was not known."""
        before, after = (
            "–" if side is None else f"{side:,.0f}" if side >= 100 else f"{side:.3g}"
            for side in (self.before, self.after)
        )
        return before, after


SERVER_FIGURES = (
    ("cpu_share", "processor of the service", "cores"),
    ("database_cpu_share", "processor of the database", "cores"),
    ("statements_per_second", "statements", "a second"),
    ("statements_per_request", "statements", "a request"),
    ("lock_waiters", "waiting for a lock", "on average"),
)


@frozen
class Comparison:
    before: Result
    after: Result
    steps: tuple[ComparedStep, ...]
    differences: tuple[Difference, ...]
    server: tuple[ServerFigure, ...]
    """What is known of the service in either run."""


def parse_result(text: str) -> Result:
    """The document that `eid scenarios run --json` wrote. Raises Malformed: result_malformed, result_schema."""
    try:
        result = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("result_malformed", "This file is not what eid scenarios run --json wrote.") from error
    if not isinstance(result, dict) or result.get("schema") != SCHEMA:
        raise Malformed("result_schema", f"This file is no result of the form {SCHEMA}.")
    missing = {"scenario", "title", "verdict", "steps", "requests", "visits", "machine", "versions", "plan"} - set(
        result
    )
    if missing:
        raise Malformed("result_malformed", f"The result has no {min(missing)}.")
    return result


def compare_results(before: Result, after: Result) -> Comparison:
    """Both runs, step by step in the order of the first; steps that only the second has come last."""
    steps_before = {step["step"]: step for step in before["steps"]}
    steps_after = {step["step"]: step for step in after["steps"]}
    names = [*steps_before, *(name for name in steps_after if name not in steps_before)]
    steps = tuple(ComparedStep(name, steps_before.get(name), steps_after.get(name)) for name in names)
    return Comparison(before, after, steps, tuple(_find_differences(before, after)), _compare_servers(before, after))


def describe_comparison(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain values: what `--json` prints."""
    return {
        "before": _describe_run(comparison.before),
        "after": _describe_run(comparison.after),
        "differences": [vars(difference) for difference in comparison.differences],
        "steps": [_describe_step(step) for step in comparison.steps],
        "server": [
            vars(figure) | {"ratio": round(figure.ratio, 3) if figure.ratio is not None else None}
            for figure in comparison.server
        ],
    }


def _describe_run(result: Result) -> dict[str, Any]:
    names = ("scenario", "started_at", "url", "verdict", "people", "lasted", "requests")
    return {name: result[name] for name in names if name in result}


def _describe_step(step: ComparedStep) -> dict[str, Any]:
    figures = ("count", "errors", *QUANTILES)
    sides = {"before": step.before, "after": step.after}
    found = {side: {name: one[name] for name in figures} if one else None for side, one in sides.items()}
    ratios = {name: round(ratio, 3) if (ratio := step.ratio(name)) is not None else None for name in QUANTILES}
    return {"step": step.step, **found, "ratios": ratios, "verdict": step.verdict("p99_ms")}


def _compare_servers(before: Result, after: Result) -> tuple[ServerFigure, ...]:
    """Figures over the whole run, then milliseconds of one answered step by layer; results of earlier versions have none."""
    a, b = (_server_of(result) for result in (before, after))
    found = [ServerFigure(what, unit, a.get(name), b.get(name)) for name, what, unit in SERVER_FIGURES]
    layers_a, layers_b = (_layers_per_step(result) for result in (before, after))
    names = dict.fromkeys([*layers_a, *layers_b])
    found += [ServerFigure(name, "ms a step", layers_a.get(name), layers_b.get(name)) for name in names]
    return tuple(figure for figure in found if figure.before is not None or figure.after is not None)


def _server_of(result: Result) -> Result:
    return result.get("server") or {}


def _layers_per_step(result: Result) -> dict[str, float]:
    steps = result["requests"].get("steps") or 1
    return {layer["name"]: round(layer["ms"] / steps, 3) for layer in _server_of(result).get("layers") or ()}


def _find_differences(before: Result, after: Result) -> list[Difference]:
    servers = [_server_of(result) for result in (before, after)]
    players = [result.get("generator", {}).get("players", 1) for result in (before, after)]
    found = [
        Difference(what, str(a), str(b))
        for what, a, b in (
            ("scenario", before["scenario"], after["scenario"]),
            ("people", before.get("people"), after.get("people")),
            ("duration of the plan", before["plan"].get("duration"), after["plan"].get("duration")),
            ("seed of the plan", before["plan"].get("seed"), after["plan"].get("seed")),
            ("players", *players),
            ("version of the service", *(server.get("version") or "not known" for server in servers)),
            ("database of the service", *(server.get("database") or "not known" for server in servers)),
        )
        if a != b
    ]
    for kind in ("machine", "versions"):
        for name in dict.fromkeys([*before[kind], *after[kind]]):
            a, b = before[kind].get(name, "–"), after[kind].get(name, "–")
            if a != b:
                found.append(Difference(name, str(a), str(b)))
    return found
