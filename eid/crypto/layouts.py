"""Reading by layout: an encoding that differs from one that was read before in known values only need not be taken
apart again.

A document signer's security objects have the same tags and lengths at the same places, and so do a CSCA's
certificates; what differs is digests, serial numbers, times, keys and signatures. Where all other octets are equal, the
same elements lie at the same places, and that is decided by one comparison. A layout holds no verdict: every value is
read from the data at hand, as strictly as the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

Places = TypeVar("Places")

MAX_PER_LENGTH = 8
MAX_LAYOUTS = 256
"""One state's signers have a few dozen: signatures and serial numbers vary in length by an octet or two."""
MAX_BYTES = 8192
"""Longer encodings than this are read each time."""


class Read(NamedTuple, Generic[Places]):
    """An encoding taken apart: where everything lies, and which values may differ in the next one."""

    places: Places
    variable: Iterable[slice] | None
    """None where no other encoding must be read by this one's layout."""


class _Layout(NamedTuple):
    pick: Callable[[bytes], object]
    """Takes the octets outside of the variable values."""
    fixed: object
    places: object


class Layouts(Generic[Places]):
    """The layouts of one kind of structure that were seen, by length. Bounded; when full, everything is forgotten."""

    def __init__(self, read: Callable[[bytes], Read[Places]]) -> None:
        self._read = read
        self._known: dict[int, list[_Layout]] = {}
        self._count = 0

    def find(self, data: bytes) -> Places:
        """Where everything lies in these data. Raises Malformed as the reader of the structure does."""
        layouts = self._known.get(len(data))
        if layouts:
            for pick, fixed, places in layouts:
                if pick(data) == fixed:
                    return places  # type: ignore[return-value]
        read = self._read(data)
        if read.variable is not None and len(data) <= MAX_BYTES:
            self._learn(data, read.places, read.variable)
        return read.places

    def _learn(self, data: bytes, places: Places, variable: Iterable[slice]) -> None:
        if self._count >= MAX_LAYOUTS:
            self._known, self._count = {}, 0
        layouts = self._known.setdefault(len(data), [])
        if len(layouts) >= MAX_PER_LENGTH:
            del layouts[0]
            self._count -= 1
        pick = itemgetter(*_gaps(len(data), variable))
        layouts.append(_Layout(pick, pick(data), places))
        self._count += 1


def _gaps(length: int, variable: Iterable[slice]) -> Iterator[slice]:
    """What lies between these values."""
    position = 0
    for value in sorted(variable, key=lambda value: value.start):
        yield slice(position, value.start)
        position = value.stop
    yield slice(position, length)
