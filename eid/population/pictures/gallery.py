"""The pictures of a tally by file name, with the tables that they are compared with. Pure but for reading sample data."""

from __future__ import annotations

from datetime import timedelta

from eid.population.pictures.charts import Expected, draw_bars, draw_marital_statuses, draw_months, draw_pyramid
from eid.population.pictures.tally import Tally
from eid.population.pictures.tile_map import Tile, draw_map
from eid.population.places import MERGER, find_province
from eid.population.sample_data import read_table

MANY = 9
"""Households of so many and more share a bar."""


def draw_gallery(tally: Tally) -> dict[str, str]:
    """File name → SVG. Births and deaths are there where any were recorded."""
    surnames = tally.surnames.most_common(20)
    named = sum(count for _, count in surnames) / max(tally.people, 1)
    pictures = {
        "ages.svg": draw_pyramid(tally, _expected_ages()),
        "marital-statuses.svg": draw_marital_statuses(tally),
        "households.svg": draw_bars("Households by members", "how many households have so many", _households(tally)),
        "ethnic-groups.svg": draw_bars(
            "Ethnic groups",
            "living people, on a logarithmic scale",
            tally.ethnic_groups.most_common(),
            logarithmic=True,
        ),
        "surnames.svg": draw_bars("Surnames", f"the most frequent ones: {named:.0%} of all people bear them", surnames),
        "map.svg": draw_map(_tiles("63"), _tiles("34"), tally.old_provinces, tally.provinces),
    }
    if tally.births or tally.deaths:
        pictures["births-and-deaths.svg"] = draw_months(tally)
    return pictures


def _expected_ages() -> Expected:
    rows = read_table("people/ages.csv")
    total = sum(int(row["male"]) + int(row["female"]) for row in rows)
    sexes = (("M", "male"), ("F", "female"))
    return {(int(row["from"]), sex): int(row[column]) / total for row in rows for sex, column in sexes}


def _households(tally: Tally) -> list[tuple[str, int]]:
    few = [(str(size), tally.households[size]) for size in range(1, MANY)]
    return [*few, (f"{MANY} and more", sum(n for size, n in tally.households.items() if size >= MANY))]


def _tiles(provinces: str) -> list[Tile]:
    day = MERGER if provinces == "34" else MERGER - timedelta(days=1)
    return [
        Tile(row["code"], find_province(row["code"], day).name, int(row["column"]), int(row["row"]))
        for row in read_table("places/tiles.csv")
        if row["provinces"] == provinces
    ]
