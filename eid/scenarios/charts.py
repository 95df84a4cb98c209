"""Charts as inline SVG, drawn from the plain values of a result; colours come from the page's style sheet by class. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from eid.late_dataclasses import frozen

WIDTH = 960
LEFT, RIGHT = 170, 24
RIDGE = 46
"""Height of one step's row."""
PLOT = 190
"""Height of a chart over time."""


@frozen
class LogScale:
    """Milliseconds to pixels; whole powers of ten at both ends."""

    low: int
    high: int
    """Exponents of ten."""

    def x(self, milliseconds: float) -> float:
        share = (math.log10(max(milliseconds, 10**self.low)) - self.low) / (self.high - self.low)
        return LEFT + min(share, 1.0) * (WIDTH - LEFT - RIGHT)


def draw_distributions(steps: Sequence[Mapping[str, Any]], *, beside: Sequence[Mapping[str, Any]] = ()) -> Markup:
    """One row a step: how its waits are distributed, on a logarithmic scale, with median, p95 and p99.

    The scale has room for the steps of `beside` too, so that two drawings can be laid beside each other.
    """
    bounds = [upper for step in (*steps, *beside) for upper, _ in step["histogram"]] or [1.0, 1000.0]
    low, high = math.floor(math.log10(min(bounds))), math.ceil(math.log10(max(bounds)))
    scale = LogScale(low, max(high, low + 1))
    height = 30 + RIDGE * len(steps) + 30
    parts = [_draw_log_grid(scale, 20, height - 28)]
    for number, step in enumerate(steps):
        parts.append(_draw_ridge(step, scale, 20 + RIDGE * (number + 1)))
    return wrap_svg(height, parts, "Distribution of waits by step, logarithmic scale")


def draw_load(timeline: Sequence[Mapping[str, Any]], curve: Sequence[float]) -> Markup:
    """Arrivals a second as planned and as they came, answers a second, and errors, over time."""
    top = round_up(max([row["requests"] for row in timeline] + list(curve), default=1.0))
    frame = Frame(len(timeline), top)
    parts = [
        frame.draw_grid("a second"),
        frame.draw_area([row["requests"] for row in timeline], "answers"),
        frame.draw_line(curve, "planned"),
        frame.draw_bars([row["arrivals"] for row in timeline], "arrivals", "arrivals"),
        frame.draw_bars([row["errors"] for row in timeline], "errors", "errors"),
    ]
    return wrap_svg(PLOT + 50, parts, "Arrivals, answers and errors a second")


def draw_waits(timeline: Sequence[Mapping[str, Any]]) -> Markup:
    """Median and p99 of each second, on a logarithmic scale."""
    values = [row["p99_ms"] for row in timeline if row["p99_ms"]] + [
        row["median_ms"] for row in timeline if row["median_ms"]
    ]
    low, high = math.floor(math.log10(min(values, default=1))), math.ceil(math.log10(max(values, default=10)))
    frame = Frame(len(timeline), max(high, low + 1), low=low, logarithmic=True)
    parts = [
        frame.draw_grid("milliseconds"),
        frame.draw_line([row["p99_ms"] or None for row in timeline], "p99"),
        frame.draw_line([row["median_ms"] or None for row in timeline], "median"),
    ]
    return wrap_svg(PLOT + 50, parts, "Median and 99th percentile of waits over time, logarithmic scale")


def draw_inside(timeline: Sequence[Mapping[str, Any]]) -> Markup:
    """Visitors inside at the end of each second."""
    frame = Frame(len(timeline), round_up(max((row["inside"] for row in timeline), default=1)))
    parts = [frame.draw_grid("visitors"), frame.draw_area([row["inside"] for row in timeline], "inside")]
    return wrap_svg(PLOT + 50, parts, "Visitors inside at the same time")


