"""How people find each other: in rounds, each seeker asks at a wished place of an ordered list, then one further off each time.

In every round all who still seek ask at once. Of those who ask at one place the last named is taken, the others go on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eid.population.synthesis.streams import Flags, Ints

_DAYS = 1 << 21
"""More than any ordinal of a day: a segment and a day make one number that sorts by both."""


class Pool:
    """Those who can be found: within their segment (a community, a block), ordered by a day."""

    def __init__(self, who: Ints, segments: Ints, days: Ints) -> None:
        keys = segments * _DAYS + days
        order = np.argsort(keys, kind="stable")
        self.who = who[order]
        self._keys = keys[order]

    def seek(
        self,
        seekers: Ints,
        segments: Ints,
        days: Ints,
        *,
        rounds: int,
        fits: Callable[[Ints, Ints], Flags],
        join: Callable[[Ints, Ints], None],
    ) -> Ints:
        """Join each seeker to one who fits, near the wished day in the segment; those who found nobody are left.

        `fits` is asked about seekers and found; `join` is told of pairs in which nobody comes twice.
        """
        low = np.searchsorted(self._keys, segments * _DAYS)
        high = np.searchsorted(self._keys, (segments + 1) * _DAYS)
        wished = np.searchsorted(self._keys, segments * _DAYS + days)
        side = np.where(seekers % 2 == 0, 1, -1)
        latest = np.empty(len(self.who), np.int64)
        farthest = int(np.maximum(wished - low, high - wished).max(initial=0))
        for step in range(min(rounds, 2 * farthest + 1)):
            place = wished + side * ((step + 1) // 2 if step % 2 else -(step // 2))
            asking = np.flatnonzero((place >= low) & (place < high))
            asking = asking[fits(seekers[asking], self.who[place[asking]])]
            place = place[asking]
            latest[place] = asking
            won = latest[place] == asking
            join(seekers[asking[won]], self.who[place[won]])
            left = np.ones(len(seekers), np.bool_)
            left[asking[won]] = False
            seekers, side, low, high, wished = seekers[left], side[left], low[left], high[left], wished[left]
            if not len(seekers):
                break
        return seekers


def rank_within(segments: Ints, order: Ints | None = None) -> Ints:
    """Each one's place, from 0, among those of the same segment: in the given order, or in that of the array."""
    if order is None:
        order = np.arange(len(segments))
    order = order[np.argsort(segments[order], kind="stable")]
    ordered = segments[order]
    firsts = np.flatnonzero(np.diff(ordered, prepend=-1))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order)) - np.repeat(firsts, np.diff(np.append(firsts, len(order))))
    return ranks
