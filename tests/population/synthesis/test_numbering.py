"""Numbers that are unique by construction: for every seed and every block, without knowing of each other."""

from hypothesis import given
from hypothesis import strategies as st

from eid.population.numbers import Sex, parse_pin
from eid.population.synthesis.block import BLOCK_SIZE
from eid.population.synthesis.numbering import FREE_SERIALS, MOST_PEOPLE, PLACES_PER_CELL, Numbering, _permute

seeds = st.integers(0, 2**63 - 1)
blocks = st.integers(0, MOST_PEOPLE // BLOCK_SIZE - 1)


def test_the_serials_reach_for_the_most_people() -> None:
    assert FREE_SERIALS // PLACES_PER_CELL * BLOCK_SIZE >= MOST_PEOPLE


@given(st.integers(1, 5000), st.integers(0, 2**64 - 1))
def test_a_permutation_gives_each_number_once(size: int, key: int) -> None:
    assert sorted(_permute(counter, size, key) for counter in range(size)) == list(range(size))


@given(seeds, st.lists(blocks, min_size=2, max_size=20, unique=True))
def test_blocks_never_give_the_same_pin(seed: int, numbers: list[int]) -> None:
    pins: list[str | None] = []
    for number in numbers:
        numbering = Numbering(seed, number)
        pins += [numbering.allocate("79", 1990, Sex.MALE) for _ in range(PLACES_PER_CELL)]
        assert numbering.allocate("79", 1990, Sex.MALE) is None, "the block's places in this cell are taken"
        assert numbering.allocate("79", 1991, Sex.MALE) is not None
    assert len(set(pins)) == len(pins)
    assert all(parse_pin(pin).serial >= 1000 for pin in pins if pin)


@given(seeds, st.lists(st.tuples(blocks, st.integers(0, BLOCK_SIZE - 1)), min_size=2, max_size=50, unique=True))
def test_old_identity_numbers_are_unique(seed: int, places: list[tuple[int, int]]) -> None:
    numbers = {Numbering(seed, block).old_id_number(offset) for block, offset in places}
    assert len(numbers) == len(places)
    assert all(len(number) == 9 and number[0] == "9" for number in numbers)
