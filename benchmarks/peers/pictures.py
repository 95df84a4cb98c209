"""Pictures of a comparison, on the sheet that the register's pictures are drawn on. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.peers.results import Bar, Figure
from eid.population.pictures.canvas import Canvas

WIDTH, LEFT, RIGHT, TOP, ROW = 960, 320, 90, 72, 30
THICK = 18
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def draw_rates(figures: Sequence[Figure], title: str) -> str:
    """One bar a contender, eid's in another colour: how many it does in a core-second, and between which rounds that was."""
    canvas = Canvas(
        WIDTH,
        TOP + ROW * len(figures) + 16,
        title,
        "a core-second, the database's time included; lowest to highest round",
    )
    top = max(figure.per_core_second.highest for figure in figures)
    for number, figure in enumerate(figures):
        y, rate = TOP + ROW * number, figure.per_core_second
        canvas.text(LEFT - 10, y + 14, figure.name, anchor="end")
        canvas.rect(LEFT, y, _x(rate.median / top) - LEFT, THICK, "b" if figure.name.startswith("eid") else "a")
        _draw_spread(canvas, _x(rate.lowest / top), _x(rate.highest / top), y + THICK / 2)
        canvas.text(_x(rate.highest / top) + 8, y + 14, write_number(rate.median), "small soft")
    return canvas.to_svg()


def draw_bars(bars: Sequence[Bar], title: str) -> str:
    """One mark a bar, on a logarithmic scale: what was found as a part of what was wanted. Right of the line it is reached."""
    canvas = Canvas(
        WIDTH,
        TOP + ROW * len(bars) + 40,
        title,
        "logarithmic; right of the line it is reached; lowest to highest round",
    )
    shares = [
        sorted(share_of(bar, value) for value in (bar.found.lowest, bar.found.median, bar.found.highest))
        for bar in bars
    ]
    low = math.floor(math.log10(min(0.5, *(share[0] for share in shares))))
    high = math.log10(max(2.0, *(share[2] for share in shares)))

    def x(share: float) -> float:
        return _x((math.log10(share) - low) / (high - low))

    bottom = TOP + ROW * len(bars)
    for tick in TICKS:
        if low <= math.log10(tick) <= high:
            canvas.rule(x(tick), TOP - 8, x(tick), bottom)
            canvas.text(x(tick), bottom + 18, f"{tick:g} ×", "small soft", "middle")
    canvas.path([(x(1), TOP - 8), (x(1), bottom)], "outline")
    for number, (bar, (lowest, median, highest)) in enumerate(zip(bars, shares, strict=True)):
        y = TOP + ROW * number
        canvas.text(LEFT - 10, y + 14, bar.what, "small", "end")
        _draw_spread(canvas, x(lowest), x(highest), y + THICK / 2)
        canvas.rect(x(median) - 5, y + THICK / 2 - 5, 10, 10, "c" if bar.is_met else "b", bar.what)
    return canvas.to_svg()


def share_of(bar: Bar, value: float) -> float:
    """At least 1 where the bar is reached."""
    return bar.bar / value if bar.is_most else value / bar.bar


def write_number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _draw_spread(canvas: Canvas, start: float, end: float, y: float) -> None:
    canvas.path([(start, y - 4), (start, y + 4), (start, y), (end, y), (end, y - 4), (end, y + 4)], "outline")
