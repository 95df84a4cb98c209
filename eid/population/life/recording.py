"""People held while something happens to them, and what happened written down: rows changed, one event a person.

Households are locked before people, both in the order of their ids, so that two acts at once wait for each other and neither
sees half of the other. The caller's transaction commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, or_, select

from eid.clock import world_now, world_today
from eid.db import db, insert_unless_present
from eid.errors import Conflict
from eid.events import PeopleChanged, PersonChange, PinReplaced, post_event
from eid.population.life.kinds import MaritalStatus, Relation
from eid.population.life.state import COLUMNS, Happened, PersonState, write_changes
from eid.population.models import Household, LifeEvent, NameWord, Person, ReplacedPin
from eid.population.names import index_words
from eid.population.numbers import Sex

GENERATIONS = 2


def hold_people(person_ids: Collection[int], *, home_ids: Collection[int] = ()) -> dict[int, PersonState]:
    """These people, their spouses and everybody of their and those households, held; and two generations of ancestors, read.

    Raises Conflict: changed_meanwhile, where one of them moved or married in the moment before.
    """
    links = db.session.execute(select(Person.household_id, Person.spouse_id).where(Person.id.in_(person_ids))).all()
    homes = {home for home, _ in links if home is not None} | set(home_ids)
    wanted = {spouse for _, spouse in links if spouse is not None} | set(person_ids)
    locked = select(Household.id).where(Household.id.in_(homes)).order_by(Household.id)
    db.session.execute(locked.with_for_update(key_share=True))
    concerned = or_(Person.id.in_(wanted), Person.household_id.in_(homes))
    query = select(Person).where(concerned).order_by(Person.id).with_for_update(key_share=True)
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    people = {row.id: take_state(row) for row in rows}
    for held in (people[i] for i in person_ids):
        if held.household_id not in homes | {None} or held.spouse_id not in wanted | {None}:
            raise Conflict("changed_meanwhile", "Something else was registered at the same moment; please try again.")
    return people | _find_ancestors(people)


def find_children_of(person_id: int) -> dict[int, PersonState]:
    """Every child of a person, wherever it lives."""
    query = select(Person).where(or_(Person.mother_id == person_id, Person.father_id == person_id))
    return {row.id: take_state(row) for row in db.session.scalars(query)}


def take_state(row: Person) -> PersonState:
    """The row as plain values."""
    values: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS}
    values["sex"] = Sex(row.sex)
    values["marital_status"] = MaritalStatus(row.marital_status)
    values["relation_to_head"] = Relation(row.relation_to_head) if row.relation_to_head else None
    return PersonState(**values)


def record_happenings(happened: Sequence[Happened], *, reason: str = "") -> None:
    """The rows are as the act leaves them, with an event for each; whatever household is left by everybody has ended.

    A number that was replaced is kept, for this reason.
    """
    for event in happened:
        values = {name: after for name, (_, after) in event.changes.items()}
        if "id" in values:
            db.session.add(Person(**dict.fromkeys(COLUMNS) | values))
            db.session.flush()
        else:
            person = db.session.get_one(Person, event.person_id)
            for name, value in values.items():
                setattr(person, name, value)
            if "pin" in values:
                _record_replaced_pin(event, reason)
        record_words_of_name(values.get("folded_name", ""))
        db.session.add(
            LifeEvent(
                person_id=event.person_id,
                kind=event.kind,
                effective_on=event.effective_on,
                recorded_at=world_now(),
                details={"changes": write_changes(event.changes)},
            )
        )
    db.session.flush()
    post_people_changed(happened)
    _end_deserted({event.changes["household_id"][0] for event in happened if "household_id" in event.changes})


def post_people_changed(happened: Iterable[Happened]) -> None:
    """Tell who must know: papers say what the register says."""
    changes = tuple(
        PersonChange(
            event.person_id,
            event.kind.value,
            frozenset(event.changes),
            frozenset(home for home in event.changes.get("household_id", ()) if home is not None),
        )
        for event in happened
    )
    if changes:
        post_event(PeopleChanged(changes))


def _end_deserted(home_ids: Collection[int | None]) -> None:
    """Those of these households in which nobody lives any longer are none; people's own rows and events say who did."""
    left = sorted(home for home in home_ids if home is not None)
    if left:
        lived_in = select(Person.id).where(Person.household_id == Household.id).exists()
        db.session.execute(delete(Household).where(Household.id.in_(left), ~lived_in))


def record_words_of_name(folded_name: str) -> None:
    """Afterwards this name is found by each of its words."""
    for word in sorted(index_words(folded_name)):
        insert_unless_present(NameWord, word=word, folded_name=folded_name)


def _record_replaced_pin(event: Happened, reason: str) -> None:
    old, _ = event.changes["pin"]
    db.session.add(ReplacedPin(pin=old, person_id=event.person_id, replaced_on=world_today(), reason=reason))
    post_event(PinReplaced(person_id=event.person_id))


def _find_ancestors(people: dict[int, PersonState]) -> dict[int, PersonState]:
    found: dict[int, PersonState] = {}
    for _ in range(GENERATIONS):
        known = people | found
        missing = {parent for person in known.values() for parent in person.parent_ids} - set(known)
        found |= {row.id: take_state(row) for row in db.session.scalars(select(Person).where(Person.id.in_(missing)))}
    return found
