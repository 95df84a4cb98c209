"""People as they were: what has happened to somebody, and who they were on a day since the register opened.

By effect: of each column, the last recorded event that had taken effect by that day decides, so an event recorded late and dated
back counts from its date. Rows that events before the opening left are the first state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from eid.clock import VIETNAM
from eid.db import db
from eid.errors import Malformed, NotFound
from eid.population.life.recording import take_state
from eid.population.life.state import Changes, PersonState, read_changes
from eid.population.models import LifeEvent, Person
from eid.population.snapshot import SNAPSHOT


def list_events(person_id: int) -> Sequence[LifeEvent]:
    """What has happened to a person, the latest effect first."""
    query = select(LifeEvent).where(LifeEvent.person_id == person_id)
    return db.session.scalars(query.order_by(LifeEvent.effective_on.desc(), LifeEvent.id.desc())).all()


def find_person_as_of(person: Person, day: date, *, known_on: date | None = None) -> PersonState:
    """The person as they were on that day, as far as the register knew it at the end of `known_on`, or knows today.

    Raises Malformed: before_register; NotFound: not_yet_born.
    """
    if day < SNAPSHOT:
        raise Malformed("before_register", "The register opened on 01/01/2026 and cannot be read as of an earlier day.")
    events = sorted(list_events(person.id), key=lambda event: event.id)
    changes = [(event, read_changes(event.details.get("changes", {}))) for event in events]
    state = _undo_all(take_state(person), [done for _, done in changes])
    for event, done in changes:
        if event.effective_on <= day and (known_on is None or _recorded_on(event.recorded_at) <= known_on):
            state = replace(state, **_values_after(done))
    if state.birth_date is None or state.birth_date > day:
        raise NotFound("not_yet_born", "This person was not born yet on that day.")
    return state


def find_first_state(person: Person) -> PersonState:
    """The person as the register had them first: when it was opened, or when their birth was entered."""
    events = sorted(list_events(person.id), key=lambda event: event.id)
    done = [read_changes(event.details.get("changes", {})) for event in events]
    state = _undo_all(take_state(person), done)
    entered = [changes for changes in done if "id" in changes]
    return replace(state, **_values_after(entered[0])) if entered else state


def _undo_all(state: PersonState, done: Sequence[Changes]) -> PersonState:
    for undone in reversed(done):
        state = replace(state, **{name: old for name, (old, _) in undone.items() if name != "id"})
    return state


def _values_after(changes: Changes) -> dict[str, Any]:
    return {name: new for name, (_, new) in changes.items()}


def _recorded_on(at: datetime) -> date:
    return at.astimezone(VIETNAM).date()
