"""Who is married to whom, and whose child everybody is, within a block.

Laws that hold for every block: spouses are of age and at most fifteen years apart; a mother was 16–49 and a father 16–69 at
a birth; births of one mother lie 300 days apart; nobody marries a brother or sister.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from functools import lru_cache
from typing import Any

from eid.population.life_events import MaritalStatus
from eid.population.sample_data import read_document, read_table
from eid.population.synthesis.block import BLOCK_SIZE, NOBODY, YEAR, Block
from eid.population.synthesis.chances import Chances, bell, shuffled

FARTHEST_SPOUSES = 15 * YEAR
YOUNGEST_PARENT, OLDEST_MOTHER, OLDEST_FATHER = 16.01 * YEAR, 49.9 * YEAR, 69.9 * YEAR
"""Ages at a birth in days, a little inside the years that they stand for."""
BETWEEN_BIRTHS = 300
MOST_CHILDREN = 9
MARRIED_BEFORE_AGE = 45
"""Who was drawn as married and finds nobody counts as single before this age, as divorced later."""
OLD_COHORT_AGE = 50
TRIES = 60
OF_AGE = 18


@lru_cache
def living_arrangements() -> dict[str, Any]:
    """Shares and chances of sample_data/people/living_arrangements.json."""
    document: dict[str, Any] = read_document("people/living_arrangements.json")
    return document


def share_at(age: int, steps: list[tuple[int, int, float]]) -> float:
    """The share that holds for this age in a list of from, to, share."""
    return next((share for first, last, share in steps if first <= age <= last), 0.0)


def marry_couples(block: Block, rng: random.Random) -> None:
    """Afterwards everybody drawn as married has a spouse; who finds none was never married, or is divorced."""
    older = living_arrangements()["husband_older_by_years"]
    married = [i for i in range(BLOCK_SIZE) if block.statuses[i] is MaritalStatus.MARRIED]
    wives, husbands = [i for i in married if block.women[i]], [i for i in married if not block.women[i]]
    count = min(len(wives), len(husbands))
    wives, husbands = shuffled(wives, rng)[:count], shuffled(husbands, rng)[:count]
    wanted = {w: block.births[w] - (older["mean"] + older["spread"] * bell(rng)) * YEAR for w in wives}
    wives.sort(key=wanted.__getitem__)
    husbands.sort(key=block.births.__getitem__)
    for wife, husband in zip(wives, husbands, strict=True):
        if abs(block.births[wife] - block.births[husband]) <= FARTHEST_SPOUSES:
            block.spouses[wife], block.spouses[husband] = husband, wife
    for i in married:
        if block.spouses[i] == NOBODY:
            young = block.ages[i] < MARRIED_BEFORE_AGE
            block.statuses[i] = MaritalStatus.SINGLE if young else MaritalStatus.DIVORCED


def find_mothers(block: Block, rng: random.Random) -> None:
    """Afterwards every child and many an adult has a mother in the block, and her husband for a father."""
    steps = living_arrangements()["has_mother_in_register"]
    shares = [share_at(age, steps) for age in range(120)]
    search = _Mothers(block, rng)
    for child in range(BLOCK_SIZE):
        if rng.random() < shares[block.ages[child]]:
            mother = search.find(child, rng)
            if mother != NOBODY:
                block.mothers[child], block.fathers[child] = mother, block.spouses[mother]


class _Mothers:
    """The women of a block who may have children, by birth, each with room for as many as chance gives her."""

    def __init__(self, block: Block, rng: random.Random) -> None:
        self.block = block
        ever_married = (
            i for i in range(BLOCK_SIZE) if block.women[i] and block.statuses[i] is not MaritalStatus.SINGLE
        )
        self.women = sorted(ever_married, key=lambda i: (block.births[i], i))
        self.born = [block.births[i] for i in self.women]
        self.place = {woman: place for place, woman in enumerate(self.women)}
        self.room = {i: _family_size(block.ages[i]).draw(rng) for i in self.women}
        self.births: dict[int, list[int]] = {i: [] for i in self.women}

    def find(self, child: int, rng: random.Random) -> int:
        """A mother for the child, near an age at birth drawn for her; a minor gets one even where no room is left."""
        born = self.block.births[child]
        place = bisect_left(self.born, born - (_mothers_ages().draw(rng) + rng.random()) * YEAR)
        near = self.women[max(place - TRIES, 0) : place + TRIES]
        near.sort(key=lambda woman: abs(self.place[woman] - place))
        for woman in near:
            if len(self.births[woman]) < self.room[woman] and self._can_be(woman, child):
                break
        else:
            crowded = near if self.block.ages[child] < OF_AGE else []
            suitable = (woman for woman in crowded if self._can_be(woman, child))
            woman = min(suitable, key=lambda woman: len(self.births[woman]), default=NOBODY)
        if woman != NOBODY:
            self.births[woman].append(born)
        return woman

    def _can_be(self, woman: int, child: int) -> bool:
        block, born = self.block, self.block.births[child]
        if not YOUNGEST_PARENT <= born - block.births[woman] <= OLDEST_MOTHER:
            return False
        husband = block.spouses[woman]
        if husband != NOBODY and not YOUNGEST_PARENT <= born - block.births[husband] <= OLDEST_FATHER:
            return False
        spouse = block.spouses[child]
        if spouse != NOBODY and block.mothers[spouse] == woman:
            return False
        births = self.births[woman]
        return len(births) < MOST_CHILDREN and not [o for o in births if -BETWEEN_BIRTHS < born - o < BETWEEN_BIRTHS]


@lru_cache
def _mothers_ages() -> Chances[int]:
    rows = read_table("people/mothers_ages.csv")
    return Chances(
        (age, float(row["births_per_1000"])) for row in rows for age in range(int(row["from"]), int(row["to"]) + 1)
    )


@lru_cache(maxsize=256)
def _family_size(age: int) -> Chances[int]:
    cohort = "before_1975" if age >= OLD_COHORT_AGE else "since_1975"
    return Chances(enumerate(living_arrangements()["most_children"][cohort]))
