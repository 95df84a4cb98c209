"""Streams of chance: one for each block of each seed, and drawing from tables of weights.

Only `random()` of Python's generator is used: it alone is promised to stay the same from version to version.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


def block_stream(seed: int, block: int) -> random.Random:
    """The stream of this block of this seed, independent of every other."""
    digest = hashlib.sha256(f"eid population {seed} {block}".encode()).digest()
    return random.Random(int.from_bytes(digest, "big"))  # noqa: S311 - people are made up, not secret


class Chances(Generic[Thing]):
    """Things with weights; drawing takes one number from the stream."""

    __slots__ = ("_bounds", "_things", "_total")

    def __init__(self, weighted: Iterable[tuple[Thing, float]]) -> None:
        pairs = [(thing, weight) for thing, weight in weighted if weight > 0]
        self._things: Sequence[Thing] = [thing for thing, _ in pairs]
        self._bounds = list(accumulate(weight for _, weight in pairs))
        self._total = self._bounds[-1]

    def draw(self, rng: random.Random) -> Thing:
        return self.at(rng.random())

    def at(self, share: float) -> Thing:
        """The thing at this share, 0 ≤ share < 1, of the total weight."""
        return self._things[min(bisect_right(self._bounds, share * self._total), len(self._things) - 1)]


def bell(rng: random.Random) -> float:
    """A number around 0 with spread 1, never beyond 3: three draws added up."""
    return 2.0 * (rng.random() + rng.random() + rng.random()) - 3.0


def shuffled(things: Iterable[Thing], rng: random.Random) -> list[Thing]:
    """The things in an order of chance."""
    keyed = [(rng.random(), place, thing) for place, thing in enumerate(things)]
    keyed.sort(key=lambda entry: entry[:2])
    return [thing for _, _, thing in keyed]
