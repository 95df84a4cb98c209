"""What an officer enters of a life at the desk: the register's own use cases, for the person whose record is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from eid.accounts.desk import find_opened_record
from eid.audit import ActorKind, record_act
from eid.population.history import find_person_as_of, list_events
from eid.population.life.state import PersonState
from eid.population.models import LifeEvent, Person
from eid.population.service import find_household_members


def register_life_event_at_desk(look_up_id: int, act: Callable[[str], Person], *, officer: int) -> None:
    """The act is done to the person whose record is open, and the audit log names the officer. Raises as the act does."""
    person = find_opened_record(look_up_id, officer=officer).record.person
    record_act("register_life_event_at_desk", actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    act(person.pin)


def list_events_at_desk(look_up_id: int, *, officer: int) -> Sequence[LifeEvent]:
    """What has happened to the person whose record is open, the latest effect first."""
    return list_events(find_opened_record(look_up_id, officer=officer).record.person.id)


def find_person_as_of_at_desk(look_up_id: int, day: date, *, officer: int) -> PersonState:
    """The person whose record is open, as of a day. Raises as find_person_as_of."""
    return find_person_as_of(find_opened_record(look_up_id, officer=officer).record.person, day)


def list_housemates_at_desk(look_up_id: int, *, officer: int) -> list[Person]:
    """Who else lives in the household of the person whose record is open."""
    person = find_opened_record(look_up_id, officer=officer).record.person
    members = find_household_members(person.household_id) if person.household_id is not None else []
    return [member for member in members if member.id != person.id]
