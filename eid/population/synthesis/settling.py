"""Where homes are, and where everybody was born and of which country.

A young home often stays in the province, even in the commune, of the head's parents, where these are of the same group;
otherwise its place is drawn by where its group lives. As a copy has the distribution of what it is copied from, provinces keep
their inhabitants and their groups. A chain of copies ends at the home of the eldest of a family, which was drawn itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eid.population.places import MERGER, find_successor, list_communes, populations, street_words
from eid.population.sample_data import read_table
from eid.population.synthesis.arrangements import living_arrangements
from eid.population.synthesis.communities import group_table
from eid.population.synthesis.homes import Homes, follow
from eid.population.synthesis.people import FOREIGN, NOBODY, People
from eid.population.synthesis.streams import Chances, Flags, Ints

MOST_HOUSE_NUMBERS = 300
MOST_HAMLET_GROUPS = 20
HOME_COUNTRY = "VNM"
RELIGION_IS_KEPT = 0.95


@dataclass
class Places:
    """For each person: where they live or lived, as numbers for the tables below."""

    provinces: Ints
    """Of the 63."""
    communes: Ints
    addresses: Ints
    religions: Ints


def place_homes(people: People, homes: Homes) -> Places:
    """Everybody's residence and religion."""
    plan = living_arrangements()
    near, kin = _parents_home(people, homes.founders)
    share = people.shares("settles")
    same_province = (near >= 0) & kin & (share < plan["settles_in_parents_province"])
    same_commune = same_province & (share < plan["settles_in_parents_province"] * plan["settles_in_parents_commune"])
    places = np.arange(len(near))
    province = provinces_of_groups(people, "province")[follow(np.where(same_province, near, places))]
    first, count, wards = _communes()
    source = follow(np.where(same_commune, near, places))
    within = (people.shares("commune")[source] * count[province]).astype(np.int64)
    address = _addresses(people, within < wards[province])
    faithful = (near >= 0) & (people.shares("faith") < RELIGION_IS_KEPT)
    religion = _religions().draw(0, people.shares("religion"))[follow(np.where(faithful, near, places))]
    heads = homes.heads
    return Places(province[heads], (first[province] + within)[heads], address[heads], religion[heads])


def birth_provinces(people: People, places: Places) -> Ints:
    """One of the 63, mostly where the mother lives, or for want of her where the person does."""
    share = living_arrangements()["born_where_mother_lives"]
    where = np.where(people.mothers >= 0, people.mothers, np.arange(len(people.ages)))
    stays = people.shares("birthplace") < share
    return np.where(stays, places.provinces[where], provinces_of_groups(people, "born elsewhere"))


def birth_countries(people: People) -> Ints:
    """A place in COUNTRIES, 0 for those born in Vietnam; a foreigner is a national of it."""
    born_there, nationals, share_abroad = _countries()
    found = born_there.draw(0, people.shares("country"))
    citizen = np.where(people.shares("abroad") < share_abroad, found, 0)
    return np.where(people.groups == FOREIGN, nationals.draw(0, people.shares("country")), citizen)


def _parents_home(people: People, founders: Ints) -> tuple[Ints, Flags]:
    """For each founder the home of the head's or the spouse's mother, and whether both homes are of one group."""
    size = len(founders)
    near = np.full(size, NOBODY)
    spouse = np.where(people.alive, people.spouses, NOBODY)
    lineage = np.where((spouse >= 0) & people.women, people.groups[spouse], people.groups)
    for one in (spouse, np.arange(size)):
        mother = np.where(one >= 0, people.mothers[one], NOBODY)
        near = np.where(mother >= 0, founders[mother], near)
    near = np.where(founders == np.arange(size), near, NOBODY)
    return near, lineage[near] == lineage


def provinces_of_groups(people: People, stream: str) -> Ints:
    """A province for each, drawn by where people of the group live."""
    return _where_groups_live().draw(people.groups, people.shares(stream))


def _addresses(people: People, is_ward: Flags) -> Ints:
    """A number in `address_texts`."""
    streets, hamlets = street_words()
    in_street = len(streets) * MOST_HOUSE_NUMBERS
    in_hamlet = len(hamlets) * MOST_HAMLET_GROUPS
    share = people.shares("address")
    drawn = np.where(is_ward, share * in_street, in_street + share * in_hamlet)
    return drawn.astype(np.int64)


@lru_cache
def address_texts() -> list[str]:
    streets, hamlets = street_words()
    in_streets = [f"Số {number}, {street}" for street in streets for number in range(1, MOST_HOUSE_NUMBERS + 1)]
    return in_streets + [f"Tổ {group}, {hamlet}" for hamlet in hamlets for group in range(1, MOST_HAMLET_GROUPS + 1)]


@lru_cache
def province_codes() -> list[str]:
    """The 63, in the order of all arrays by province."""
    return list(populations())


@lru_cache
def successors() -> Ints:
    """By province of the 63: that of whose code its successor bears."""
    codes = province_codes()
    return np.array([codes.index(find_successor(code)) for code in codes])


def code_on_day(provinces: Ints, days: Ints) -> Ints:
    """Since the merger a birth is registered under the new code."""
    return np.where(days >= MERGER.toordinal(), successors()[provinces], provinces)


@lru_cache
def commune_names() -> list[str]:
    """The communes of all provinces, one province after the other."""
    return [commune.name for code in province_codes() for commune in list_communes(code)]


@lru_cache
def _communes() -> tuple[Ints, Ints, Ints]:
    """By province: the number of its first commune, how many it has, and how many of these, the first ones, are wards."""
    communes = [list_communes(code) for code in province_codes()]
    counts = np.array([len(some) for some in communes])
    wards = np.array([sum(commune.is_ward for commune in some) for some in communes])
    return np.cumsum(counts) - counts, counts, wards


@lru_cache
def _where_groups_live() -> Chances:
    """By group; the last table is for foreigners, who live where people live."""
    table = group_table()
    everybody = list(populations().values())
    return Chances([list(enumerate(map(float, row))) for row in [*table.tolist(), everybody]])


@lru_cache
def religions() -> list[str]:
    return [row["religion"] for row in read_table("people/religions.csv")]


@lru_cache
def _religions() -> Chances:
    return Chances([enumerate(float(row["per_10000"]) for row in read_table("people/religions.csv"))])


@lru_cache
def countries() -> list[str]:
    return [HOME_COUNTRY, *(row["code"] for row in read_table("people/countries.csv"))]


@lru_cache
def _countries() -> tuple[Chances, Chances, float]:
    rows = read_table("people/countries.csv")
    born_there = [float(row["born_there_per_million"]) for row in rows]
    nationals = [float(row["foreigners_per_million"]) for row in rows]
    return Chances([enumerate(born_there, 1)]), Chances([enumerate(nationals, 1)]), sum(born_there) / 1e6
