"""Who lives with whom and where: households with a head, in a commune of a province."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from eid.population.life_events import MaritalStatus, Relation
from eid.population.places import Commune, list_communes, populations, street_words
from eid.population.sample_data import read_table
from eid.population.synthesis.block import BLOCK_SIZE, NOBODY, Block
from eid.population.synthesis.chances import Chances
from eid.population.synthesis.families import living_arrangements, share_at

ADULT = 18
MOST_MEMBERS = 12
MOST_HOUSE_NUMBERS = 300


@dataclass(eq=False)
class Home:
    """A household; its head is the first member."""

    members: list[int]
    commune: Commune | None = None
    address: str = ""
    religion: str = ""


def settle_block(block: Block, rng: random.Random) -> list[Home]:
    """The households of a block, those of the oldest first; everybody lives in one of them."""
    homes = _found_homes(block, rng)
    of: dict[int, Home] = {i: home for home in homes for i in home.members}
    _let_parents_move_in(block, homes, of, rng)
    homes = [home for home in homes if home.members]
    for home in homes:
        _place(home, block, of, rng)
    return homes


def relation_to_head(i: int, head: int, block: Block) -> Relation:
    """What this member is to the head, or to the head's spouse."""
    pair = {head, block.spouses[head]} - {NOBODY}
    parents = {block.mothers[i], block.fathers[i]} - {NOBODY}
    if i in pair:
        return Relation.HEAD if i == head else Relation.SPOUSE
    if parents & pair:
        return Relation.CHILD
    if any(i in (block.mothers[p], block.fathers[p]) for p in pair):
        return Relation.PARENT
    if any(block.mothers[p] in parents for p in pair):
        return Relation.SIBLING
    if any({block.mothers[p], block.fathers[p]} & pair for p in parents):
        return Relation.GRANDCHILD
    return Relation.OTHER


def _found_homes(block: Block, rng: random.Random) -> list[Home]:
    """From the oldest to the youngest, so that a mother has a home before her children look for theirs."""
    steps = living_arrangements()["single_adult_lives_with_mother"]
    husband_heads = living_arrangements()["couple_headed_by_husband"]
    homes: list[Home] = []
    of: list[Home | None] = [None] * BLOCK_SIZE
    for i in reversed(range(BLOCK_SIZE)):
        age, mother = block.ages[i], block.mothers[i]
        if of[i] is not None:
            continue
        stays = age < ADULT or (
            block.statuses[i] is MaritalStatus.SINGLE and mother != NOBODY and rng.random() < share_at(age, steps)
        )
        if stays:
            home = of[mother] if mother != NOBODY else homes[int(rng.random() * len(homes))]
            assert home is not None, "a mother is older than her child"
            home.members.append(i)
        else:
            couple = sorted({i, block.spouses[i]} - {NOBODY}, key=block.women.__getitem__)
            if len(couple) == 2 and rng.random() >= husband_heads:
                couple.reverse()
            home = Home(couple)
            homes.append(home)
        for member in home.members:
            of[member] = home
    return homes


def _let_parents_move_in(block: Block, homes: list[Home], of: dict[int, Home], rng: random.Random) -> None:
    """Many couples, and most who are left alone, share the household of a married child, a son's rather."""
    plan = living_arrangements()
    children: dict[int, list[int]] = {}
    for i in range(BLOCK_SIZE):
        if block.mothers[i] != NOBODY and block.spouses[i] != NOBODY:
            children.setdefault(block.mothers[i], []).append(i)
    for home in homes:
        parents = [p for p in (home.members[0], block.spouses[home.members[0]]) if p != NOBODY]
        steps = plan["couple_moves_in_with_child" if len(parents) == 2 else "lone_parent_moves_in_with_child"]
        if rng.random() >= share_at(min(block.ages[p] for p in parents), steps):
            continue
        married = sorted((c for p in parents for c in children.get(p, ())), key=lambda c: block.women[c])
        host = next((of[c] for c in married if _has_room(of[c], c, block, home)), None)
        if host is not None:
            host.members += home.members
            for i in home.members:
                of[i] = host
            home.members = []


def _has_room(host: Home, child: int, block: Block, guests: Home) -> bool:
    """The child or the child's spouse heads that household, no parents live there yet, and it does not grow too large."""
    head = host.members[0]
    if host is guests or child not in (head, block.spouses[head]):
        return False
    if len(host.members) + len(guests.members) > MOST_MEMBERS:
        return False
    return all(relation_to_head(i, head, block) is not Relation.PARENT for i in host.members)


def _place(home: Home, block: Block, of: dict[int, Home], rng: random.Random) -> None:
    """Give the household its commune, its address and its religion; a young one often stays near the head's parents."""
    plan = living_arrangements()
    head = home.members[0]
    pair = (head, block.spouses[head]) if block.spouses[head] != NOBODY else (head,)
    near = next((of[block.mothers[p]].commune for p in pair if block.mothers[p] != NOBODY), None)
    if near is not None and rng.random() < plan["settles_in_parents_province"]:
        province, stays = near.old_province, rng.random() < plan["settles_in_parents_commune"]
    else:
        province, stays = province_chances().draw(rng), False
    communes = list_communes(province)
    commune = near if near is not None and stays else communes[int(rng.random() * len(communes))]
    streets, hamlets = street_words()
    number, words = 1 + int(rng.random() * MOST_HOUSE_NUMBERS), streets if commune.is_ward else hamlets
    word = words[int(rng.random() * len(words))]
    home.commune = commune
    home.address = f"Số {number}, {word}" if commune.is_ward else word
    home.religion = _religions().draw(rng)


@lru_cache
def province_chances() -> Chances[str]:
    """Codes of the 63 provinces by their inhabitants."""
    return Chances(populations().items())


@lru_cache
def _religions() -> Chances[str]:
    return Chances((row["religion"], float(row["per_10000"])) for row in read_table("people/religions.csv"))
