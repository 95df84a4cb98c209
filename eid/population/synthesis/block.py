"""A block: a thousand people as parallel lists, the youngest first. Ages, sexes and marital statuses are drawn here.

Drawing goes through the cells of the age pyramid at even steps from a starting point of chance, so that each block has
nearly the nation's pyramid.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from eid.population.life_events import MaritalStatus
from eid.population.sample_data import read_table
from eid.population.synthesis.chances import Chances

BLOCK_SIZE = 1000
SNAPSHOT = date(2026, 1, 1)
"""Ages, marriages and residences are those of this day; what happens later is for births and deaths to register."""
YEAR = 365.2425
NOBODY = -1


@dataclass
class Block:
    """People 0–999 of a block; links are places in these lists or NOBODY. `births` are ordinal days."""

    ages: list[int]
    women: list[bool]
    births: list[int]
    statuses: list[MaritalStatus]
    spouses: list[int] = field(default_factory=lambda: [NOBODY] * BLOCK_SIZE)
    mothers: list[int] = field(default_factory=lambda: [NOBODY] * BLOCK_SIZE)
    fathers: list[int] = field(default_factory=lambda: [NOBODY] * BLOCK_SIZE)


def draw_block(rng: random.Random) -> Block:
    """A thousand people of all ages, not yet related to each other, sorted by age."""
    start = rng.random()
    cells = sorted(_pyramid().at((place + start) / BLOCK_SIZE) for place in range(BLOCK_SIZE))
    ages = [age for age, _ in cells]
    women = [is_woman for _, is_woman in cells]
    last = SNAPSHOT.toordinal()
    births = [last - int((age + rng.random()) * YEAR) for age in ages]
    statuses = [_status(age, is_woman, rng) for age, is_woman in cells]
    return Block(ages, women, births, statuses)


def _status(age: int, is_woman: bool, rng: random.Random) -> MaritalStatus:
    chances = _statuses()[is_woman][age]
    return chances.draw(rng) if chances else MaritalStatus.SINGLE


@lru_cache
def _pyramid() -> Chances[tuple[int, bool]]:
    """Single years of age, each group's people spread evenly over its years: all men's first, then all women's."""
    rows = [(row, range(int(row["from"]), int(row["to"]) + 1)) for row in read_table("people/ages.csv")]
    return Chances(
        ((age, sex == "female"), int(row[sex]) / len(years))
        for sex in ("male", "female")
        for row, years in rows
        for age in years
    )


@lru_cache
def _statuses() -> dict[bool, list[Chances[MaritalStatus] | None]]:
    """By sex and age; None where nobody has ever been married."""
    tables: dict[bool, list[Chances[MaritalStatus] | None]] = {True: [None] * 120, False: [None] * 120}
    for row in read_table("people/marital_statuses.csv"):
        married, widowed, divorced = (int(row[name]) for name in ("married", "widowed", "divorced"))
        chances = Chances(
            [
                (MaritalStatus.SINGLE, 1000 - married - widowed - divorced),
                (MaritalStatus.MARRIED, married),
                (MaritalStatus.WIDOWED, widowed),
                (MaritalStatus.DIVORCED, divorced),
            ]
        )
        for age in range(int(row["from"]), int(row["to"]) + 1):
            tables[row["sex"] == "F"][age] = chances
    return tables
