"""The result of a run as one document: what `--json` writes and the report shows. Pure; its shape is a promise (schema 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field
from datetime import datetime
from itertools import groupby
from typing import Any

from eid.late_dataclasses import frozen
from eid.scenarios.judgement import judge_run
from eid.scenarios.observations import Observations
from eid.scenarios.plan import Plan, Step, describe_plan
from eid.scenarios.server_figures import Watched, describe_seconds, describe_server, describe_spent
from eid.scenarios.statistics import GROWTH, Histogram, Second, StepTally, Tally

SCHEMA = "eid-scenario-result/1"
ORDER = {str(step): number for number, step in enumerate(Step)}


@frozen
class Circumstances:
    """What a run was played against, when, and on what."""

    url: str
    started_at: datetime
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    watched: Watched = field(default_factory=Watched)
    """What was seen of the service from outside."""


def build_result(plan: Plan, seen: Observations, circumstances: Circumstances) -> dict[str, Any]:
    """Everything that is known of a run, as plain values. Times in milliseconds where the name ends in `_ms`, else seconds."""
    verdict, findings = judge_run(plan, seen)
    return {
        "schema": SCHEMA,
        "scenario": plan.name,
        "title": plan.title,
        "verdict": str(verdict),
        "started_at": circumstances.started_at.isoformat(timespec="seconds"),
        "url": circumstances.url,
        "people": plan.people,
        "lasted": round(seen.lasted, 2),
        "requests": {
            "steps": seen.tally.requests,
            "http": seen.http_requests,
            "per_second": round(seen.http_requests / seen.lasted, 2) if seen.lasted else 0.0,
            "errors": seen.tally.failures,
            "error_rate": round(seen.tally.failures / seen.tally.requests, 6) if seen.tally.requests else 0.0,
        },
        "visits": {
            "planned": seen.planned,
            "began": seen.began,
            "finished": seen.finished,
            "cut_off": seen.cut_off,
            "held_back": seen.held_back,
            "longest_hold": round(seen.longest_hold, 2),
            "most_inside": max((second.inside for second in seen.tally.seconds.values()), default=0),
            "by_act": [_describe_step("act", name, v, seen.lasted) for name, v in sorted(seen.tally.visits.items())],
        },
        "steps": [_describe_step("step", name, step, seen.lasted) for name, step in _in_order(seen.tally)],
        "errors": [{"step": step, "what": what, "count": n} for (step, what), n in seen.tally.errors.most_common()],
        "timeline": _describe_timeline(seen, circumstances.watched),
        "expectations": [asdict(finding) for finding in findings],
        "generator": {
            "cpu_share": round(seen.generator_cpu / seen.lasted, 3) if seen.lasted else 0.0,
            "lag_p99_ms": round(seen.lag.quantile_ms(0.99), 2),
            "lag_max_ms": round(seen.lag.largest_ms, 2),
            "players": seen.players,
            "busiest_share": round(seen.busiest_share, 3),
        },
        "server": describe_server(seen, circumstances.watched),
        "versions": dict(circumstances.versions),
        "machine": dict(circumstances.machine),
        "plan": describe_plan(plan),
    }


def _in_order(tally: Tally) -> list[tuple[str, StepTally]]:
    """Steps in the order of a visit; a tester's own come last."""
    return sorted(tally.steps.items(), key=lambda item: (ORDER.get(item[0], len(ORDER)), item[0]))


def _describe_step(kind: str, name: str, step: StepTally, lasted: float) -> dict[str, Any]:
    waited = step.waited
    return {
        kind: name,
        "count": waited.count,
        "rate": round(waited.count / lasted, 3) if lasted else 0.0,
        "errors": step.errors,
        "mean_ms": round(waited.mean_ms, 2),
        "median_ms": round(waited.quantile_ms(0.5), 2),
        "p95_ms": round(waited.quantile_ms(0.95), 2),
        "p99_ms": round(waited.quantile_ms(0.99), 2),
        "max_ms": round(waited.largest_ms, 2),
        "served_p99_ms": round(step.served.quantile_ms(0.99), 2),
        "histogram": _coarsen(waited),
        **describe_spent(step.spent, waited.count),
    }


def _coarsen(histogram: Histogram) -> list[list[float]]:
    """[upper bound in ms, count], five of the fine buckets in one: enough for a picture."""
    grouped = groupby(sorted(histogram.counts.items()), key=lambda item: -(-item[0] // 5))
    return [[round(GROWTH ** (group * 5), 4), sum(count for _, count in items)] for group, items in grouped]


def _describe_timeline(seen: Observations, watched: Watched) -> list[dict[str, Any]]:
    """One row a second, without gaps."""
    of_server = describe_seconds(seen, watched)
    return [_describe_second(number, seen.tally.seconds[number]) | row for number, row in enumerate(of_server)]


def _describe_second(number: int, second: Second) -> dict[str, Any]:
    return {
        "second": number,
        "arrivals": second.arrivals,
        "requests": second.requests,
        "errors": second.errors,
        "inside": second.inside,
        "median_ms": round(second.waited.quantile_ms(0.5), 2),
        "p99_ms": round(second.waited.quantile_ms(0.99), 2),
    }
