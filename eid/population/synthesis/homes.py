"""Who lives with whom: households with a head, and what everybody is to the head.

Couples, and grown-ups who live on their own, found homes; children and many unmarried grown-ups stay with a parent. Then many
parents move in with a married child. The dead belong to the home that they left, or to one of their own that is gone: it says
where they lived, but is no household.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eid.population.life.kinds import Relation
from eid.population.synthesis.arrangements import living_arrangements, shares_by_age
from eid.population.synthesis.parents import OF_AGE
from eid.population.synthesis.people import BLOCK_SIZE, NOBODY, SINGLE, People, linked
from eid.population.synthesis.streams import Flags, Ints, last_wins

MOST_MEMBERS = 12
RELATIONS = tuple(Relation)


@dataclass
class Homes:
    """For each person the position of the one whose home it is."""

    founders: Ints
    """Of the home that they founded or grew up in: places are given to these."""
    heads: Ints
    """Of the household that they live in."""


def settle_people(people: People) -> Homes:
    """Afterwards everybody belongs to a home."""
    founders = _found_homes(people)
    heads = np.where(people.alive, _let_parents_move_in(people, founders), founders)
    return Homes(founders, heads)


def _found_homes(people: People) -> Ints:
    plan = living_arrangements()
    places = np.arange(len(people.ages))
    anchors = places.copy()
    # couples live at one of the two
    couples = people.alive & (people.spouses >= 0)
    husbands = couples & ~people.women
    wife_heads = husbands & (people.shares("head of couple") >= plan["couple_headed_by_husband"])
    anchors[wife_heads] = people.spouses[wife_heads]
    followers = couples & people.women
    followers[people.spouses[wife_heads]] = False
    anchors[followers] = people.spouses[followers]
    # the dead lived with whom they left
    left = ~people.alive & (people.spouses >= 0)
    anchors[left] = people.spouses[left]
    stays = (people.statuses == SINGLE) & (people.ages < OF_AGE)
    grown = (people.statuses == SINGLE) & (people.ages >= OF_AGE)
    stays |= grown & (people.shares("stays") < shares_by_age("single_adult_lives_with_mother")[people.ages])
    parent = _parent_to_live_with(people)
    anchors[stays & (parent >= 0)] = parent[stays & (parent >= 0)]
    orphans = np.flatnonzero(people.alive & (people.ages < OF_AGE) & (parent < 0))
    anchors[orphans] = _who_takes_in(people, anchors, orphans)
    return follow(anchors)


def follow(anchors: Ints) -> Ints:
    """Where each chain of links ends; the last of a chain links to itself."""
    while True:
        further = anchors[anchors]
        if np.array_equal(further, anchors):
            return anchors
        anchors = further


def _parent_to_live_with(people: People) -> Ints:
    """The mother, or for some children of the divorced and for want of her the father; one who is alive."""
    share = living_arrangements()["child_of_divorced_lives_with_father"]
    living = [np.where((who >= 0) & people.alive[who], who, NOBODY) for who in (people.mothers, people.fathers)]
    mother, father = living
    apart = (mother >= 0) & (father >= 0) & (people.spouses[mother] < 0)
    with_father = (father >= 0) & ((mother < 0) | (apart & (people.shares("parent") < share)))
    parent: Ints = np.where(with_father, father, mother)
    return parent


def _who_takes_in(people: People, anchors: Ints, orphans: Ints) -> Ints:
    """A grandmother who is alive, or somebody of the community or block who has a home."""
    mother, father = people.mothers[orphans], people.fathers[orphans]
    found = np.full(len(orphans), NOBODY)
    for parent in (mother, father):
        grandmother = linked(people.mothers, parent)
        good = (found < 0) & (grandmother >= 0) & people.alive[grandmother]
        found[good] = grandmother[good]
    hosts = np.flatnonzero(
        people.alive & (anchors == np.arange(len(anchors))) & (people.ages >= 25) & (people.groups >= 0)
    )
    start = np.searchsorted(hosts, people.block[orphans] * BLOCK_SIZE)
    end = np.searchsorted(hosts, (people.block[orphans] + 1) * BLOCK_SIZE)
    chosen = hosts[start + (people.shares("taken in", orphans) * (end - start)).astype(np.int64)]
    return np.where(found >= 0, found, chosen)


def _let_parents_move_in(people: People, founders: Ints) -> Ints:
    """Many couples, and most who are left alone, share the home of a married child, a son's rather.

    A home takes in one other at most; who takes somebody in does not move.
    """
    size = len(founders)
    guests, hosts = _wishes_to_move_in(people, founders)
    of_host = last_wins(size, hosts, guests)
    accepted = of_host[hosts] == guests
    guests, hosts = guests[accepted], hosts[accepted]
    is_host = np.zeros(size, np.bool_)
    is_host[hosts] = True
    members = np.bincount(founders[people.alive], minlength=size)
    moves = ~is_host[guests] & (members[guests] + members[hosts] <= MOST_MEMBERS)
    target = np.arange(size)
    target[guests[moves]] = hosts[moves]
    moved: Ints = target[founders]
    return moved


def _wishes_to_move_in(people: People, founders: Ints) -> tuple[Ints, Ints]:
    """Homes and the home of the married child that each would move to."""
    size = len(founders)
    married = np.flatnonzero(people.alive & (people.spouses >= 0) & (people.mothers >= 0))
    chance = (people.bits("host", married) >> np.uint64(34)).astype(np.int64)
    married = married[np.argsort((people.women[married] << 32) - chance, kind="stable")][::-1]
    hosts = np.full(size, NOBODY)
    for parents in (people.fathers, people.mothers):
        parent = parents[married]
        children, parent = married[parent >= 0], parent[parent >= 0]
        head = founders[parent]
        own = people.alive[parent] & ((head == parent) | (founders[head] == people.spouses[parent]))
        hosts[head[own]] = founders[children[own]]
    guests = np.flatnonzero((hosts >= 0) & people.alive)
    couple = people.spouses[guests] >= 0
    youngest = np.where(
        couple, np.minimum(people.ages[guests], people.ages[people.spouses[guests]]), people.ages[guests]
    )
    share = np.where(
        couple,
        shares_by_age("couple_moves_in_with_child")[youngest],
        shares_by_age("lone_parent_moves_in_with_child")[youngest],
    )
    guests = guests[(people.shares("moves in", guests) < share) & (hosts[guests] != guests)]
    return guests, hosts[guests]


def relations_to_head(people: People, heads: Ints) -> Ints:
    """What each one alive is to the head, or to the head's spouse, as a place in RELATIONS; -1 for the dead."""
    places = np.arange(len(heads))
    spouse = np.where(people.alive[heads], people.spouses[heads], NOBODY)
    pair, own = (heads, spouse), (people.mothers, people.fathers)

    def any_of(whose: tuple[Ints, ...], whom: tuple[Ints, ...]) -> Flags:
        found = np.zeros(len(heads), np.bool_)
        for one in whose:
            for other in whom:
                found |= (one >= 0) & (one == other)
        return found

    of_pair = tuple(linked(parents, one) for one in pair for parents in own)
    of_parents = tuple(linked(parents, one) for one in own for parents in own)
    conditions = [
        ~people.alive,
        heads == places,
        spouse == places,
        any_of(own, pair),
        any_of((places,), of_pair),
        any_of(own, of_pair),
        any_of(of_parents, pair),
    ]
    relations = ("head", "spouse", "child", "parent", "sibling", "grandchild")
    choices = [-1, *(RELATIONS.index(Relation(name)) for name in relations)]
    return np.select(conditions, choices, RELATIONS.index(Relation.OTHER))
