"""Numbers that are unique by construction, whatever is made before, after or beside a block.

Everybody with the same first six digits of a PIN shares a cell of 999,000 serials. Each block owns eight counters of every cell,
and a counter becomes a serial through a permutation keyed by the seed and the cell. Old identity numbers are a permutation of
everybody's own number; phones one of counters of which each block owns 990.
"""

from __future__ import annotations

import numpy as np

from eid.population.numbers import ABROAD, FIRST_FREE_SERIAL, FOREIGNER, SERIALS, SYNTHETIC
from eid.population.synthesis.seeking import rank_within
from eid.population.synthesis.streams import Flags, Ints, Streams, mix

PLACES_PER_CELL = 8
FREE_SERIALS = SERIALS - FIRST_FREE_SERIAL
OLD_NUMBERS = 10**8
PHONES_PER_BLOCK = 990
PHONES_01 = 10**8
FIRST_PHONE, PHONES = PHONES_01 + 1_000_000, 99_000_000
"""0101000000–0199999999. Below are the phones of the cast, of load scenarios and of tests."""
MOST_PEOPLE = 100_000_000
"""The serials reach to FREE_SERIALS // PLACES_PER_CELL blocks, a little more than this; old numbers and phones to this."""
_CELLS = 10**6


class Numbering:
    """The numbers of one seed."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        cells = np.arange(9 * _CELLS // 10, _CELLS)
        self._factors, self._shifts = _keys(streams, "serials", cells, FREE_SERIALS)

    def pins(self, cells: Ints, places: Ints, blocks: Ints) -> Ints:
        """The PIN, as a number, of whoever is number `places` (below PLACES_PER_CELL) in a cell of a block."""
        key = cells - 9 * _CELLS // 10
        counters = blocks * PLACES_PER_CELL + places
        return (
            cells * SERIALS
            + FIRST_FREE_SERIAL
            + _permute(counters, FREE_SERIALS, self._factors[key], self._shifts[key])
        )

    def old_numbers(self, numbers: Ints) -> Ints:
        """Nine digits starting with 9, which no identity card ever did, for each person's number."""
        factor, shift = _keys(self._streams, "old numbers", np.zeros(1, np.int64), OLD_NUMBERS)
        return 9 * OLD_NUMBERS + _permute(numbers, OLD_NUMBERS, factor, shift)

    def phones(self, blocks: Ints, places: Ints) -> Ints:
        """For whoever is number `places` (below PHONES_PER_BLOCK) of those in the block who have a phone; 0 is left out."""
        factor, shift = _keys(self._streams, "phones", np.zeros(1, np.int64), PHONES)
        return FIRST_PHONE + _permute(blocks * PHONES_PER_BLOCK + places, PHONES, factor, shift)


def prefixes(codes: list[str]) -> Ints:
    """First three digits, as numbers: of the provinces with these codes, then of births abroad, then of foreigners."""
    return np.array([int(SYNTHETIC + code) for code in codes] + [int(ABROAD), int(FOREIGNER)])


def cells(prefix: Ints, birth_years: Ints, women: Flags) -> Ints:
    """The first six digits of a PIN as a number."""
    return prefix * 1000 + (2 * (birth_years // 100 - 19) + women) * 100 + birth_years % 100


def places_in_cells(blocks: Ints, of_cells: Ints) -> Ints:
    """For each person how many before them in the block have the same first six digits."""
    return rank_within((blocks - blocks[0]) * _CELLS + of_cells)


def _keys(streams: Streams, name: str, index: Ints, size: int) -> tuple[Ints, Ints]:
    """A factor that shares no divisor with the size, and a shift, for each index."""
    key = mix(streams.bits(name, index))
    factors = ((key >> np.uint64(32)) % np.uint64(size)).astype(np.int64) | 1
    shifts = ((key & np.uint64(0xFFFFFFFF)) % np.uint64(size)).astype(np.int64)
    while (bad := np.gcd(factors, size) != 1).any():
        factors[bad] += 2
    return factors, shifts


def _permute(counters: Ints, size: int, factors: Ints, shifts: Ints) -> Ints:
    """A permutation of 0 … size-1: multiplied by a number that shares no divisor with the size, and shifted."""
    return (counters * factors + shifts) % size
