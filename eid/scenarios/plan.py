"""A load scenario as data: who comes, when, to do what, how long they think, and what must hold.

Read from TOML (sample_data/scenarios/*.toml, or a tester's own file) into frozen values; whatever is unknown, missing or cannot
be played is refused with the place in the file. Plays nothing itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from eid.config import SAMPLE_DATA
from eid.errors import Malformed, NotFound
from eid.scenarios.plan_tables import Table, parse_duration
from eid.scenarios.plan_values import (
    WHOLE_SIGN_INS,
    Act,
    CurvePoint,
    Expectations,
    Nation,
    Plan,
    Source,
    Step,
    StepLimit,
    Think,
    Visit,
)

__all__ = [
    "PLANS",
    "TOTP_STEP",
    "Act",
    "CurvePoint",
    "Nation",
    "Plan",
    "Step",
    "StepLimit",
    "check_playable",
    "describe_plan",
    "find_plan_file",
    "list_plans",
    "parse_duration",
    "parse_plan",
    "read_plan",
    "scale_plan",
]

PLANS = SAMPLE_DATA / "scenarios"

TOTP_STEP = timedelta(seconds=30)
"""RFC 6238's time step: nobody signs in twice within one, because the same code is never accepted twice."""


def list_plans(directory: Path = PLANS) -> list[Plan]:
    """The plans that come with the project, by name."""
    return [read_plan(path) for path in sorted(directory.glob("*.toml"))]


def find_plan_file(name: str, directory: Path = PLANS) -> Path:
    """Where the plan of this name is, or a tester's own file whose path was given. Raises NotFound."""
    path = Path(name) if name.endswith(".toml") else directory / f"{name}.toml"
    if not path.is_file() or (path.parent == directory and not re.fullmatch(r"[a-z0-9-]+", path.stem)):
        known = ", ".join(sorted(p.stem for p in directory.glob("*.toml")))
        raise NotFound(
            "plan_unknown", f"There is no scenario {name}; there are: {known}. A path of a .toml file works too."
        )
    return path


def read_plan(path: Path) -> Plan:
    """The plan in a TOML file. Raises Malformed with the file's name and the place."""
    try:
        return parse_plan(path.read_text(encoding="utf-8"))
    except Malformed as malformed:
        raise Malformed(malformed.code, f"{path.name}: {malformed.detail}") from malformed
    except UnicodeDecodeError as error:
        raise Malformed("plan_malformed", f"{path.name}: it is not a text in UTF-8.") from error


def parse_plan(text: str) -> Plan:
    """The plan that a TOML text describes. Raises Malformed where it is not one, or is one that cannot be played."""
    try:
        table = Table(tomllib.loads(text), "the plan")
    except tomllib.TOMLDecodeError as error:
        raise Malformed("plan_malformed", f"it is not TOML: {error}.") from error
    visitor = table.text("visitor", default="") or None
    plan = Plan(
        name=table.text("name"),
        title=table.text("title"),
        story=" ".join(table.text("story").split()),
        people=int(table.number("people", least=1)),
        duration=table.duration("duration"),
        drain=table.duration("drain"),
        seed=int(table.number("seed", least=0)),
        arrivals=_parse_curve(table.tables("arrivals")),
        visits=tuple(_parse_visit(row) for row in table.tables("visits")),
        think=_parse_think(table.table("think")),
        expect=_parse_expectations(table.table("expect"), may_name_steps=visitor is not None),
        sources=tuple(_parse_source(row) for row in table.tables("sources")),
        nation=_parse_nation(table.table("nation")) if table.has("nation") else None,
        provinces=_parse_provinces(table.tables("provinces")) if table.has("provinces") else {},
        visitor=visitor,
    )
    table.finish()
    check_playable(plan)
    return plan


def scale_plan(
    plan: Plan, *, people: int | None = None, duration: timedelta | None = None, scale: float | None = None
) -> Plan:
    """The same plan for more or fewer people, whose arrivals grow or shrink with them, or in another time.

    `scale` is a share of the nation: so many of its people, and so much of its peak. Raises Malformed: plan_people,
    plan_duration; plan_scale for both at once, for no share, and for a plan that says nothing of a nation.
    """
    if scale is not None:
        plan = _scale_to_nation(plan, scale, people)
    elif people is not None:
        if people < 1:
            raise Malformed("plan_people", "At least one person must play.")
        plan = replace(plan, people=people, arrivals=_scale_arrivals(plan, people / plan.people))
    if duration is not None:
        if duration <= timedelta(0):
            raise Malformed("plan_duration", "A run must last longer than nothing.")
        plan = replace(plan, duration=duration)
    return plan


