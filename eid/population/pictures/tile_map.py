"""A map of tiles: each province a tile near its place, coloured by its people; before and since 01/07/2025. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from eid.late_dataclasses import frozen
from eid.population.pictures.canvas import Canvas, short_count

TILE, LINE = 56, 44
SHADES = 6


@frozen
class Tile:
    code: str
    name: str
    column: int
    row: int


def draw_map(
    old: Iterable[Tile], new: Iterable[Tile], old_people: Mapping[str, int], new_people: Mapping[str, int]
) -> str:
    """The 63 provinces and the 34, in six shades of as many provinces each."""
    canvas = Canvas(
        1010, 1196, "Where they live", "each tile a province near its place; its colour and figure: living people"
    )
    _draw_tiles(canvas, 30, list(old), old_people, "63 provinces, until 30/06/2025")
    _draw_tiles(canvas, 560, list(new), new_people, "34 provinces, since 01/07/2025")
    return canvas.to_svg()


def _draw_tiles(canvas: Canvas, left: int, tiles: list[Tile], people: Mapping[str, int], title: str) -> None:
    counts = sorted(people.get(tile.code, 0) for tile in tiles)
    bounds = [counts[len(counts) * number // SHADES] for number in range(SHADES)]
    canvas.text(left, 92, title)
    for tile in tiles:
        count = people.get(tile.code, 0)
        shade = bisect_right(bounds, count) - 1
        x, y = left + tile.column * TILE, 110 + tile.row * LINE
        canvas.rect(x, y, TILE - 3, LINE - 3, f"q{shade}", f"{tile.name}: {count:,}")
        lines = _two_lines(tile.name)
        for number, line in enumerate(lines):
            canvas.text(
                x + TILE / 2 - 1.5, y + (17 if len(lines) == 1 else 12) + number * 11, line, f"tiny on{shade}", "middle"
            )
        canvas.text(x + TILE / 2 - 1.5, y + 36, short_count(count), f"tiny on{shade}", "middle")
    for number, bound in enumerate(bounds):
        y = 150 + (10 + number) * 22
        canvas.rect(left, y, 18, 18, f"q{number}")
        canvas.text(left + 25, y + 13, f"from {short_count(bound)}", "small soft")


def _two_lines(name: str) -> list[str]:
    words = name.replace(" - ", "– ").split()
    if len(name) <= 8 or len(words) == 1:
        return [name]
    half = (len(words) + 1) // 2
    return [" ".join(words[:half]), " ".join(words[half:])]
