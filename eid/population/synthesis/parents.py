"""Whose child everybody is, within a block.

Each child seeks a mother near an age at birth drawn for her, among the women of its community ordered by birth; first where
a woman has room for as many as chance gave her, then, if it is a minor, anywhere, at last in the whole block. The father is
her partner: husband, late or former husband, or nobody.

Laws: a mother was 16–49 and a father 16–69 at a birth and alive (a father may have died 280 days before); births of one mother
lie 300 days apart, unless they are twins; spouses share no parent or grandparent (Law on Marriage and Family 52/2014/QH13,
article 5).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np

from eid.population.sample_data import read_table
from eid.population.snapshot import SNAPSHOT
from eid.population.synthesis.arrangements import living_arrangements, shares_by_age
from eid.population.synthesis.communities import COMMUNITIES
from eid.population.synthesis.people import FOREIGN, NOBODY, SINGLE, YEAR, People, linked
from eid.population.synthesis.seeking import Pool
from eid.population.synthesis.streams import Chances, Flags, Ints

YOUNGEST_PARENT, OLDEST_MOTHER, OLDEST_FATHER = int(16.01 * YEAR), int(49.9 * YEAR), int(69.9 * YEAR)
"""Ages at a birth in days, a little inside the years that they stand for."""
BETWEEN_BIRTHS = 300
AFTER_FATHERS_DEATH = 280
MOST_CHILDREN = 9
OF_AGE = 18
OLD_COHORT_BEFORE = 1975
YOUNGEST_SINGLE_MOTHER = 20
LONG_AGO = -(10**6)
ROUNDS, ROUNDS_FOR_MINORS = 48, 120


def find_parents(people: People) -> None:
    """Afterwards every child, and many an adult, has a mother, and her partner for a father; children are of his group."""
    seekers = _seekers(people)
    search = _Search(people)
    left = search.run(seekers, people.communities, search.room, rounds=ROUNDS)
    minors = left[people.ages[left] < OF_AGE]
    everywhere = np.full(len(people.ages), MOST_CHILDREN)
    left = search.run(minors, people.communities, everywhere)
    search.run(left, people.block * COMMUNITIES, everywhere, whole_block=True)
    _part_kin(people)
    people.fathers = linked(people.partners, people.mothers)
    parent = np.where(people.fathers >= 0, people.fathers, people.mothers)
    has = parent >= 0
    people.groups[has] = people.groups[parent[has]]
    people.communities[has] = people.communities[parent[has]]


def _seekers(people: People) -> Ints:
    """Who is to have a mother in the register; of twins the elder seeks for both."""
    shares = shares_by_age("has_mother_in_register")
    ages = SNAPSHOT.year - 1 - _birth_years(people)
    seeks = (people.shares("mother") < shares[ages]) & (people.groups != FOREIGN) & (people.twins < 0)
    return np.flatnonzero(seeks)


class _Search:
    """The women who may have children, with room for as many as chance gives them."""

    def __init__(self, people: People) -> None:
        self.people = people
        size = len(people.ages)
        self.room = self._draw_room()
        self.count = np.zeros(size, np.int64)
        self.births = np.full((size, MOST_CHILDREN + 1), LONG_AGO, np.int32)
        self.younger = np.full(size, NOBODY)
        twins = np.flatnonzero(people.twins >= 0)
        self.younger[people.twins[twins]] = twins
        father = people.partners
        known = father >= 0
        self.first = people.born + YOUNGEST_PARENT
        self.last = np.minimum(people.born + OLDEST_MOTHER, people.died)
        self.first[known] = np.maximum(self.first[known], people.born[father[known]] + YOUNGEST_PARENT)
        fathers_last = np.minimum(
            people.born[father[known]] + OLDEST_FATHER, people.died[father[known]] + AFTER_FATHERS_DEATH
        )
        self.last[known] = np.minimum(self.last[known], fathers_last)

    def run(
        self, seekers: Ints, segments: Ints, limit: Ints, *, rounds: int = ROUNDS_FOR_MINORS, whole_block: bool = False
    ) -> Ints:
        people = self.people
        women = np.flatnonzero(self.room >= 0)
        lineage = people.partners[women]
        of_whom = np.where((lineage >= 0) & (not whole_block), lineage, women)
        pool = Pool(women, segments[of_whom], people.born[women])
        ages = mothers_ages().draw(0, people.shares("mother's age", seekers)) + people.shares("mother's day", seekers)
        days = people.born[seekers] - (ages * YEAR).astype(np.int64)

        def fits(children: Ints, mothers: Ints) -> Flags:
            born = people.born[children]
            good = (born >= self.first[mothers]) & (born <= self.last[mothers])
            good &= self.count[mothers] < limit[mothers]
            good &= linked(people.mothers, people.partners[children]) != mothers
            some = np.flatnonzero(good)
            apart = np.abs(self.births[mothers[some]] - born[some, None].astype(np.int32))
            good[some] = apart.min(axis=1) >= BETWEEN_BIRTHS
            return good

        return pool.seek(seekers, segments[seekers], days, rounds=rounds, fits=fits, join=self._join)

    def _join(self, children: Ints, mothers: Ints) -> None:
        self.births[mothers, self.count[mothers]] = self.people.born[children]
        self.people.mothers[children] = mothers
        younger = self.younger[children]
        self.count[mothers] += 1 + (younger >= 0)
        self.people.mothers[younger[younger >= 0]] = mothers[younger >= 0]

    def _draw_room(self) -> Ints:
        """How many children a woman may have; less than none for those who are not asked."""
        people, plan = self.people, living_arrangements()
        grown = people.women & (people.ages >= OF_AGE) & (people.groups != FOREIGN)
        married = grown & (people.statuses != SINGLE)
        alone = grown & ~married & (people.ages >= YOUNGEST_SINGLE_MOTHER)
        alone &= people.shares("single mother") < plan["single_woman_is_mother"]
        old = (_birth_years(people) < OLD_COHORT_BEFORE).astype(np.int64)
        room = _family_sizes().draw(old, people.shares("room"))
        room[alone] = np.clip(room[alone], 1, 2)
        room[~(married | alone)] = -1
        return room


def _part_kin(people: People) -> None:
    """Where spouses turn out to share a parent or grandparent, the elder's parents are not in the register after all."""
    wives = np.flatnonzero(people.women & (people.partners >= 0))
    husbands = people.partners[wives]
    near = np.zeros(len(wives), np.bool_)
    for hers, his in product(_forebears(people, wives), _forebears(people, husbands)):
        near |= (hers >= 0) & (hers == his)
    hers, his = wives[near], husbands[near]
    people.mothers[np.where(people.born[hers] < people.born[his], hers, his)] = NOBODY


def _forebears(people: People, who: Ints) -> list[Ints]:
    """Mother and grandmothers: who shares a grandfather shares his wife."""
    mother = people.mothers[who]
    father = linked(people.partners, mother)
    return [mother, linked(people.mothers, mother), linked(people.mothers, father)]


def _birth_years(people: People) -> Ints:
    return (people.born - 719163).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


@lru_cache
def mothers_ages() -> Chances:
    rows = read_table("people/mothers_ages.csv")
    return Chances(
        [[(age, float(row["births_per_1000"])) for row in rows for age in range(int(row["from"]), int(row["to"]) + 1)]]
    )


@lru_cache
def _family_sizes() -> Chances:
    """By cohort, the younger first."""
    sizes = living_arrangements()["most_children"]
    return Chances([enumerate(sizes["since_1975"]), enumerate(sizes["before_1975"])])
