"""Ethnic groups, and who is foreign.

In Vietnam most people marry within their group, but groups are small: in a thousand people drawn one by one from the nation a
Tày would hardly find another. So a block is three communities: Kinh, and two of other groups, each half as large as all other
groups together are in the nation. Which two is drawn by their numbers, at even steps of the golden ratio from block to block,
so that a few hundred blocks have nearly every group's share. Who belongs to which is given out at even steps by sex and age.
People marry and have children within their community as long as it has anybody fitting; children are of their father's group.

Homes are then placed by where each group lives (eid.population.synthesis.settling), which gives provinces their groups and
their number of inhabitants at once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from eid.population.places import populations
from eid.population.sample_data import read_table
from eid.population.synthesis.people import BLOCK_SIZE, FOREIGN, SINGLE, People
from eid.population.synthesis.streams import Flags, Ints, Shares

KINH = 0
COMMUNITIES = 3
YOUNGEST_FOREIGNER, OLDEST_FOREIGNER = 22, 64


def join_communities(people: People) -> None:
    """Afterwards everybody has a group and a community, or is a foreigner without any."""
    index = np.arange(people.blocks) + people.first_block
    slots = (index[:, None] * 2 + np.arange(2)).ravel()
    shares = people.streams.steps("groups", slots)
    others, bounds = _other_groups()
    found = np.searchsorted(bounds, shares * bounds[-1], side="right")
    group_of = others[np.minimum(found, len(others) - 1)].reshape(-1, 2)
    slot = _deal_out(people, group_weights()[1:].sum() / group_weights().sum())
    people.groups = np.where(slot == 0, KINH, group_of[people.block, slot - 1])
    people.communities = people.block * COMMUNITIES + slot
    people.groups[_foreigners(people)] = FOREIGN


def _deal_out(people: People, share: float) -> Ints:
    """0 for the Kinh, 1 and 2 in turn for the two other communities; twins are of one community."""
    slot = np.zeros(len(people.ages), np.int64)
    index = np.arange(people.blocks) + people.first_block
    start = people.streams.shares("dealing", index)
    for sex in (people.women, ~people.women):
        rank = np.cumsum(sex.reshape(-1, BLOCK_SIZE), axis=1)
        passed = np.floor(rank * share + start[:, None])
        before = np.floor((rank - 1) * share + start[:, None])
        belongs = (passed > before).ravel() & sex
        slot[belongs] = 1 + passed.astype(np.int64).ravel()[belongs] % 2
        start = start + 0.5
    younger = np.flatnonzero(people.twins >= 0)
    slot[younger] = slot[people.twins[younger]]
    return slot


def _foreigners(people: People) -> Flags:
    """Grown-up and without family here: so many that of all the living as many are foreigners as should be."""
    asked = people.alive & (people.statuses == SINGLE)
    asked &= (people.ages >= YOUNGEST_FOREIGNER) & (people.ages <= OLDEST_FOREIGNER)
    living, fitting = (flags.reshape(-1, BLOCK_SIZE).sum(axis=1)[people.block] for flags in (people.alive, asked))
    drawn: Flags = asked & (people.shares("foreigners") * fitting < _share_of_foreigners() * living)
    return drawn


@lru_cache
def _share_of_foreigners() -> float:
    return sum(float(row["foreigners_per_million"]) for row in read_table("people/countries.csv")) / 1e6


@lru_cache
def group_names() -> tuple[str, ...]:
    """The 54 groups, the Kinh first."""
    return tuple(
        row["name"] for row in sorted(read_table("people/ethnic_groups.csv"), key=lambda r: r["name"] != "Kinh")
    )


@lru_cache
def group_table() -> Ints:
    """By group and province (in the order of `populations`): inhabitants, in ten-thousandths of a person."""
    groups = {name: number for number, name in enumerate(group_names())}
    provinces = {code: number for number, code in enumerate(populations())}
    table = np.zeros((len(groups), len(provinces)), np.int64)
    for row in read_table("people/ethnic_groups_by_province.csv"):
        inhabitants = populations()[row["province"]] * int(row["per_10000"])
        table[groups[row["ethnic_group"]], provinces[row["province"]]] += inhabitants
    return table


@lru_cache
def group_weights() -> Ints:
    """How many people each group has, in the same unit."""
    weights: Ints = group_table().sum(axis=1)
    return weights


@lru_cache
def _other_groups() -> tuple[Ints, Ints]:
    """The groups other than the Kinh from north to south, with the bounds of their shares.

    Even steps through them are even steps through the country.
    """
    table = group_table().astype(np.float64)
    middle: Shares = (table * np.arange(table.shape[1])).sum(axis=1) / np.maximum(table.sum(axis=1), 1.0)
    others = sorted(range(1, len(table)), key=lambda group: (middle[group], group))
    return np.array(others), np.cumsum(group_weights()[others])
