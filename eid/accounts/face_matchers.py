"""What compares a submitted face with the one on record. Others are found by the name under which they are installed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

ENTRY_POINTS = "eid.face_matchers"
"""The group of entry points under which a package offers a FaceMatcher: a class that is made without arguments."""


class FaceMatcher(Protocol):
    name: str
    is_simulated: bool
    """Whether it tells drawings apart and no people: good for a simulation alone."""

    def compare(self, enrolled: bytes, submitted: bytes) -> float:
        """How alike two images are, from 0 to 1."""


class DrawnMatcher:
    """Drawings are of one person exactly where they are the same, octet by octet."""

    name = "drawn"
    is_simulated = True

    def compare(self, enrolled: bytes, submitted: bytes) -> float:
        return float(enrolled == submitted)


MATCHERS: dict[str, FaceMatcher] = {DrawnMatcher.name: DrawnMatcher()}
"""Those that come with the service."""


@cache
def load_matcher(name: str) -> FaceMatcher | None:
    """The matcher that an installed package offers under this name; None where none does."""
    found = next(iter(entry_points(group=ENTRY_POINTS, name=name)), None)
    matcher: FaceMatcher | None = None if found is None else found.load()()
    return matcher
