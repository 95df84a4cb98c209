"""Charts of a tally: the age pyramid, marital status by age, and bars. The expected values come as arguments. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10

from eid.population.pictures.canvas import Canvas
from eid.population.pictures.tally import Tally

OLDEST = 100
STATUSES = (("a", "married"), ("b", "divorced"), ("d", "widowed"), ("q1", "single"))
Expected = Mapping[tuple[int, str], float]
"""Five years of age from, and sex: the share of all people."""


def draw_pyramid(tally: Tally, expected: Expected) -> str:
    """Men to the left, women to the right, in groups of five years; the line is what the tables say."""
    canvas = Canvas(
        760, 560, "Ages", f"{tally.people:,} living people on {tally.day:%d/%m/%Y}; line: the table of ages"
    )
    found: dict[tuple[int, str], float] = {}
    for (age, sex), count in tally.ages.items():
        key = min(age // 5 * 5, OLDEST), sex
        found[key] = found.get(key, 0) + count / tally.people
    widest = max([*found.values(), *expected.values()])
    scale, middle, base, step = 290 / widest, 30, 510, 20.5
    for sex, kind, name, side in (("M", "a", "men", -1), ("F", "b", "women", 1)):
        line: list[tuple[float, float]] = []
        start = 380 + side * middle
        for number, age in enumerate(range(0, OLDEST + 1, 5)):
            top, share = base - (number + 1) * step, found.get((age, sex), 0.0)
            hint = f"{name} {age}–{age + 4}: {share:.2%}"
            canvas.rect(start - (share * scale if side < 0 else 0), top + 1, share * scale, step - 2, kind, hint)
            edge = start + side * expected.get((age, sex), 0.0) * scale
            line += [(edge, top + step), (edge, top)]
        canvas.path(line, "outline")
        canvas.text(380 + side * 250, 84, name, "", "middle")
    for number, age in enumerate(range(0, OLDEST + 1, 5)):
        canvas.text(380, base - number * step - 6, f"{age}–{age + 4}", "small soft", "middle")
    for percent in range(1, int(widest * 100) + 1):
        for side in (-1, 1):
            canvas.text(
                380 + side * (middle + percent / 100 * scale), base + 18, f"{percent} %", "small soft", "middle"
            )
    return canvas.to_svg()


def draw_marital_statuses(tally: Tally) -> str:
    """Of each age from 15 to 89, how many are what; men above, women below."""
    canvas = Canvas(760, 560, "Marital status by age", "of a hundred living people of each age")
    canvas.legend(430, 32, [(kind, name) for kind, name in STATUSES])
    for sex, name, top in (("M", "men", 84), ("F", "women", 316)):
        canvas.text(24, top + 50, name)
        for age in range(15, 90):
            counts = [tally.marital_statuses[age, sex, status] for _, status in STATUSES]
            base, x = float(top + 190), 90 + (age - 15) * 8.4
            for (kind, status), count in zip(STATUSES, counts, strict=True):
                height = 190 * count / max(sum(counts), 1)
                base -= height
                canvas.rect(x, base, 7.6, height, kind, f"{name} of {age}: {count} {status}")
        for percent in (0, 50, 100):
            canvas.text(82, top + 194 - 1.9 * percent, f"{percent}", "small soft", "end")
        for age in range(20, 90, 10):
            canvas.text(94 + (age - 15) * 8.4, top + 206, f"{age}", "small soft", "middle")
    return canvas.to_svg()


def draw_bars(title: str, subtitle: str, bars: Sequence[tuple[str, int]], *, logarithmic: bool = False) -> str:
    """One bar a row, its count behind it."""
    step = 17 if len(bars) > 30 else 22
    canvas = Canvas(760, 90 + step * len(bars), title, subtitle)
    most = max((count for _, count in bars), default=1)
    for number, (name, count) in enumerate(bars):
        y = 72 + number * step
        length = log10(count + 1) / log10(most + 1) if logarithmic else count / most
        canvas.text(170, y + step - 6, name, "small" if step < 20 else "", "end")
        canvas.rect(180, y + 1, 480 * length, step - 4, "a")
        canvas.text(188 + 480 * length, y + step - 6, f"{count:,}", "small soft")
    return canvas.to_svg()


def draw_months(tally: Tally) -> str:
    """Births and deaths that were recorded since the register opened, month by month."""
    months = sorted(set(tally.births) | set(tally.deaths))
    canvas = Canvas(760, 360, "Births and deaths by month", "as they took effect, of what was recorded in the register")
    canvas.legend(560, 32, [("a", "births"), ("b", "deaths")])
    most = max([*tally.births.values(), *tally.deaths.values()], default=1)
    width = 660 / max(len(months), 1)
    for number, month in enumerate(months):
        x = 70 + number * width
        for place, kind, count in ((0, "a", tally.births[month]), (1, "b", tally.deaths[month])):
            height = 230 * count / most
            canvas.rect(x + place * width * 0.42, 310 - height, width * 0.38, height, kind, f"{count}")
        if len(months) <= 14 or month[1] == 1:
            canvas.text(x + width * 0.4, 330, f"{month[1]:02}/{month[0]}", "small soft", "middle")
    for share in (0.0, 0.5, 1.0):
        canvas.text(62, 314 - 230 * share, f"{most * share:,.0f}", "small soft", "end")
    return canvas.to_svg()
