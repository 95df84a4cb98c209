"""Charts of the service itself: where an answer's time went; processor, statements and locks over time. Each is None where a
result has no such figures. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from eid.scenarios.charts import LEFT, PLOT, RIGHT, WIDTH, Frame, round_up, wrap_svg
from eid.scenarios.spending import LAYERS

ROW = 30
"""Height of one step's bar."""
LABEL = 90
"""Room for the figure at the end of the longest bar."""

Rows = Sequence[Mapping[str, Any]]


def draw_layers(steps: Rows) -> Markup | None:
    """One bar a step: the mean time of an answer, put together from its layers."""
    known = [step for step in steps if step.get("layers_ms")]
    longest = max((sum(step["layers_ms"].values()) for step in known), default=0.0)
    if not longest:
        return None
    scale = (WIDTH - LEFT - RIGHT - LABEL) / longest
    parts = [_draw_bar(step, scale, 10 + ROW * number) for number, step in enumerate(known)]
    return wrap_svg(20 + ROW * len(known), parts, "Where the time of an answer went, by step")


def draw_cpu(timeline: Rows) -> Markup | None:
    """Processor time of the service and of its database, in cores."""
    service, database = (_read(timeline, name) for name in ("service_cpu", "database_cpu"))
    if not _has_any(service):
        return None
    most = max(value for value in (*service, *database) if value is not None)
    frame = Frame(len(timeline), _round_up(most))
    parts = [frame.draw_grid("cores"), frame.draw_line(service, "service"), frame.draw_line(database, "database")]
    return wrap_svg(PLOT + 50, parts, "Processor time of the service and of its database over time")


def draw_statements(timeline: Rows) -> Markup | None:
    """Statements a second that the database got."""
    return _draw_one(timeline, "statements", "a second", "Statements a second over time")


def draw_locks(timeline: Rows) -> Markup | None:
    """How many waited for a lock of the database at once, on average in each second."""
    return _draw_one(timeline, "lock_waiters", "waiting", "Waiting for a lock of the database over time")


def _draw_one(timeline: Rows, name: str, unit: str, label: str) -> Markup | None:
    values = _read(timeline, name)
    if not _has_any(values):
        return None
    known = [value or 0.0 for value in values]
    frame = Frame(len(timeline), _round_up(max(known)))
    return wrap_svg(PLOT + 50, [frame.draw_grid(unit), frame.draw_area(known, name)], label)


def _draw_bar(step: Mapping[str, Any], scale: float, top: float) -> str:
    parts: list[str] = [
        Markup('<text class="row" x="{}" y="{}" text-anchor="end">{}</text>').format(LEFT - 14, top + 15, step["step"])
    ]
    x, total = float(LEFT), sum(step["layers_ms"].values())
    for layer, name in LAYERS.items():
        width = step["layers_ms"].get(layer, 0.0) * scale
        if width > 0:
            title = f"{name}: {step['layers_ms'][layer]:.1f} ms"
            parts.append(
                f'<rect class="layer {layer}" x="{x:.1f}" y="{top}" width="{width:.2f}" height="{ROW - 10}">'
                f"<title>{title}</title></rect>"
            )
            x += width
    parts.append(f'<text class="tick" x="{x + 8:.1f}" y="{top + 15}">{total:.1f} ms</text>')
    return "".join(parts)


def _round_up(most: float) -> float:
    """Charts of cores and of those who wait reach at least to one."""
    return round_up(most) if most > 1 else 1.0


def _read(timeline: Rows, name: str) -> list[float | None]:
    return [row.get(name) for row in timeline]


def _has_any(values: Sequence[float | None]) -> bool:
    return any(value is not None for value in values)