def check_playable(plan: Plan) -> None:
    """Raise Malformed where the plan contradicts itself, or so few people cannot sign in so often: each may use one code in
    each step of 30 seconds."""
    if bool(plan.visitor) != bool(plan.share_of(Act.OWN)):
        raise Malformed(
            "plan_visitor", "'visitor' names the class that plays the act own: give both of them, or neither."
        )
    span = min(TOTP_STEP, plan.duration)
    per_step = plan.peak_rate * plan.share_of(*WHOLE_SIGN_INS - {Act.OWN}) * span.total_seconds()
    people = plan.people - plan.targets
    if per_step > people:
        raise Malformed(
            "plan_people",
            f"at the peak {per_step:.0f} sign-ins begin in {span.total_seconds():.0f} seconds, but {people} people have one "
            "code each in that time; add people or lower the rate.",
        )


def describe_plan(plan: Plan) -> dict[str, Any]:
    """The plan as plain values for JSON; durations in seconds."""
    plain = asdict(plan)
    return plain | {"duration": plan.duration.total_seconds(), "drain": plan.drain.total_seconds()}


def _scale_to_nation(plan: Plan, scale: float, people: int | None) -> Plan:
    if people is not None:
        raise Malformed("plan_scale", "Give a share of the nation or a number of people, not both.")
    if not 0 < scale <= 1:
        raise Malformed("plan_scale", "A share of the nation is more than 0 and at most 1.")
    if plan.nation is None:
        raise Malformed("plan_scale", f"The plan {plan.name} has no [nation], so there is no share of it to play.")
    factor = scale * plan.nation.peak / plan.peak_rate
    return replace(plan, people=max(1, round(scale * plan.nation.people)), arrivals=_scale_arrivals(plan, factor))


def _scale_arrivals(plan: Plan, factor: float) -> tuple[CurvePoint, ...]:
    return tuple(replace(point, rate=point.rate * factor) for point in plan.arrivals)


def _parse_curve(rows: Sequence[Table]) -> tuple[CurvePoint, ...]:
    points = tuple(CurvePoint(at=row.number("at", least=0, most=1), rate=row.number("rate", least=0)) for row in rows)
    for row in rows:
        row.finish()
    if len(points) < 2 or points[0].at != 0 or points[-1].at != 1:
        raise Malformed("plan_arrivals", "arrivals: the curve must begin at 0.0 and end at 1.0.")
    if any(b.at <= a.at for a, b in pairwise(points)):
        raise Malformed("plan_arrivals", "arrivals: each point must come after the one before it.")
    if not any(point.rate for point in points):
        raise Malformed("plan_arrivals", "arrivals: nobody ever comes.")
    return points


def _parse_visit(row: Table) -> Visit:
    visit = Visit(act=Act(row.choice("act", [*Act])), weight=row.number("weight", least=0.001))
    row.finish()
    return visit


def _parse_think(table: Table) -> Think:
    think = Think(page=table.span("page"), counter=table.span("counter"))
    table.finish()
    return think


def _parse_expectations(table: Table, *, may_name_steps: bool) -> Expectations:
    queue = table.number("longest_queue", least=1, default=0)
    expect = Expectations(
        error_rate=table.number("error_rate", least=0, most=1),
        longest_queue=int(queue) or None,
        steps=tuple(_parse_step_limit(row, may_name_steps=may_name_steps) for row in table.tables("steps")),
    )
    table.finish()
    return expect


def _parse_step_limit(row: Table, *, may_name_steps: bool) -> StepLimit:
    p95, p99 = (row.number(name, least=0.001, default=0) for name in ("p95_ms", "p99_ms"))
    step = row.text("step") if may_name_steps else row.choice("step", [*Step])
    limit = StepLimit(step=step, p95_ms=p95 or None, p99_ms=p99 or None)
    row.finish()
    if limit.p95_ms is None and limit.p99_ms is None:
        raise Malformed("plan_malformed", f"{row.place}: give p95_ms or p99_ms.")
    return limit


def _parse_source(row: Table) -> Source:
    source = Source(figure=row.text("figure"), where=row.text("where"), derived=row.text("derived", default=""))
    row.finish()
    return source


def _parse_nation(table: Table) -> Nation:
    nation = Nation(
        people=int(table.number("people", least=1)),
        peak=table.number("peak", least=0.001),
        source=" ".join(table.text("source").split()),
    )
    table.finish()
    return nation


def _parse_provinces(rows: Sequence[Table]) -> Mapping[str, float]:
    weights = {row.text("code"): row.number("weight", least=0.001) for row in rows}
    for row in rows:
        row.finish()
    if len(weights) < len(rows):
        raise Malformed("plan_malformed", "provinces: a province is named twice.")
    return weights
