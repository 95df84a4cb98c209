"""Chance for one act: a stream that starts from what is decided about whom, so that nothing else shifts it. Pure."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

_MASK = 2**64 - 1


class Luck:
    """Numbers that follow from the seed and a name (SplitMix64: Steele, Lea, Flood, 2014)."""

    def __init__(self, seed: int, *name: object) -> None:
        text = "eid living " + " ".join(map(str, (seed, *name)))
        self._state = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")

    def share(self) -> float:
        """From 0 to less than 1."""
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        return float((state ^ (state >> 31)) >> 11) * 2.0**-53

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        return int(self.share() * count)

    def bell(self) -> float:
        """Around 0 with spread 1, never beyond 3."""
        return 2.0 * (self.share() + self.share() + self.share()) - 3.0

    def pick(self, things: Sequence[Thing]) -> Thing:
        return things[self.below(len(things))]


class Lots(Generic[Thing]):
    """Things with weights."""

    def __init__(self, weighted: Iterable[tuple[Thing, float]]) -> None:
        pairs = [(thing, weight) for thing, weight in weighted if weight > 0]
        self.things = [thing for thing, _ in pairs]
        self._bounds = list(accumulate(weight for _, weight in pairs))

    def draw(self, luck: Luck) -> Thing:
        place = bisect_right(self._bounds, luck.share() * self._bounds[-1])
        return self.things[min(place, len(self.things) - 1)]
