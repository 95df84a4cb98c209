"""Civil status as the justice offices of communes keep it: extracts of births and marriages, read from the register's events.

Nothing is kept here. What was registered before the register opened is made up by civil_status_rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, or_, select

from eid.agencies.civil_status_rules import (
    BirthExtract,
    CivilStatusRecord,
    Entry,
    MarriageEnd,
    MarriageExtract,
    Relative,
    draw_birth_day,
    draw_commune,
    draw_marriage_day,
    write_decision,
    write_number,
)
from eid.agencies.office import Office, end_nothing
from eid.agencies.values import EntitlementState
from eid.clock import VIETNAM
from eid.db import db
from eid.errors import NotFound
from eid.events import EntitlementsChanged, PeopleChanged, post_event
from eid.population.history import find_first_state, find_person_as_of, list_events
from eid.population.life.kinds import LifeEventKind, MaritalStatus
from eid.population.life.state import PersonState
from eid.population.models import LifeEvent, Person, Sex
from eid.population.places import MERGER, find_province, write_birth_place
from eid.population.service import find_people, find_person_by_id
from eid.population.snapshot import SNAPSHOT

CIVIL_STATUS = "civil_status"

_NAMING = frozenset(("surname", "middle_name", "given_name", "birth_date", "nationality"))
_SHOWN = _NAMING | {
    "pin",
    "sex",
    "birth_province",
    "ethnicity",
    "spouse_id",
    "marital_status",
    "father_id",
    "mother_id",
}
"""The columns of a person that an extract shows; those of _NAMING stand on a spouse's and children's extracts too."""

_AT_ONCE = 500


def find_civil_status(person_id: int, *, hold: bool = False) -> CivilStatusRecord:
    """What the books say about a person today. Raises NotFound: paper_unknown, where they have no entry of them.

    With `hold` it cannot change until this transaction ends.
    """
    person = find_person_by_id(person_id)
    if hold:
        related = {person.id, person.spouse_id, person.father_id, person.mother_id} - {None}
        held = select(Person).where(Person.id.in_(related)).order_by(Person.id).with_for_update(read=True)
        db.session.scalars(held.execution_options(populate_existing=True)).all()
    events = sorted(list_events(person_id), key=lambda event: event.id)
    birth, (marriage, divorce) = _read_birth(person, events), _read_marriage(person, events)
    if birth is None and marriage is None:
        raise NotFound("paper_unknown", "The civil-status books have no entry of this person.")
    return CivilStatusRecord(
        person_id=person_id,
        pin=person.pin,
        ethnicity=person.ethnicity,
        nationality=person.nationality,
        marital_status=MaritalStatus(person.marital_status),
        birth=birth,
        marriage=marriage,
        divorce=divorce,
        state=EntitlementState.VALID if person.is_alive else EntitlementState.INVALID,
        updated_at=_find_updated_at(person),
    )


def tell_relatives_of_change(changed: PeopleChanged) -> None:
    """Handles PeopleChanged: extracts that name them say something else; the act's transaction commits it."""
    shown = {change.person_id for change in changed.changes if change.columns & _SHOWN}
    newborn = {change.person_id for change in changed.changes if change.kind == LifeEventKind.BIRTH}
    renamed = {change.person_id for change in changed.changes if change.columns & _NAMING} - newborn
    everybody = shown | set(_find_relatives(renamed))
    if everybody:
        post_event(EntitlementsChanged(frozenset(everybody), CIVIL_STATUS, EntitlementState.VALID))


def _read_birth(person: Person, events: Sequence[LifeEvent]) -> BirthExtract | None:
    if person.birth_province is None:
        return None
    first = find_first_state(person)
    entered = next((event for event in events if event.kind == LifeEventKind.BIRTH), None)
    if entered is not None:
        day = entered.recorded_at.astimezone(VIETNAM).date()
        place = _write_place(first, day)
    else:
        day = draw_birth_day(person.id, first.birth_date)
        place = _draw_place(person.id, first, day)
    return BirthExtract(
        Entry(write_number("birth", day, person.id), day, place),
        write_birth_place(person.birth_province, person.birth_country, on=person.birth_date),
        _find_relative(person.father_id),
        _find_relative(person.mother_id),
    )


