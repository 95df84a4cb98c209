"""A load scenario as data: who comes, when, to do what, how long they think, and what must hold.

Read from TOML (sample_data/scenarios/*.toml, or a tester's own file) into frozen values; whatever is unknown, missing or cannot
be played is refused with the place in the file. Plays nothing itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from eid.config import SAMPLE_DATA
from eid.errors import Malformed, NotFound

PLANS = SAMPLE_DATA / "scenarios"

TOTP_STEP = timedelta(seconds=30)
"""RFC 6238's time step: nobody signs in twice within one, because the same code is never accepted twice."""


class Act(StrEnum):
    """What somebody comes for; eid.scenarios.visitors plays each."""

    SIGN_IN = "sign-in"
    SIGN_IN_AGAIN = "sign-in-again"
    CARD = "card"
    GUESS = "guess"
    """Not the holder: somebody who tries a password at an account that is not theirs."""


class Step(StrEnum):
    """One thing that somebody asks for and waits for, with its redirects: what figures and expectations are about."""

    SIGN_IN_PAGE = "sign-in page"
    RECOGNISED = "recognised"
    """A browser with a live session and remembered consent is sent straight back to the clinic."""
    PASSWORD = "PIN and password"
    CODE = "one-time code"
    APPROVE = "approve"
    TOKEN = "token"
    USERINFO = "userinfo"
    INSURANCE = "insurance token"
    LICENCE = "licence token"
    CARD_CHALLENGE = "card challenge"
    CARD_VERIFICATION = "card verification"
    GUESS = "wrong password refused"
    """A refusal is what was asked for; whoever is let in, or told that there is no such account, is an error."""


@dataclass(frozen=True)
class CurvePoint:
    at: float
    """Share of the duration, 0 to 1."""
    rate: float
    """Visits a second with the plan's number of people."""


@dataclass(frozen=True)
class Visit:
    act: Act
    weight: float


@dataclass(frozen=True)
class Think:
    """Shortest and longest time in seconds, uniformly distributed."""

    page: tuple[float, float]
    counter: tuple[float, float]


@dataclass(frozen=True)
class StepLimit:
    step: Step
    p95_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True)
class Expectations:
    error_rate: float
    longest_queue: int | None
    steps: tuple[StepLimit, ...]


@dataclass(frozen=True)
class Source:
    figure: str
    where: str
    derived: str = ""


@dataclass(frozen=True)
class Plan:
    name: str
    title: str
    story: str
    people: int
    duration: timedelta
    drain: timedelta
    seed: int
    arrivals: tuple[CurvePoint, ...]
    visits: tuple[Visit, ...]
    think: Think
    expect: Expectations
    sources: tuple[Source, ...]

    @property
    def peak_rate(self) -> float:
        """The most visits a second that the curve asks for."""
        return max(point.rate for point in self.arrivals)

    @property
    def expected_visits(self) -> float:
        """The area under the curve: visits in the whole run, on average."""
        area = sum((b.at - a.at) * (a.rate + b.rate) / 2 for a, b in pairwise(self.arrivals))
        return area * self.duration.total_seconds()

    @property
    def targets(self) -> int:
        """How many of the people are aimed at by those who guess: one in ten, who do not come themselves meanwhile."""
        return max(1, self.people // 10) if self.share_of(Act.GUESS) else 0

    def share_of(self, *acts: Act) -> float:
        """The share of visits that are for these acts, 0 to 1."""
        return sum(v.weight for v in self.visits if v.act in acts) / sum(v.weight for v in self.visits)


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
        table = _Table(tomllib.loads(text), "the plan")
    except tomllib.TOMLDecodeError as error:
        raise Malformed("plan_malformed", f"it is not TOML: {error}.") from error
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
        expect=_parse_expectations(table.table("expect")),
        sources=tuple(_parse_source(row) for row in table.tables("sources")),
    )
    table.finish()
    check_playable(plan)
    return plan


def scale_plan(plan: Plan, *, people: int | None = None, duration: timedelta | None = None) -> Plan:
    """The same plan for more or fewer people, whose arrivals grow or shrink with them, or in another time."""
    if people is not None:
        if people < 1:
            raise Malformed("plan_people", "At least one person must play.")
        factor = people / plan.people
        arrivals = tuple(replace(point, rate=point.rate * factor) for point in plan.arrivals)
        plan = replace(plan, people=people, arrivals=arrivals)
    if duration is not None:
        if duration <= timedelta(0):
            raise Malformed("plan_duration", "A run must last longer than nothing.")
        plan = replace(plan, duration=duration)
    return plan


