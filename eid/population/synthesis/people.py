"""The people of some blocks as arrays: person `place` of block b stands at b × 1000 + place, links point to such positions.

A block is a thousand people who know nobody of another block. The living come first, the youngest first; then the dead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from eid.population.synthesis.streams import Bits, Flags, Ints, Shares, Streams

BLOCK_SIZE = 1000
YEAR = 365.2425
NOBODY = -1
ALIVE = 10**7
"""Stands for the day of death of those who live: later than every day."""
SINGLE, MARRIED, WIDOWED, DIVORCED = range(4)
FOREIGN = -1
"""Stands for the ethnic group of foreigners."""


@dataclass
class People:
    """Days are ordinals of the Gregorian calendar, as Python's `date` counts them."""

    streams: Streams
    first_block: int
    blocks: int
    ages: Ints
    """On the day of the snapshot, or at death."""
    women: Flags
    born: Ints
    died: Ints
    """The day, or ALIVE."""
    statuses: Ints
    twins: Ints
    """The elder twin, for the younger of two."""
    communities: Ints = field(init=False)
    """Within which people look for each other: numbered through all blocks."""
    groups: Ints = field(init=False)
    """Number of the ethnic group, or FOREIGN."""
    spouses: Ints = field(init=False)
    """Of the living, each other's; of the dead, who was left."""
    partners: Ints = field(init=False)
    """With whom a person has children, if with anybody in the register: spouse, late spouse or divorced one."""
    mothers: Ints = field(init=False)
    fathers: Ints = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.ages)
        self.numbers = np.arange(size) + self.first_block * BLOCK_SIZE
        """Each person's number within the seed: the index of chance."""
        self.block = np.arange(size) // BLOCK_SIZE
        self.alive = self.died == ALIVE
        self.communities = self.block.copy()
        self.groups = np.zeros(size, np.int64)
        self.spouses, self.partners, self.mothers, self.fathers = (np.full(size, NOBODY, np.int64) for _ in range(4))

    def shares(self, name: str, who: Ints | slice = slice(None)) -> Shares:
        return self.streams.shares(name, self.numbers[who])

    def bits(self, name: str, who: Ints | slice = slice(None)) -> Bits:
        return self.streams.bits(name, self.numbers[who])

    def bells(self, name: str, who: Ints | slice = slice(None)) -> Shares:
        return self.streams.bells(name, self.numbers[who])


def linked(links: Ints, who: Ints) -> Ints:
    """Whom those at `who` link to; NOBODY for whom nobody is at `who`."""
    found: Ints = np.where(who >= 0, links[who], NOBODY)
    return found
