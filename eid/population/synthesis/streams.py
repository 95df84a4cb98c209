"""Chance that is counted, not consumed: every number is a hash of the seed, the name of what it decides, and an index.

So nothing depends on what was drawn before, beside or after it: not on the number of people, the batch, or the process. The
hash is SplitMix64's finaliser (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) over whole arrays;
integers wrap around at 64 bits everywhere alike, and no function of a mathematical library is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Shares = NDArray[np.float64]
Flags = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Streams:
    """The streams of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, np.uint64] = {}

    def bits(self, name: str, index: Ints) -> Bits:
        """64 bits of chance for each index of the stream of this name."""
        key = self._keys.get(name)
        if key is None:
            digest = hashlib.sha256(f"eid population {self._seed} {name}".encode()).digest()
            key = self._keys[name] = np.uint64(int.from_bytes(digest[:8], "big"))
        return mix(index.astype(np.uint64) * _GOLDEN + key)

    def shares(self, name: str, index: Ints) -> Shares:
        """Numbers from 0 to less than 1."""
        shares: Shares = (self.bits(name, index) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return shares

    def steps(self, name: str, index: Ints) -> Shares:
        """The same, one number a golden ratio from the next: any few hundred in a row lie nearly evenly."""
        steps = self.shares(name, np.zeros(1, np.int64)) + index * 0.6180339887498949
        return steps - np.floor(steps)

    def bells(self, name: str, index: Ints) -> Shares:
        """Numbers around 0 with spread 1, never beyond 3: three of 21 bits each, added up."""
        bits, low = self.bits(name, index), np.uint64(2**21 - 1)
        parts = (bits & low) + (bits >> np.uint64(21) & low) + (bits >> np.uint64(42) & low)
        bells: Shares = parts.astype(np.float64) * 2.0**-20 - 3.0
        return bells


def mix(state: Bits) -> Bits:
    """64 bits in which every bit depends on all of the given ones."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


class Chances:
    """Tables of weights, drawn from by number of table and share (the alias method of Walker, 1974): two look-ups each."""

    def __init__(self, tables: Sequence[Iterable[tuple[int, float]]]) -> None:
        """Each table is a list of things, by their number, with weights."""
        things: list[int] = []
        others: list[int] = []
        bounds: list[float] = []
        starts, sizes = [], []
        for table in tables:
            pairs = [(thing, float(weight)) for thing, weight in table if weight > 0]
            starts.append(len(things))
            sizes.append(len(pairs))
            for thing, bound, other in _alias(pairs):
                things.append(thing)
                bounds.append(bound)
                others.append(other)
        self._things, self._others = np.array(things, np.int64), np.array(others, np.int64)
        self._bounds = np.array(bounds, np.float64)
        self._starts, self._sizes = np.array(starts, np.int64), np.array(sizes, np.int64)

    def draw(self, table: Any, shares: Shares) -> Ints:
        """What lies at these shares of these tables."""
        scaled = shares * self._sizes[table]
        whole = scaled.astype(np.int64)
        place = self._starts[table] + whole
        drawn: Ints = np.where(scaled - whole < self._bounds[place], self._things[place], self._others[place])
        return drawn


def _alias(pairs: list[tuple[int, float]]) -> Iterable[tuple[int, float, int]]:
    """Equal boxes, each of one thing up to a bound and of another beyond."""
    mean = fsum(weight for _, weight in pairs) / len(pairs)
    left = [weight / mean for _, weight in pairs]
    boxes = [(thing, 1.0, thing) for thing, _ in pairs]
    small = [place for place, weight in enumerate(left) if weight < 1.0]
    large = [place for place, weight in enumerate(left) if weight >= 1.0]
    while small and large:
        poor, rich = small.pop(), large[-1]
        boxes[poor] = (pairs[poor][0], left[poor], pairs[rich][0])
        left[rich] -= 1.0 - left[poor]
        if left[rich] < 1.0:
            small.append(large.pop())
    return boxes


def last_wins(size: int, place: Ints, value: Ints) -> Ints:
    """For each of `size` places the last value that is put there, or -1."""
    found = np.full(size, -1, np.int64)
    found[place] = value
    return found
