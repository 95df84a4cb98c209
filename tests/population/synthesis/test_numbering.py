"""Numbers that are unique by construction: for every seed and every block, without knowing of each other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eid.population.numbers import parse_pin
from eid.population.synthesis.numbering import (
    FREE_SERIALS,
    MOST_PEOPLE,
    OLD_NUMBERS,
    PHONES,
    PHONES_PER_BLOCK,
    PLACES_PER_CELL,
    Numbering,
    _keys,
    _permute,
    cells,
)
from eid.population.synthesis.people import BLOCK_SIZE
from eid.population.synthesis.streams import Ints, Streams

seeds = st.integers(0, 2**63 - 1)


def test_the_numbers_reach_for_the_most_people() -> None:
    blocks = MOST_PEOPLE // BLOCK_SIZE
    assert blocks * PLACES_PER_CELL <= FREE_SERIALS
    assert blocks * PHONES_PER_BLOCK <= PHONES
    assert MOST_PEOPLE <= OLD_NUMBERS


@given(st.integers(1, 5000), seeds)
def test_a_permutation_gives_each_number_once(size: int, seed: int) -> None:
    factors, shifts = _keys(Streams(seed), "any", np.zeros(1, np.int64), size)
    assert sorted(_permute(np.arange(size), size, factors, shifts).tolist()) == list(range(size))


def is_given_once(numbers: Ints) -> bool:
    return bool((np.diff(np.sort(numbers)) > 0).all())


def test_no_two_places_of_a_cell_have_the_same_pin() -> None:
    """A man born 1990 in province 79: the serials of all blocks together, from the first to the last."""
    counters = np.arange(MOST_PEOPLE // BLOCK_SIZE * PLACES_PER_CELL)
    cell = cells(np.array([979]), np.array([1990]), np.array([False]))
    pins = Numbering(Streams(2**63 - 1)).pins(cell, counters % PLACES_PER_CELL, counters // PLACES_PER_CELL)
    assert is_given_once(pins)
    assert {str(pin)[:6] for pin in pins[:100].tolist()} == {"979090"}
    assert all(parse_pin(str(pin)).serial >= 1000 for pin in (pins.min(), pins.max()))


def test_old_identity_numbers_and_phones_of_far_blocks_are_in_their_ranges() -> None:
    numbering = Numbering(Streams(5))
    numbers = np.concatenate([np.arange(200_000), MOST_PEOPLE - 1 - np.arange(200_000)])
    old = numbering.old_numbers(numbers)
    assert is_given_once(old)
    assert old.min() >= 900_000_000 and old.max() <= 999_999_999
    phones = numbering.phones(numbers // BLOCK_SIZE, numbers % BLOCK_SIZE)[numbers % BLOCK_SIZE < PHONES_PER_BLOCK]
    assert is_given_once(phones)
    assert phones.min() >= 101_000_000 and phones.max() <= 199_999_999
