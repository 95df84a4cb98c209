"""Lists of names are parsed once a text, and read as tuples that nobody can change."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import JSON, Column, Integer, MetaData, Table, insert, select

from eid.db import db, run
from eid.name_lists import names_of
from eid.prepared import Prepared
from tests.heard import listening

lists = Table(
    "lists",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("names", JSON(none_as_null=True), nullable=True),
)
READING = Prepared(select(names_of(lists.c.names)).order_by(lists.c.id))


def test_a_list_is_read_as_a_tuple_and_parsed_once(app: Flask) -> None:
    lists.create(db.engine)
    given = [["openid", "Hồ sơ"], [], None, ["openid", "Hồ sơ"]]
    db.session.execute(insert(lists), [{"id": number, "names": names} for number, names in enumerate(given)])
    found = [row.names for row in run(READING, {})]
    assert found == [("openid", "Hồ sơ"), (), None, ("openid", "Hồ sơ")]
    assert found[0] is found[3]
    with listening(db.engine):
        assert [row.names for row in run(READING, {})] == found
