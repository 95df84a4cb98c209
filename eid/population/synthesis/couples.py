"""Who is married to whom, who left whom a widow or widower, and which of the divorced were married to each other.

Wives by the birth they wish of a husband, and husbands by birth, are matched rank by rank: first within a community, where the
two must fit well; whoever is left, within the block, and who finds nobody there is not married. Laws: spouses are of age and
at most fifteen years apart.
"""

from __future__ import annotations

import numpy as np

from eid.population.synthesis.arrangements import living_arrangements
from eid.population.synthesis.communities import COMMUNITIES
from eid.population.synthesis.people import DIVORCED, FOREIGN, MARRIED, WIDOWED, YEAR, People
from eid.population.synthesis.pyramid import redraw_statuses
from eid.population.synthesis.seeking import Pool, rank_within
from eid.population.synthesis.streams import Flags, Ints

FARTHEST_SPOUSES = int(15 * YEAR)
FARTHEST_FROM_WISH = int(7 * YEAR)
"""Within a community nobody takes a spouse farther from the wish; they look through the whole block then."""
ROUNDS = 20


def marry_couples(people: People) -> None:
    """Afterwards everybody alive and married has a spouse, everybody who died married left one."""
    wish = _wished_births(people)
    for segments, farthest in ((people.communities, FARTHEST_FROM_WISH), (people.block, FARTHEST_SPOUSES)):
        free = people.alive & (people.statuses == MARRIED) & (people.spouses < 0)
        _match_ranks(
            people, segments, np.flatnonzero(free & people.women), np.flatnonzero(free & ~people.women), wish, farthest
        )
    _find_survivors(people, wish)
    _find_former_couples(people, wish)
    lonely = np.flatnonzero((people.statuses == MARRIED) & (people.spouses < 0))
    people.statuses[lonely] = redraw_statuses(people, lonely)


def _wished_births(people: People) -> Ints:
    """The day of birth that a woman wishes of a husband, and a man of a wife."""
    older = living_arrangements()["husband_older_by_years"]
    days = ((older["mean"] + older["spread"] * people.bells("wish")) * YEAR).astype(np.int64)
    wish: Ints = np.where(people.women, people.born - days, people.born + days)
    return wish


def _match_ranks(people: People, segments: Ints, wives: Ints, husbands: Ints, wish: Ints, farthest: int) -> None:
    """Where a segment has more of one sex, chance says who is left over."""
    counts = (np.bincount(segments[who], minlength=people.blocks * COMMUNITIES) for who in (wives, husbands))
    fewer = np.minimum(*counts)
    wives, husbands = (_keep(people, segments, who, fewer) for who in (wives, husbands))
    wives = wives[np.lexsort((wish[wives], segments[wives]))]
    husbands = husbands[np.lexsort((people.born[husbands], segments[husbands]))]
    apart = np.abs(people.born[wives] - people.born[husbands])
    missed = np.abs(wish[wives] - people.born[husbands])
    fit = (apart <= FARTHEST_SPOUSES) & (missed <= farthest)
    wives, husbands = wives[fit], husbands[fit]
    for links in (people.spouses, people.partners):
        links[wives], links[husbands] = husbands, wives


def _keep(people: People, segments: Ints, who: Ints, most: Ints) -> Ints:
    by_chance = np.argsort(people.bits("left over", who), kind="stable")
    kept: Ints = who[rank_within(segments[who], by_chance) < most[segments[who]]]
    return kept


def _find_survivors(people: People, wish: Ints) -> None:
    """The dead who were married find a widow or widower, who may have died since."""

    def fits(dead: Ints, left: Ints) -> Flags:
        apart = np.abs(people.born[dead] - people.born[left])
        good: Flags = (
            (people.partners[left] < 0) & (apart <= FARTHEST_SPOUSES) & (people.died[left] > people.died[dead])
        )
        return good

    def join(dead: Ints, left: Ints) -> None:
        people.spouses[dead] = left
        people.partners[dead], people.partners[left] = left, dead

    for segments in (people.communities, people.block):
        for sex in (people.women, ~people.women):
            dead = np.flatnonzero(~people.alive & (people.statuses == MARRIED) & (people.spouses < 0) & ~sex)
            left = np.flatnonzero((people.statuses == WIDOWED) & (people.partners < 0) & sex)
            pool = Pool(left, segments[left], people.born[left])
            pool.seek(dead, segments[dead], wish[dead], rounds=ROUNDS, fits=fits, join=join)


def _find_former_couples(people: People, wish: Ints) -> None:
    """Many of the divorced have their former spouse in the register."""
    share = living_arrangements()["former_spouse_in_register"]

    def fits(women: Ints, men: Ints) -> Flags:
        apart = np.abs(people.born[women] - people.born[men])
        good: Flags = (people.partners[men] < 0) & (apart <= FARTHEST_SPOUSES)
        return good

    def join(women: Ints, men: Ints) -> None:
        people.partners[women], people.partners[men] = men, women

    divorced = (people.statuses == DIVORCED) & (people.groups != FOREIGN)
    women = np.flatnonzero(divorced & people.women)
    women = women[people.shares("former spouse", women) < share]
    men = np.flatnonzero(divorced & ~people.women)
    pool = Pool(men, people.block[men], people.born[men])
    pool.seek(women, people.block[women], wish[women], rounds=ROUNDS, fits=fits, join=join)
