"""The report of a result, and of two compared: one HTML file with its style and its charts inside, that asks nothing of any
other address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eid.scenarios.arrivals import rate_at
from eid.scenarios.charts import draw_distributions, draw_inside, draw_load, draw_waits
from eid.scenarios.comparison import FEW, NOTABLE, QUANTILES, Comparison
from eid.scenarios.plan import CurvePoint
from eid.scenarios.server_charts import draw_cpu, draw_layers, draw_locks, draw_statements
from eid.scenarios.spending import LAYERS

TEMPLATES = Path(__file__).parent.parent / "templates" / "scenarios"


def render_report(result: Mapping[str, Any]) -> str:
    """The page of a result (eid.scenarios.result)."""
    charts = {
        "distributions": draw_distributions(result["steps"]),
        "load": draw_load(result["timeline"], _planned_rates(result)),
        "waits": draw_waits(result["timeline"]),
        "inside": draw_inside(result["timeline"]),
        "layers": draw_layers(result["steps"]),
        "cpu": draw_cpu(result["timeline"]),
        "statements": draw_statements(result["timeline"]),
        "locks": draw_locks(result["timeline"]),
    }
    return _environment().get_template("report.html").render(result=result, charts=charts, layers=LAYERS)


def render_comparison(comparison: Comparison) -> str:
    """The page of two results beside each other."""
    before, after = comparison.before["steps"], comparison.after["steps"]
    charts = {
        "before": draw_distributions(before, beside=after),
        "after": draw_distributions(after, beside=before),
    }
    page = _environment().get_template("comparison.html")
    return page.render(comparison=comparison, charts=charts, quantiles=QUANTILES, notable=NOTABLE, few=FEW)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ms"] = _write_ms
    return environment


def _planned_rates(result: Mapping[str, Any]) -> list[float]:
    """The plan's visits a second, at the middle of each second."""
    curve = [CurvePoint(**point) for point in result["plan"]["arrivals"]]
    length = result["plan"]["duration"]
    return [rate_at(curve, (n + 0.5) / length) for n in range(len(result["timeline"])) if n + 0.5 < length]


def _write_ms(milliseconds: float) -> str:
    """Three figures, with the unit that suits."""
    if milliseconds >= 10_000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.1f}"