def _read_marriage(person: Person, events: Sequence[LifeEvent]) -> tuple[MarriageExtract | None, Entry | None]:
    ended = None if person.spouse_id else next((e for e in reversed(events) if _spouses_of(e)[0]), None)
    spouse_id = person.spouse_id or (_spouses_of(ended)[0] if ended else None)
    found = find_people([spouse_id]) if spouse_id else []
    if not found:
        return None, None
    spouse = found[0]
    began = next((event for event in reversed(events) if _spouses_of(event)[1] == spouse.id), None)
    day = began.effective_on if began else _draw_marriage(person, spouse)
    place = _write_place(_state_on(min(person, spouse, key=lambda each: each.id), day), day)
    by = None if ended is None else _END.get(LifeEventKind(ended.kind))
    extract = MarriageExtract(
        Entry(write_number("marriage", day, person.id, spouse.id), day, place),
        Relative(spouse.full_name, spouse.birth_date, spouse.nationality),
        by,
        ended.effective_on if ended is not None else None,
    )
    return extract, _read_divorce(person, spouse, ended) if ended and by is MarriageEnd.DIVORCE else None


def _read_divorce(person: Person, spouse: Person, ended: LifeEvent) -> Entry:
    on = ended.effective_on
    court = _state_on(min(person, spouse, key=lambda each: each.id), on)
    number = write_decision(on, person.id, spouse.id)
    return Entry(number, on, f"Tòa án nhân dân khu vực, {find_province(court.residence_province, on=on).name}")


_END = {LifeEventKind.DIVORCE: MarriageEnd.DIVORCE, LifeEventKind.WIDOWHOOD: MarriageEnd.DEATH}


def _spouses_of(event: LifeEvent) -> tuple[int | None, int | None]:
    """Whom somebody was married to before the event and after, where the event changed that."""
    before, after = event.details.get("changes", {}).get("spouse_id", (None, None))
    return before, after


def _draw_marriage(one: Person, other: Person) -> date:
    states = [find_first_state(each) for each in (one, other)]
    first, second = ((state.id, state.birth_date, Sex(state.sex)) for state in states)
    return draw_marriage_day(first, second)


def _state_on(person: Person, day: date) -> PersonState:
    return find_first_state(person) if day < SNAPSHOT else find_person_as_of(person, day)


def _write_place(state: PersonState, day: date) -> str:
    code = state.residence_province if day >= MERGER else state.residence_old_province
    return f"{state.residence_commune}, {find_province(code, on=day).name}"


def _draw_place(person_id: int, state: PersonState, day: date) -> str:
    assert state.birth_province is not None
    province = find_province(state.birth_province, on=state.birth_date).name
    commune = draw_commune(person_id, state.birth_province)
    return province if commune is None else f"{commune.name}, {province}"


def _find_relative(person_id: int | None) -> Relative | None:
    found = find_people([person_id]) if person_id else []
    return Relative(found[0].full_name, found[0].birth_date, found[0].nationality) if found else None


def _find_updated_at(person: Person) -> datetime:
    """When something of the person or of somebody named beside them was last entered, or else when the register opened."""
    named = {person.id, person.spouse_id, person.father_id, person.mother_id} - {None}
    entered = db.session.scalar(select(func.max(LifeEvent.recorded_at)).where(LifeEvent.person_id.in_(named)))
    opened = datetime.combine(SNAPSHOT, time(), VIETNAM)
    return max(opened, entered) if entered is not None else opened


def _find_relatives(person_ids: Iterable[int]) -> Iterable[int]:
    """Whose extracts name these: their spouses and their children."""
    ordered = sorted(person_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        some: Any = ordered[start : start + _AT_ONCE]
        naming = or_(Person.father_id.in_(some), Person.mother_id.in_(some))
        yield from db.session.scalars(select(Person.id).where(naming))
        spouses = db.session.scalars(select(Person.spouse_id).where(Person.id.in_(some)))
        yield from (spouse for spouse in spouses if spouse is not None)


OFFICE = Office(CIVIL_STATUS, find_civil_status, end_nothing)
