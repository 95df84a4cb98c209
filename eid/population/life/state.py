"""A person of the register as plain values, what an event changes of them, and the way there and back.

Pure. Households never change their address: whoever moves goes to another household, so that the people's own rows say all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from eid.population.life.kinds import LifeEventKind, MaritalStatus, Relation
from eid.population.names import join_name
from eid.population.numbers import Sex


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonState:
    """The columns of a row of persons, in their order."""

    id: int
    pin: str
    surname: str
    middle_name: str
    given_name: str
    folded_name: str
    birth_date: date
    sex: Sex
    birth_province: str | None
    birth_country: str
    ethnicity: str
    religion: str
    nationality: str
    household_id: int | None
    relation_to_head: Relation | None
    father_id: int | None
    mother_id: int | None
    spouse_id: int | None
    marital_status: MaritalStatus
    residence_province: str
    residence_old_province: str
    residence_commune: str
    residence_address: str
    died_on: date | None
    old_id_number: str | None
    phone: str | None

    @property
    def full_name(self) -> str:
        return join_name(self.surname, self.middle_name, self.given_name)

    @property
    def parent_ids(self) -> frozenset[int]:
        return frozenset(parent for parent in (self.mother_id, self.father_id) if parent is not None)


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(PersonState))

People = Mapping[int, PersonState]
"""People by id: those to whom something happens, everybody in their households, and the parents of all of these."""

Changes = Mapping[str, tuple[Any, Any]]
"""Column → (before, after)."""


@dataclass(frozen=True, slots=True)
class Home:
    """A household with its address, as a row of households has it; nobody may live in it yet."""

    id: int
    province: str
    old_province: str
    commune: str
    address: str


@dataclass(frozen=True, slots=True)
class Happened:
    """What an act did to one person: one row of life_events. `effective_on` is when it took effect."""

    person_id: int
    kind: LifeEventKind
    effective_on: date
    changes: Changes


def find_changes(before: PersonState | None, after: PersonState) -> Changes:
    """The columns that differ; somebody who was not there before had nothing in any of them."""
    pairs = ((name, getattr(before, name, None), getattr(after, name)) for name in COLUMNS)
    return {name: (old, new) for name, old, new in pairs if old != new}


def apply_changes(state: PersonState | None, changes: Changes) -> PersonState:
    """The person after the event; None becomes the person whom a birth describes."""
    values: dict[str, Any] = {name: after for name, (_, after) in changes.items()}
    return PersonState(**_EMPTY | values) if state is None else replace(state, **values)


def undo_changes(state: PersonState, changes: Changes) -> PersonState | None:
    """The person before the event; None before the birth."""
    if "id" in changes:
        return None
    return replace(state, **{name: before for name, (before, _) in changes.items()})


def write_changes(changes: Changes) -> dict[str, list[Any]]:
    """The changes as life_events.details["changes"] has them: lists, dates in ISO 8601."""
    return {name: [_write_value(before), _write_value(after)] for name, (before, after) in changes.items()}


def read_changes(written: Mapping[str, list[Any]]) -> Changes:
    """write_changes' inverse."""
    return {name: (_read_value(name, before), _read_value(name, after)) for name, (before, after) in written.items()}


def _write_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read_value(name: str, value: Any) -> Any:
    reader = _READERS.get(name)
    return value if reader is None or value is None else reader(value)


_EMPTY: dict[str, Any] = dict.fromkeys(COLUMNS)

_READERS: dict[str, Any] = {
    "birth_date": date.fromisoformat,
    "died_on": date.fromisoformat,
    "sex": Sex,
    "marital_status": MaritalStatus,
    "relation_to_head": Relation,
}
