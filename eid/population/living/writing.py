"""Writes what a window changed, by the engine's own bulk path, in the session's transaction."""

import json
from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import delete, text

from eid.db import db
from eid.population.bulk import record_columns
from eid.population.life.state import COLUMNS, PersonState, write_changes
from eid.population.living.country import Country, Entry
from eid.population.models import Household, LifeEvent, NameWord, Person, ReplacedPin

_AT_ONCE = 500
_HOME = ("id", "province", "old_province", "commune", "address")


def record_country(country: Country) -> None:
    """Add what happened and change whom it changed; the caller commits."""
    newborn = set(country.newborn_ids)
    changed = country.list_changed()
    _add(Household.__tablename__, _HOME, [[getattr(home, name) for name in _HOME] for home in country.homes])
    _add(Person.__tablename__, COLUMNS, [_values(person) for person in changed if person.id in newborn])
    _change_people([_values(person) for person in changed if person.id not in newborn])
    _end_households(country.list_deserted())
    pins = [[pin, person_id, on.isoformat(), reason] for pin, person_id, on, reason in country.replaced_pins]
    _add(ReplacedPin.__tablename__, ("pin", "person_id", "replaced_on", "reason"), pins)
    columns = ("person_id", "kind", "effective_on", "recorded_at", "details")
    _add(LifeEvent.__tablename__, columns, [_event(entry) for entry in country.entries])
    _add_words({person.folded_name for person in changed})


def _end_households(ids: list[int]) -> None:
    """A household ends with its last member; people's own rows and events say where they lived."""
    for start in range(0, len(ids), _AT_ONCE):
        db.session.execute(delete(Household).where(Household.id.in_(ids[start : start + _AT_ONCE])))


def _change_people(rows: list[list[Any]]) -> None:
    if not rows:
        return
    if not _is_postgresql():
        raw: Any = db.session.connection().connection.driver_connection
        marks = ", ".join(f"{name} = ?" for name in COLUMNS[1:])
        raw.executemany(f"UPDATE persons SET {marks} WHERE id = ?", ([*row[1:], row[0]] for row in rows))  # noqa: S608
        return
    db.session.execute(text("CREATE TEMPORARY TABLE changed_persons (LIKE persons) ON COMMIT DROP"))
    _add("changed_persons", COLUMNS, rows)
    pairs = ", ".join(f"{name} = changed.{name}" for name in COLUMNS[1:])
    db.session.execute(
        text(f"UPDATE persons SET {pairs} FROM changed_persons AS changed WHERE persons.id = changed.id")  # noqa: S608
    )


def _add(table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
    if rows:
        record_columns(table, dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))


def _add_words(names: set[str]) -> None:
    pairs = [{"word": word, "name": name} for name in sorted(names) for word in sorted(set(name.split()))]
    if pairs:
        insert = f"INSERT INTO {NameWord.__tablename__} (word, folded_name) VALUES (:word, :name)"  # noqa: S608
        db.session.execute(text(f"{insert} ON CONFLICT DO NOTHING"), pairs)


def _event(entry: Entry) -> list[Any]:
    event = entry.happened
    zone = "+00" if _is_postgresql() else ""
    at = entry.recorded_at.strftime("%Y-%m-%d %H:%M:%S.%f") + zone
    details = json.dumps({"changes": write_changes(event.changes)})
    return [event.person_id, event.kind.value, event.effective_on.isoformat(), at, details]


def _values(person: PersonState) -> list[Any]:
    return [_plain(getattr(person, name)) for name in COLUMNS]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _is_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"