def parse_duration(text: str) -> timedelta:
    """45s, 10m, 1h, 1m30s. Raises Malformed."""
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", text, re.ASCII)
    if not text or not found:
        raise Malformed("duration_malformed", f"{text!r} is no duration; write 45s, 10m, 1h or 1m30s.")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def check_playable(plan: Plan) -> None:
    """Raise Malformed where so few people cannot sign in so often: each may use one code in each step of 30 seconds."""
    span = min(TOTP_STEP, plan.duration)
    per_step = plan.peak_rate * plan.share_of(Act.SIGN_IN) * span.total_seconds()
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


def _parse_curve(rows: Sequence[_Table]) -> tuple[CurvePoint, ...]:
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


def _parse_visit(row: _Table) -> Visit:
    visit = Visit(act=Act(row.choice("act", [*Act])), weight=row.number("weight", least=0.001))
    row.finish()
    return visit


def _parse_think(table: _Table) -> Think:
    think = Think(page=table.span("page"), counter=table.span("counter"))
    table.finish()
    return think


def _parse_expectations(table: _Table) -> Expectations:
    queue = table.number("longest_queue", least=1, default=0)
    expect = Expectations(
        error_rate=table.number("error_rate", least=0, most=1),
        longest_queue=int(queue) or None,
        steps=tuple(_parse_step_limit(row) for row in table.tables("steps")),
    )
    table.finish()
    return expect


def _parse_step_limit(row: _Table) -> StepLimit:
    p95, p99 = (row.number(name, least=0.001, default=0) for name in ("p95_ms", "p99_ms"))
    limit = StepLimit(step=Step(row.choice("step", [*Step])), p95_ms=p95 or None, p99_ms=p99 or None)
    row.finish()
    if limit.p95_ms is None and limit.p99_ms is None:
        raise Malformed("plan_malformed", f"{row.place}: give p95_ms or p99_ms.")
    return limit


def _parse_source(row: _Table) -> Source:
    source = Source(figure=row.text("figure"), where=row.text("where"), derived=row.text("derived", default=""))
    row.finish()
    return source


class _Table:
    """A TOML table that is read key by key and must be empty afterwards."""

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        self.values = dict(values)
        self.place = place

    def text(self, key: str, *, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self._wrong(key, "a text")
        return value

    def number(self, key: str, *, least: float, most: float | None = None, default: float | None = None) -> float:
        value = self._take(key, default)
        if value == default and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
            raise self._wrong(key, f"a number of at least {least:g}")
        if most is not None and not value <= most:
            raise self._wrong(key, f"a number of at most {most:g}")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        value = self.text(key)
        if value not in choices:
            raise self._wrong(key, f"one of {', '.join(choices)}")
        return value

    def duration(self, key: str) -> timedelta:
        duration = parse_duration(self.text(key))
        if duration <= timedelta(0):
            raise self._wrong(key, "longer than nothing")
        return duration

    def span(self, key: str) -> tuple[float, float]:
        value = self._take(key, None)
        numbers = isinstance(value, list) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
        if not numbers or len(value) != 2 or not 0 <= value[0] <= value[1]:
            raise self._wrong(key, "the shortest and the longest time in seconds, like [0.5, 2.0]")
        return float(value[0]), float(value[1])

    def table(self, key: str) -> _Table:
        value = self._take(key, None)
        if not isinstance(value, dict):
            raise self._wrong(key, "a table")
        return _Table(value, f"[{key}]")

    def tables(self, key: str) -> list[_Table]:
        value = self._take(key, None)
        if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
            raise self._wrong(key, "tables in double brackets, one or more")
        return [_Table(row, f"{key}, number {number}") for number, row in enumerate(value, start=1)]

    def finish(self) -> None:
        """Raise Malformed where a key was not asked for: a misspelt limit must not be ignored in silence."""
        if self.values:
            raise Malformed("plan_unknown_key", f"{self.place}: there is no {sorted(self.values)[0]!r} here.")

    def _take(self, key: str, default: object) -> Any:
        if key not in self.values and default is None:
            raise Malformed("plan_incomplete", f"{self.place}: {key!r} is missing.")
        return self.values.pop(key, default)

    def _wrong(self, key: str, wanted: str) -> Malformed:
        return Malformed("plan_malformed", f"{self.place}: {key!r} must be {wanted}.")
