"""The rows of a made-up register: persons and households, block by block, ready for a database or a file.

Person k of a seed has id 1000 + k and is the same for every number of people; where that number cuts a block, links to those
who are left out are empty. A household's id is that of its head.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from eid.errors import Malformed
from eid.population.names import fold_name, join_name
from eid.population.numbers import Sex
from eid.population.places import MERGER, find_successor
from eid.population.synthesis.batch import HOUSEHOLD_COLUMNS, PEOPLE_COLUMNS, Batch, build_columns
from eid.population.synthesis.block import BLOCK_SIZE, NOBODY, Block, draw_block
from eid.population.synthesis.chances import block_stream, shuffled
from eid.population.synthesis.families import find_mothers, living_arrangements, marry_couples
from eid.population.synthesis.homes import Home, province_chances, relation_to_head, settle_block
from eid.population.synthesis.naming import Name, name_block
from eid.population.synthesis.numbering import MOST_PEOPLE, Numbering

FIRST_GENERATED_ID = 1000
MOST_SEED = 2**63 - 1
BORN_WITH_OLD_NUMBER_UNTIL = 2006
"""Identity cards of nine digits ended with 2024; the youngest who had one were 14 before chip cards came in 2021."""


class PersonRow(NamedTuple):
    """A row of the table persons, its dates in ISO 8601."""

    id: int
    pin: str
    surname: str
    middle_name: str
    given_name: str
    folded_name: str
    birth_date: str
    sex: str
    birth_province: str | None
    birth_country: str
    ethnicity: str
    religion: str
    nationality: str
    household_id: int | None
    relation_to_head: str | None
    father_id: int | None
    mother_id: int | None
    spouse_id: int | None
    marital_status: str
    residence_province: str
    residence_old_province: str
    residence_commune: str
    residence_address: str
    died_on: str | None
    old_id_number: str | None
    phone: str | None


class HouseholdRow(NamedTuple):
    """A row of the table households."""

    id: int
    province: str
    old_province: str
    commune: str
    address: str


@dataclass(frozen=True)
class BlockRows:
    households: list[HouseholdRow]
    people: list[PersonRow]


def check_synthesis(people: int, seed: int) -> None:
    """A register of this size and seed can be made. Raises Malformed: people_out_of_range, seed_out_of_range."""
    if not 1 <= people <= MOST_PEOPLE:
        raise Malformed("people_out_of_range", "The number of people must be from 1 to 100,000,000.")
    if not 0 <= seed <= MOST_SEED:
        raise Malformed("seed_out_of_range", "The seed must be a whole number from 0 to 9,223,372,036,854,775,807.")


def synthesise_register(people: int, seed: int) -> Iterator[BlockRows]:
    """The first `people` people of this seed and their households, a block at a time. Raises as check_synthesis does."""
    check_synthesis(people, seed)
    for block in range((people + BLOCK_SIZE - 1) // BLOCK_SIZE):
        yield synthesise_block(seed, block, limit=min(BLOCK_SIZE, people - block * BLOCK_SIZE))


def synthesise_batches(people: int, seed: int, *, blocks: int = 64) -> Iterator[Batch]:
    """The first `people` people of this seed and their households, `blocks` thousand at a time. Raises as check_synthesis does.

    Only the size of batches depends on `blocks`, never anybody in them.
    """
    some: list[BlockRows] = []
    for rows in synthesise_register(people, seed):
        some.append(rows)
        if len(some) == blocks:
            yield _batch(some)
            some = []
    if some:
        yield _batch(some)


def _batch(some: list[BlockRows]) -> Batch:
    return Batch(
        build_columns(PEOPLE_COLUMNS, [person for rows in some for person in rows.people]),
        build_columns(HOUSEHOLD_COLUMNS, [household for rows in some for household in rows.households]),
    )


def synthesise_block(seed: int, number: int, *, limit: int = BLOCK_SIZE) -> BlockRows:
    """The first `limit` people of one block of a seed, and their households."""
    rng = block_stream(seed, number)
    block = draw_block(rng)
    marry_couples(block, rng)
    find_mothers(block, rng)
    homes = settle_block(block, rng)
    return _Writer(block, homes, Numbering(seed, number), rng).write(FIRST_GENERATED_ID + number * BLOCK_SIZE, limit)


class _Writer:
    """Turns a settled block into rows. The order of households is one of chance, that of their members head first."""

    def __init__(self, block: Block, homes: list[Home], numbering: Numbering, rng: random.Random) -> None:
        self.block, self.numbering, self.rng = block, numbering, rng
        self.homes = shuffled(homes, rng)
        self.order = [i for home in self.homes for i in home.members]
        self.home_of = {i: home for home in self.homes for i in home.members}
        self.birth_places = [self._birth_place(i) for i in range(BLOCK_SIZE)]
        self.birth_dates = [date.fromordinal(ordinal) for ordinal in block.births]
        self.sexes = [Sex.FEMALE if is_woman else Sex.MALE for is_woman in block.women]

    def write(self, first_id: int, limit: int) -> BlockRows:
        pins = [self._pin(i) for i in range(BLOCK_SIZE)]
        names = name_block(self.block, self.birth_places.__getitem__, self.rng)
        ids: list[int | None] = [None] * (BLOCK_SIZE + 1)
        for offset, i in enumerate(self.order[:limit]):
            ids[i] = first_id + offset
        rows = BlockRows([], [])
        for home in self.homes:
            head_id = ids[home.members[0]]
            if head_id is None:
                break
            assert home.commune is not None
            commune = home.commune
            rows.households.append(
                HouseholdRow(head_id, commune.province, commune.old_province, commune.name, home.address)
            )
            for i in home.members:
                if ids[i] is not None:
                    rows.people.append(self._person(i, home, head_id, ids, pins[i], names[i]))
        return rows

    def _person(
        self, i: int, home: Home, head_id: int, ids: list[int | None], pin: tuple[str, str], name: Name
    ) -> PersonRow:
        block, commune, born = self.block, home.commune, self.birth_dates[i]
        person_id = ids[i]
        assert commune is not None and person_id is not None
        offset = (person_id - FIRST_GENERATED_ID) % BLOCK_SIZE
        has_old_number = born.year <= BORN_WITH_OLD_NUMBER_UNTIL
        return PersonRow(
            person_id,
            pin[0],
            *name,
            fold_name(join_name(*name)),
            born.isoformat(),
            self.sexes[i].value,
            pin[1],
            "VNM",
            "Kinh",
            home.religion,
            "VNM",
            head_id,
            relation_to_head(i, home.members[0], block).value,
            ids[block.fathers[i]],
            ids[block.mothers[i]],
            ids[block.spouses[i]],
            block.statuses[i].value,
            commune.province,
            commune.old_province,
            commune.name,
            home.address,
            None,
            self.numbering.old_id_number(offset) if has_old_number else None,
            None,
        )

    def _birth_place(self, i: int) -> str:
        """One of the 63 codes: mostly where the mother lives, or for want of her where the person does."""
        mother = self.block.mothers[i]
        commune = self.home_of[mother if mother != NOBODY else i].commune
        assert commune is not None
        stays = self.rng.random() < living_arrangements()["born_where_mother_lives"]
        return commune.old_province if stays else province_chances().draw(self.rng)

    def _pin(self, i: int) -> tuple[str, str]:
        """A PIN, and the code of the province of birth as of that day; another province where the cell is full."""
        born, province = self.birth_dates[i], self.birth_places[i]
        while True:
            code = province if born < MERGER else find_successor(province)
            pin = self.numbering.allocate(code, born.year, self.sexes[i])
            if pin is not None:
                return pin, code
            province = province_chances().draw(self.rng)