class Frame:
    """The coordinates of a chart over the seconds of a run."""

    def __init__(self, seconds: int, top: float, *, low: float = 0.0, logarithmic: bool = False) -> None:
        self.seconds = max(seconds, 1)
        self.low, self.top = low, top
        self.logarithmic = logarithmic

    def x(self, second: float) -> float:
        return LEFT + second / self.seconds * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        shown = math.log10(value) if self.logarithmic else value
        return 12 + PLOT * (1 - (shown - self.low) / (self.top - self.low))

    def draw_grid(self, unit: str) -> str:
        lines = [f'<text class="unit" x="{LEFT - 56}" y="16" text-anchor="end">{unit}</text>']
        for value in self._ticks():
            y = self.y(value)
            lines.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            lines.append(f'<text class="tick" x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}</text>')
        for second in _time_ticks(self.seconds):
            lines.append(
                f'<text class="tick" x="{self.x(second):.1f}" y="{PLOT + 34}" text-anchor="middle">{_clock(second)}</text>'
            )
        return "".join(lines)

    def draw_area(self, values: Sequence[float], name: str) -> str:
        if not values:
            return ""
        points = " ".join(f"{self.x(n + 0.5):.1f},{self.y(v):.1f}" for n, v in enumerate(values))
        base = self.y(self.low)
        ends = f"{self.x(0.5):.1f},{base:.1f} {points} {self.x(len(values) - 0.5):.1f},{base:.1f}"
        return f'<polygon class="area {name}" points="{ends}"/><polyline class="line {name}" points="{points}"/>'

    def draw_line(self, values: Sequence[float | None], name: str) -> str:
        points = " ".join(f"{self.x(n + 0.5):.1f},{self.y(v):.1f}" for n, v in enumerate(values) if v is not None)
        return f'<polyline class="line {name}" points="{points}"/>'

    def draw_bars(self, values: Sequence[float], name: str, what: str) -> str:
        width = max((WIDTH - LEFT - RIGHT) / self.seconds * 0.6, 0.8)
        return "".join(
            f'<rect class="bar {name}" x="{self.x(n + 0.5) - width / 2:.1f}" y="{self.y(v):.1f}" width="{width:.1f}" '
            f'height="{self.y(0) - self.y(v):.1f}"><title>{_clock(n)}: {v:g} {what}</title></rect>'
            for n, v in enumerate(values)
            if v
        )

    def _ticks(self) -> list[float]:
        if self.logarithmic:
            return [10.0**exponent for exponent in range(int(self.low), int(self.top) + 1)]
        return [self.top * share / 4 for share in range(5)]


def _draw_log_grid(scale: LogScale, top: float, bottom: float) -> str:
    lines = []
    for exponent in range(scale.low, scale.high + 1):
        for factor in range(1, 10 if exponent < scale.high else 2):
            x = scale.x(factor * 10.0**exponent)
            kind = "grid" if factor == 1 else "grid minor"
            lines.append(f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>')
        label = _duration(10.0**exponent)
        lines.append(
            f'<text class="tick" x="{scale.x(10.0**exponent):.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
        )
    return "".join(lines)


def _draw_ridge(step: Mapping[str, Any], scale: LogScale, base: float) -> str:
    bins: list[tuple[float, int]] = [(math.log(upper), count) for upper, count in step["histogram"]]
    most = max(_smooth(bins, scale), key=lambda point: point[1], default=(0.0, 1.0))[1] or 1.0
    curve = [(x, base - weight / most * (RIDGE - 10)) for x, weight in _smooth(bins, scale)]
    outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in curve)
    parts = [
        Markup('<text class="row" x="{}" y="{}" text-anchor="end">{}</text>').format(LEFT - 14, base - 4, step["step"]),
        f'<line class="base" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>',
        f'<polygon class="ridge" points="{LEFT},{base} {outline} {WIDTH - RIGHT},{base}"/>',
    ]
    for name in ("median", "p95", "p99"):
        value = step[f"{name}_ms"]
        x = scale.x(value)
        parts.append(
            f'<line class="mark {name}" x1="{x:.1f}" x2="{x:.1f}" y1="{base - RIDGE + 14}" y2="{base + 3}">'
            f"<title>{name} {_duration(value)}</title></line>"
        )
    return "".join(str(part) for part in parts)


def _smooth(bins: Sequence[tuple[float, int]], scale: LogScale) -> list[tuple[float, float]]:
    """(x, weight): the histogram under a narrow bell, so that few answers do not look like a comb."""
    width = 0.09
    points = []
    for pixel in range(LEFT, WIDTH - RIGHT + 1, 3):
        exponent = scale.low + (pixel - LEFT) / (WIDTH - LEFT - RIGHT) * (scale.high - scale.low)
        here = exponent * math.log(10)
        near = [(place, count) for place, count in bins if abs(place - here) < 4 * width]
        points.append((float(pixel), sum(c * math.exp(-(((p - here) / width) ** 2) / 2) for p, c in near)))
    return points


def wrap_svg(height: float, parts: Sequence[str], label: str) -> Markup:
    """A drawing as wide as the page has room for; the label says what it is to those who cannot see it."""
    body = "".join(str(part) for part in parts)
    return Markup(f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{label}">{body}</svg>')  # noqa: S704


def round_up(value: float) -> float:
    """The next of 4, 8, 20, 40, 80, 200 …: four even steps that read well."""
    base = 10 ** math.floor(math.log10(max(value, 1)))
    return next(
        float(base * factor) for factor in (1, 2, 4, 8, 20) if base * factor >= max(value, 1) and base * factor >= 4
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"


def _duration(milliseconds: float) -> str:
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.3g} s"
    return f"{milliseconds:.3g} ms" if milliseconds >= 1 else f"{milliseconds * 1000:.3g} µs"


def _clock(second: float) -> str:
    return f"{int(second) // 60}:{int(second) % 60:02d}"


def _time_ticks(seconds: int) -> range:
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600) if seconds / s <= 12), 7200)
    return range(0, seconds + 1, step)
