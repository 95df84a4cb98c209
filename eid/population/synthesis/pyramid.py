"""Ages, sexes, days of birth and death, marital statuses and twins.

Age and sex go through the cells of the age pyramid at even steps, from starting points that are themselves even steps apart,
so that each block has nearly the nation's pyramid and some blocks together have it more exactly; the dead likewise through
the deaths of ten years (pyramid × death rates). Marital statuses are given out at even steps as well: along the women, then
the men of a block by age, one is married whenever the chances added up pass another whole number. That is done in whole
numbers, which add up alike on every machine.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np

from eid.population.sample_data import read_table
from eid.population.snapshot import SNAPSHOT
from eid.population.synthesis.arrangements import living_arrangements
from eid.population.synthesis.people import ALIVE, BLOCK_SIZE, DIVORCED, MARRIED, NOBODY, SINGLE, WIDOWED, YEAR, People
from eid.population.synthesis.streams import Flags, Ints, Shares, Streams

FIRST_DEATH, LAST_DEATH = date(2016, 1, 1), date(2025, 12, 31)
"""The register has numbers since 2016; who died before it is not in it."""
OLDEST = 120
_WHOLE = 2**32


def draw_people(streams: Streams, first_block: int, blocks: int) -> People:
    """People of all ages, some of them dead, not yet related to each other."""
    living, dead, deaths = _living_cells(), _death_cells(), deaths_per_block()
    index = np.arange(first_block, first_block + blocks)
    cells = np.concatenate(
        [
            _walk(living, BLOCK_SIZE - deaths, streams.steps("living", index)),
            _walk(dead, deaths, streams.steps("dead", index)),
        ],
        axis=1,
    )
    ages, women = (cells // 2).ravel(), (cells % 2 == 1).ravel()
    numbers = np.arange(first_block * BLOCK_SIZE, (first_block + blocks) * BLOCK_SIZE)
    is_dead = numbers % BLOCK_SIZE >= BLOCK_SIZE - deaths
    share, length = streams.shares("birthday", numbers), LAST_DEATH.toordinal() - FIRST_DEATH.toordinal() + 1
    died = FIRST_DEATH.toordinal() + (streams.shares("death", numbers) * length).astype(np.int64)
    first, days = _birthdays()
    born = first[ages] + (share * days[ages]).astype(np.int64)
    born = np.where(is_dead, died - ((ages + share) * YEAR).astype(np.int64), born)
    twins = _draw_twins(streams, numbers, ages, born, ~is_dead)
    born = np.where(twins >= 0, born[twins], born)
    statuses = _draw_statuses(streams, index, ages, women, is_dead)
    return People(streams, first_block, blocks, ages, women, born, np.where(is_dead, died, ALIVE), statuses, twins)


@lru_cache
def deaths_per_block() -> int:
    """How many of a thousand rows are people who died in those ten years."""
    deaths, people = _death_weights().sum() * (LAST_DEATH.year - FIRST_DEATH.year + 1) / 1000, _weights("ages").sum()
    return round(float(BLOCK_SIZE * deaths / (people + deaths)))


def _walk(bounds: Shares, steps: int, starts: Shares) -> Ints:
    """For each start the cells at even steps, in rows."""
    shares = (np.arange(steps) + starts[:, None]) / steps
    cells: Ints = np.minimum(np.searchsorted(bounds, shares * bounds[-1], side="right"), len(bounds) - 1)
    return cells


@lru_cache
def _living_cells() -> Shares:
    """Bounds of cells of a single year of age each, men and women in turn."""
    return np.cumsum(_weights("ages"))


@lru_cache
def _death_cells() -> Shares:
    return np.cumsum(_death_weights())


def _death_weights() -> Shares:
    rates = np.zeros(OLDEST * 2)
    for row in read_table("people/deaths.csv"):
        for age in range(int(row["from"]), min(int(row["to"]) + 1, OLDEST)):
            rates[2 * age : 2 * age + 2] = float(row["male"]), float(row["female"])
    return _weights("ages") * rates


def _weights(table: str) -> Shares:
    weights = np.zeros(OLDEST * 2)
    for row in read_table(f"people/{table}.csv"):
        years = range(int(row["from"]), int(row["to"]) + 1)
        for age in years:
            weights[2 * age : 2 * age + 2] = int(row["male"]) / len(years), int(row["female"]) / len(years)
    return weights


@lru_cache
def _birthdays() -> tuple[Ints, Ints]:
    """By age at the snapshot: the first day of birth, and on how many days such people were born."""
    ends = [SNAPSHOT.replace(year=SNAPSHOT.year - age).toordinal() for age in range(OLDEST + 1)]
    first = np.array([end + 1 for end in ends[1:]])
    return first, np.array(ends[:-1]) - first + 1


def _draw_twins(streams: Streams, numbers: Ints, ages: Ints, born: Ints, living: Flags) -> Ints:
    """Of neighbours of one age some are twins; the second is told the first's position. Both live.

    A pair is two births of a block in which as many births as people are alive.
    """
    rate = living_arrangements()["twin_births_per_1000"] / 1000
    places = np.arange(len(numbers))
    first = np.flatnonzero((places[:-1] % 2 == 0) & (ages[:-1] == ages[1:]) & living[1:])
    pairs = np.bincount(first // BLOCK_SIZE)
    wanted = rate / (1 + rate) * (BLOCK_SIZE - deaths_per_block()) / pairs
    drawn = first[streams.shares("twins", numbers[first]) < wanted[first // BLOCK_SIZE]]
    twins = np.full(len(numbers), NOBODY)
    twins[drawn + 1] = drawn
    return twins


def _draw_statuses(streams: Streams, index: Ints, ages: Ints, women: Flags, dead: Flags) -> Ints:
    """Married or not; of those who are not, widowed or not; of the rest, divorced or not."""
    statuses = np.full(len(ages), SINGLE)
    chances = _status_chances()[:, women.astype(np.int64), ages]
    starts = (streams.bits("statuses", index) >> np.uint64(32)).astype(np.int64)
    for status, chance in zip((MARRIED, WIDOWED, DIVORCED), chances, strict=True):
        for sex in (women, ~women):
            for segment in (dead, ~dead):
                asked = sex & segment & (statuses == SINGLE)
                summed = np.cumsum(np.where(asked, chance, 0).reshape(len(index), -1), axis=1) + starts[:, None]
                passed = np.diff(summed // _WHOLE, axis=1, prepend=starts[:, None] // _WHOLE) > 0
                statuses[passed.ravel() & asked] = status
    return statuses


def redraw_statuses(people: People, who: Ints) -> Ints:
    """For people who are not married after all one of the other statuses, by sex and age."""
    _, widowed, divorced = (_status_chances()[:, people.women[who].astype(np.int64), people.ages[who]]) / _WHOLE
    share = people.shares("not married", who)
    return np.where(share < widowed, WIDOWED, np.where(share < widowed + (1 - widowed) * divorced, DIVORCED, SINGLE))


@lru_cache
def _status_chances() -> Ints:
    """By status, sex (0 men, 1 women) and age: of 2³² who have none of the statuses before, how many have it."""
    chances = np.zeros((3, 2, OLDEST), np.int64)
    for row in read_table("people/marital_statuses.csv"):
        left = 1000
        for place, name in enumerate(("married", "widowed", "divorced")):
            years = slice(int(row["from"]), int(row["to"]) + 1)
            chances[place, int(row["sex"] == "F"), years] = int(row[name]) * _WHOLE // left
            left -= int(row[name])
    return chances
