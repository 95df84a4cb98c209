"""What was made of a row is used again while the row is the very same, and not once longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import JSON, Boolean, Column, Integer, MetaData, String, Table, bindparam, insert, select, update

from eid.clock import wall_now
from eid.db import UtcDateTime, db, run
from eid.kept_rows import KeptRows
from eid.prepared import Prepared
from tests.heard import listening

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String(20)),
    Column("is_new", Boolean),
    Column("made_at", UtcDateTime),
    Column("parts", JSON),
)


class Shelf:
    """A table of things, and what is kept of it."""

    def __init__(self, most: int = 10) -> None:
        things.create(db.engine)
        self.made: list[Mapping[str, Any]] = []
        self.kept: KeptRows[Mapping[str, Any]] = KeptRows(tuple(things.c), self._make, most=most)
        self._reading = Prepared(select(*self.kept.columns).where(things.c.id == bindparam("sought")))

    def _make(self, values: dict[str, Any]) -> Mapping[str, Any]:
        self.made.append(values)
        return values

    def find(self, number: int) -> Mapping[str, Any]:
        return self.kept.find(run(self._reading, {"sought": number}).one())


def put(number: int, **changes: Any) -> dict[str, Any]:
    thing = {"id": number, "name": "lamp", "is_new": True, "made_at": wall_now(), "parts": {"bulbs": [1]}} | changes
    db.session.execute(insert(things).values(thing))
    return thing


def change(number: int, **changes: Any) -> None:
    db.session.execute(update(things).where(things.c.id == number).values(changes))


def test_what_is_made_of_a_row_has_its_values_and_is_made_once(app: Flask) -> None:
    shelf, thing = Shelf(), put(1)
    found = shelf.find(1)
    assert found == thing
    assert shelf.find(1) is found and len(shelf.made) == 1


def test_a_row_that_changed_is_read_anew_whatever_changed_of_it(app: Flask) -> None:
    shelf, thing = Shelf(), put(1)
    shelf.find(1)
    for name, value in {"name": "desk", "is_new": False, "made_at": None, "parts": {"bulbs": [True]}}.items():
        change(1, **{name: value})
        found = shelf.find(1)
        thing[name] = value
        assert found == thing and found[name] == value
        assert found["parts"]["bulbs"][0] is thing["parts"]["bulbs"][0], "1 is not true, though Python calls them equal"
    assert len(shelf.made) == 5


def test_a_change_that_is_rolled_back_is_forgotten_with_it(app: Flask) -> None:
    shelf, thing = Shelf(), put(1)
    db.session.commit()
    change(1, name="desk")
    assert shelf.find(1)["name"] == "desk"
    db.session.rollback()
    assert shelf.find(1) == thing


def test_no_more_is_kept_than_was_allowed(app: Flask) -> None:
    shelf = Shelf(most=2)
    for number in (1, 2, 3):
        put(number)
    for number in (1, 2, 3, 3, 3):
        shelf.find(number)
        assert len(shelf.kept._kept) <= 2
    assert len(shelf.made) == 3


def test_it_is_the_same_where_somebody_listens_to_what_is_asked(app: Flask) -> None:
    shelf, thing = Shelf(), put(1)
    with listening(db.engine):
        found = shelf.find(1)
    assert found == thing
    assert shelf.find(1) == thing
