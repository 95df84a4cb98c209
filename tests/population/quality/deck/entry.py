"""What an entry of the deck says: a family as it should be, but for what is told, and which rules that breaks, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TODAY = "2026-07-01"
"""The day on which the deck is audited."""

Columns = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """Something recorded of a member of the family; days in ISO 8601."""

    who: str
    kind: str
    effective_on: str
    recorded_on: str
    changes: Mapping[str, Sequence[Any]] | None = None


@dataclass(frozen=True)
class Entry:
    told: str
    breaks: Mapping[str, str]
    """Rule → who breaks it, by their names in the family, blanks between. Nobody of the family breaks any other rule."""
    people: Mapping[str, Columns]
    """Whom of the family something is otherwise, and what; a name that is not in the family adds somebody."""
    home: Columns
    other_home: Columns
    """Of the household "other", which there is where somebody lives in it: in another street, unless it is said here."""
    empty_home: bool
    events: Sequence[Event]
    recorded: str | None
    """When the baby's birth, of 2026-02-03, was recorded; None where nobody did."""
    replaced: Sequence[tuple[str, str, str]]
    """Old PINs: whose, the number as a pattern, and when it was replaced."""
    cards: Sequence[tuple[str, Columns]]
    accounts: Sequence[tuple[str, Columns]]


def entry(
    told: str,
    breaks: Mapping[str, str],
    *,
    home: Columns | None = None,
    other_home: Columns | None = None,
    empty_home: bool = False,
    events: Sequence[Event] = (),
    recorded: str | None = "2026-02-10",
    replaced: Sequence[tuple[str, str, str]] = (),
    cards: Sequence[tuple[str, Columns]] = (),
    accounts: Sequence[tuple[str, Columns]] = (),
    **people: Columns,
) -> Entry:
    """In a PIN a point keeps the digit that the member should have there. Relatives are named by their names in the family;
    "nobody" is a number that nobody has. `like="son"` adds somebody who is the son once more, with a PIN of the same kind."""
    homes = (home or {}, other_home or {}, empty_home)
    return Entry(told, breaks, people, *homes, events, recorded, replaced, cards, accounts)
