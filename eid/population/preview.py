"""What an act would change of whom, found out by doing it and taking it back: nothing is decided here a second time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import sha256

from eid.db import db
from eid.late_dataclasses import frozen
from eid.population.life.kinds import LifeEventKind
from eid.population.life.recording import take_state
from eid.population.life.state import Happened, PersonState, undo_changes, write_changes
from eid.population.service import find_people

DRAWN = frozenset({"id", "pin", "household_id"})
"""Numbers that are drawn when the act is done: another time they are others."""
_LINKS = ("spouse_id", "father_id", "mother_id")


@frozen
class Foreseen:
    """What an act would do to one person; there is nobody before a birth."""

    kind: LifeEventKind
    effective_on: date
    before: PersonState | None
    after: PersonState


@frozen
class Preview:
    people: tuple[Foreseen, ...]
    names: Mapping[int, str]
    """Of those to whom somebody is or would be linked."""
    digest: str
    """Two previews of the same changes have the same."""


def preview_act(act: Callable[[], Sequence[Happened]]) -> Preview:
    """What the act would change; afterwards nothing is. The transaction in which this is called is rolled back.

    Handlers of events run before a commit, so none has run. Raises as the act does.
    """
    try:
        happened = act()
        after = {row.id: take_state(row) for row in find_people([event.person_id for event in happened])}
        people = tuple(_foresee(event, after[event.person_id]) for event in happened)
        linked = {
            getattr(state, link) for one in people for state in (one.before, one.after) if state for link in _LINKS
        }
        names = {row.id: row.full_name for row in find_people(linked - {None})}
        return Preview(people, names, digest_changes(happened))
    finally:
        db.session.rollback()


def digest_changes(happened: Sequence[Happened]) -> str:
    """The same for the same changes of the same people, whatever numbers were drawn for them."""
    said = [
        (
            0 if "id" in event.changes else event.person_id,
            event.kind.value,
            event.effective_on.isoformat(),
            sorted((name, pair) for name, pair in write_changes(event.changes).items() if name not in DRAWN),
        )
        for event in happened
    ]
    return sha256(repr(said).encode()).hexdigest()


def _foresee(event: Happened, after: PersonState) -> Foreseen:
    return Foreseen(event.kind, event.effective_on, undo_changes(after, event.changes), after)
