"""PINs and old identity numbers that are unique by construction, whatever is made before, after or beside a block.

Everybody with the same first six digits shares a cell of 999,000 serials. Each block owns eight counters of every cell, and a
counter becomes a serial through a permutation keyed by the seed and the cell.
"""

from __future__ import annotations

from collections import Counter
from math import gcd

from eid.population.numbers import FIRST_FREE_SERIAL, SERIALS, Sex, century_sex_digit, synthetic_prefix
from eid.population.synthesis.block import BLOCK_SIZE

PLACES_PER_CELL = 8
FREE_SERIALS = SERIALS - FIRST_FREE_SERIAL
OLD_NUMBERS = 10**8
MOST_PEOPLE = 100_000_000
"""The serials reach to FREE_SERIALS // PLACES_PER_CELL blocks, a little more than this; the old numbers to this."""
_MASK = 2**64 - 1


class Numbering:
    """Hands out the numbers of one block."""

    def __init__(self, seed: int, block: int) -> None:
        self.seed, self.block = seed, block
        self._taken: Counter[str] = Counter()

    def allocate(self, province_code: str, birth_year: int, sex: Sex) -> str | None:
        """A PIN that no other person of this seed has, or None where the block's places in that cell are taken."""
        cell = f"{synthetic_prefix(province_code)}{century_sex_digit(birth_year, sex)}{birth_year % 100:02d}"
        place = self._taken[cell]
        if place == PLACES_PER_CELL:
            return None
        self._taken[cell] = place + 1
        return f"{cell}{self._serial(int(cell), self.block * PLACES_PER_CELL + place):06d}"

    def old_id_number(self, offset: int) -> str:
        """Nine digits starting with 9, which no identity card ever did, for the person at this place of the block."""
        return f"9{_permute(self.block * BLOCK_SIZE + offset, OLD_NUMBERS, mix(self.seed, 0)):08d}"

    def _serial(self, cell: int, counter: int) -> int:
        return FIRST_FREE_SERIAL + _permute(counter, FREE_SERIALS, mix(self.seed, cell))


def mix(seed: int, value: int) -> int:
    """64 bits in which every bit depends on all of both (the finaliser of SplitMix64, twice)."""
    state = (seed * 0x9E3779B97F4A7C15 + value) & _MASK
    for _ in range(2):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def _permute(counter: int, size: int, key: int) -> int:
    """A permutation of 0 … size-1: multiplied by a number that shares no factor with the size, and shifted."""
    factor, shift = (key >> 32) % size | 1, (key & 0xFFFFFFFF) % size
    while gcd(factor, size) != 1:
        factor += 2
    return (counter * factor + shift) % size
