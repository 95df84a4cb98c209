"""Reads of the register what a window needs, in columns and by many ids at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np

from eid.db import db
from eid.population.homes import FIRST_DESK_HOUSEHOLD_ID
from eid.population.life.kinds import MaritalStatus, Relation
from eid.population.life.state import COLUMNS, PersonState
from eid.population.living.drawing import Population
from eid.population.living.weddings import Suitor
from eid.population.numbers import Sex

SCANNED_AT_ONCE = 100_000
_NAMES = ", ".join(COLUMNS)
_SEXES = {sex.value: sex for sex in Sex}
_STATUSES = {status.value: status for status in MaritalStatus}
_RELATIONS: dict[str | None, Relation | None] = {None: None} | {relation.value: relation for relation in Relation}
_SEX, _BORN, _DIED = COLUMNS.index("sex"), COLUMNS.index("birth_date"), COLUMNS.index("died_on")
_RELATION, _STATUS = COLUMNS.index("relation_to_head"), COLUMNS.index("marital_status")


def scan_living() -> Iterator[Population]:
    """Everybody alive, by id, so many at a time."""
    last = -1
    while True:
        rows = _ask(
            "SELECT id, birth_date, sex FROM persons WHERE id > {} AND died_on IS NULL ORDER BY id LIMIT {}",
            last,
            SCANNED_AT_ONCE,
        )
        if not rows:
            return
        ids, births, sexes = zip(*rows, strict=True)
        last = ids[-1]
        days = np.array(births, "datetime64[D]").astype(np.int64)
        yield Population(np.array(ids, np.int64), days, np.array(sexes) == Sex.FEMALE.value)


class RegisterReader:
    """eid.population.living.country.Reader on the database, in the session's transaction."""

    def read_people(self, ids: Collection[int]) -> Iterator[PersonState]:
        return map(_state, _ask(f"SELECT {_NAMES} FROM persons WHERE id IN ({{}})", list(ids)))  # noqa: S608

    def read_households(self, ids: Collection[int]) -> Iterator[PersonState]:
        return map(_state, _ask(f"SELECT {_NAMES} FROM persons WHERE household_id IN ({{}})", list(ids)))  # noqa: S608

    def read_latest_days(self, ids: Collection[int]) -> Iterator[tuple[int, date]]:
        query = "SELECT person_id, max(effective_on) FROM life_events WHERE person_id IN ({}) GROUP BY person_id"
        return ((person_id, _date(day)) for person_id, day in _ask(query, list(ids)))

    def has_pin(self, pin: str) -> bool:
        query = "SELECT 1 FROM persons WHERE pin = {} UNION ALL SELECT 1 FROM replaced_pins WHERE pin = {}"
        return bool(_ask(query, pin, pin))


def read_suitors(ids: Sequence[int], needs: Sequence[float]) -> Iterator[Suitor]:
    """These men as the register has them, with what each needs."""
    need_of = dict(zip(ids, needs, strict=True))
    columns = "id, birth_date, marital_status, residence_old_province, ethnicity, died_on"
    for row in _ask(f"SELECT {columns} FROM persons WHERE id IN ({{}})", list(ids)):  # noqa: S608
        yield Suitor(row[0], _date(row[1]), row[2], row[3], row[4], row[5] is None, need_of[row[0]])


def read_latest_children(since: date) -> dict[int, date]:
    """Mother → birth date of her youngest child, of those born since."""
    query = "SELECT mother_id, max(birth_date) FROM persons WHERE birth_date >= {} AND mother_id IS NOT NULL GROUP BY 1"
    return {mother: _date(day) for mother, day in _ask(query, since.isoformat())}


def read_next_ids() -> tuple[int, int]:
    """The ids that the next person and the next household get; households founded at the desk have a range of their own."""
    newest = "SELECT (SELECT max(id) FROM persons), (SELECT max(id) FROM households WHERE id < {})"
    ((person, household),) = _ask(newest, FIRST_DESK_HOUSEHOLD_ID)
    return (person or 0) + 1, (household or 0) + 1


def _ask(query: str, *values: Any) -> list[Sequence[Any]]:
    """The rows; `{}` marks each value, and a list of ids in the engine's own way."""
    connection = db.session.connection()
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        query = query.replace("IN ({})", "= ANY({})").replace("{}", "%s")
        return list(raw.execute(query, values).fetchall())
    query = query.replace("IN ({})", "IN (SELECT value FROM json_each({}))").replace("{}", "?")
    return list(raw.execute(query, [json.dumps(v) if isinstance(v, list) else v for v in values]).fetchall())


def _state(row: Sequence[Any]) -> PersonState:
    values = list(row)
    values[_BORN] = _date(values[_BORN])
    values[_DIED] = None if values[_DIED] is None else _date(values[_DIED])
    values[_SEX], values[_STATUS] = _SEXES[values[_SEX]], _STATUSES[values[_STATUS]]
    values[_RELATION] = _RELATIONS[values[_RELATION]]
    return PersonState(**dict(zip(COLUMNS, values, strict=True)))


def _date(value: Any) -> date:
    """SQLite hands dates over as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
