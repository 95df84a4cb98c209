"""Many numbers as text at once: four digits at a time out of a table, which takes a third of the time of `str`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eid.population.synthesis.streams import Ints

_FOUR = 10_000


def write_digits(start: str, numbers: Ints, fours: int) -> list[str]:
    """Each number with leading zeros, four times `fours` digits, behind a start of at most three characters."""
    gap = "\n" * (4 - len(start))
    rows = np.empty((len(numbers), fours + 1), np.uint32)
    rows[:, 0] = np.frombuffer((gap + start).encode("ascii"), np.uint32)
    for place in range(fours, 0, -1):
        above = numbers // _FOUR
        rows[:, place] = _table()[numbers - above * _FOUR]
        numbers = above
    return rows.tobytes().decode("ascii").split(gap)[1:]


def write_some_digits(start: str, numbers: Ints, fours: int, some: NDArray[np.bool_]) -> list[str | None]:
    """The same for some of the numbers, None for the others."""
    texts = np.full(len(numbers), None, dtype=object)
    texts[some] = write_digits(start, numbers[some], fours)
    written: list[Any] = texts.tolist()
    return written


@lru_cache
def _table() -> NDArray[np.uint32]:
    """The characters of 0000 to 9999, each four of them as one whole number."""
    return np.frombuffer("".join(f"{number:04}" for number in range(_FOUR)).encode("ascii"), np.uint32)
