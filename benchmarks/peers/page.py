"""docs/performance.md: the parts of it that a run writes, each between a mark and an end, and the pictures beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Rate
from benchmarks.peers.pictures import draw_bars, draw_rates, write_number
from benchmarks.peers.results import Bar, Figure, Section

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "pictures" / "performance"

TITLES = {
    "again": "Sign-ins with a live session and a remembered consent, 32 users",
    "forms": "Sign-ins by form and consent, the same cheap hash, 32 users",
    "tokens": "Tokens in a client's own name, 32 users",
}
"""Of sections that have a picture."""
ALL_BARS = "bars"
FEWER = "fewer"


def write_page(sections: Sequence[Section], machine: Mapping[str, str]) -> None:
    """Afterwards the page and its pictures say what these sections found; what a run left out stays as it was."""
    text = PAGE.read_text(encoding="utf-8")
    for name, content in render(sections, machine).items():
        text = replace_part(text, name, content)
    PAGE.write_text(text, encoding="utf-8")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for section in sections:
        if section.title in TITLES:
            (PICTURES / f"{section.title}.svg").write_text(
                draw_rates(section.figures, TITLES[section.title]), encoding="utf-8"
            )
    picture = draw_bars(
        [bar for section in sections for bar in section.bars], "What was found, as a part of what was wanted"
    )
    (PICTURES / "bars.svg").write_text(picture, encoding="utf-8")


def write_part(section: Section) -> None:
    """Afterwards the page says what this section alone found, its bars below its figures."""
    text = PAGE.read_text(encoding="utf-8")
    content = f"{render_figures(section.figures)}\n\n{render_bars(section.bars)}"
    PAGE.write_text(replace_part(text, section.title, content), encoding="utf-8")


def render(sections: Sequence[Section], machine: Mapping[str, str]) -> dict[str, str]:
    """Name of a part → its text."""
    parts = {section.title: render_figures(section.figures) for section in sections if section.figures}
    fewer = [section for section in sections if section.title.startswith("again-")]
    if fewer:
        parts[FEWER] = "\n\n".join(
            f"With {section.title.removeprefix('again-')}:\n\n{parts.pop(section.title)}" for section in fewer
        )
    parts[ALL_BARS] = render_bars([bar for section in sections for bar in section.bars])
    facts = "; ".join(f"{name} {value}" for name, value in machine.items())
    parts["machine"] = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {facts}."
    return parts


def replace_part(text: str, name: str, content: str) -> str:
    """Raises ValueError where the page has no such part."""
    part = re.compile(rf"(<!-- measured: {re.escape(name)} -->\n).*?(\n<!-- end -->)", re.DOTALL)
    if not part.search(text):
        raise ValueError(f"the page has no part {name}")
    return part.sub(lambda found: f"{found[1]}{content}{found[2]}", text)


def render_figures(figures: Sequence[Figure]) -> str:
    lines = [
        "| | a core-second (lowest–highest round) | processor ms each | of it the database | a second | median ms | p99 ms |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in figures:
        database = f"{one.database_share:.0%}" if one.database_share else ""
        failed = f", {one.failures} failed" if one.failures else ""
        lines.append(
            f"| {one.name}{failed} | {_rate(one.per_core_second)} | {one.cost_ms:.2f} | {database} | {one.a_second:,.0f} "
            f"| {one.median_ms:.1f} | {one.p99_ms:.1f} |"
        )
    return "\n".join(lines)


def render_bars(bars: Sequence[Bar]) -> str:
    lines = ["| | found (lowest–highest round) | wanted | |", "| --- | --- | --- | --- |"]
    for bar in bars:
        wanted = f"{'at most' if bar.is_most else 'at least'} {bar.bar:g} {bar.unit}"
        found = f"{_rate(bar.found)} {bar.unit}"
        lines.append(f"| {bar.what} | {found} | {wanted} | {'met' if bar.is_met else '**not met**'} |")
    return "\n".join(lines)


def print_sections(sections: Sequence[Section]) -> None:
    for section in sections:
        if section.figures:
            print(f"\n{section.title}\n{render_figures(section.figures)}")
    print(f"\n{render_bars([bar for section in sections for bar in section.bars])}")


def _rate(rate: Rate) -> str:
    return f"{write_number(rate.median)} ({write_number(rate.lowest)}–{write_number(rate.highest)})"
