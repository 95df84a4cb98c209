"""Whose turn it is: a test that is wanted on both databases, or in several browsers, takes one of them in the suite of every day.

The next such test takes the next one, so that each database and each browser carries its share of every subject; `-m sweep`,
which CI runs too, has all the others. A test that tries a race, or what one database does its own way, is never divided:
it says `both_engines`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

both_engines = pytest.mark.both_engines

DATABASES = {"sqlite", "postgresql"}
LOOKS = {"phone", "desk", "vi", "en"}
"""Of browsers, in the names of tests: their size and their language."""
VISITORS = {"visitor", "guest", "patient", "citizen"}
"""Fixtures that bring a browser."""

Kind = tuple[str, ...]


def put_off(items: Iterable[pytest.Item]) -> None:
    """Afterwards of every group of tests that differ in database or browser alone, one is left for today's suite."""
    groups: defaultdict[Kind, list[pytest.Item]] = defaultdict(list)
    turns: Counter[Path] = Counter()
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            groups[_kind(item)].append(item)
    for group in groups.values():
        if len(group) > 1:
            turns[group[0].path] += 1  # by file, so that it is the same whether all are collected or one file
            for place, item in enumerate(group):
                if place != turns[group[0].path] % len(group):
                    item.add_marker(pytest.mark.sweep)


def _kind(item: pytest.Function) -> Kind:
    """What a test is about, whatever it runs on."""
    divided = set() if item.get_closest_marker("both_engines") else set(DATABASES)
    if VISITORS & item.callspec.params.keys():
        divided |= LOOKS
    test, _, variant = item.nodeid.partition("[")
    return test, *(word for word in variant.rstrip("]").split("-") if word not in divided)
