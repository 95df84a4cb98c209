"""What is prepared says the same as SQLAlchemy would, to the driver and of its errors, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import bindparam, delete, exists, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, MultipleResultsFound, NoResultFound

from eid.connecting import find_unavailability
from eid.db import db, run, run_each, table_of
from eid.oauth.clients import find_client, read_client, register_client
from eid.oauth.models import Client
from eid.prepared import Prepared
from eid.traffic import AddressWindow
from tests.heard import listening

_windows = table_of(AddressWindow)
_ADD = Prepared(insert(_windows))
_ALL = Prepared(select(_windows).where(_windows.c.taken >= bindparam("least")).order_by(_windows.c.digest))
MOMENT = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)


def add(digest: str, taken: int = 1) -> None:
    run(_ADD, {"digest": digest, "ends_at": MOMENT, "taken": taken})


def test_rows_have_the_types_of_their_columns(app: Flask) -> None:
    add("a", 3)
    row = run(_ALL, {"least": 0}).one()
    assert (row.digest, row.ends_at, row.taken) == ("a", MOMENT, 3)
    assert row == tuple(db.session.execute(select(_windows)).one())


def test_a_client_that_is_read_is_the_one_that_is_found(app: Flask) -> None:
    """Sixty columns of every type: numbers, times, JSON, octets, truth values, nothing"""
    registered = register_client(
        name="Phòng khám", purpose="Khám", redirect_uris=["https://a.example/b"], scopes=["openid"]
    )
    db.session.expunge_all()
    read, found = read_client(registered.client_id), find_client(registered.client_id)
    names = [column.name for column in table_of(Client).c]
    assert [getattr(read, name) for name in names] == [getattr(found, name) for name in names]


def test_how_many_rows_were_changed_is_known(app: Flask) -> None:
    add("a"), add("b"), add("c", 5)
    raising = Prepared(update(_windows).where(_windows.c.taken == bindparam("now")).values(taken=9))
    assert run(raising, {"now": 1}).rowcount == 2
    assert run(Prepared(delete(_windows).where(_windows.c.taken == 5)), {}).rowcount == 1
    assert [row.digest for row in run(_ALL, {"least": 9})] == ["a", "b"]


def test_what_was_inserted_can_be_returned(app: Flask) -> None:
    returning = Prepared(insert(_windows).returning(_windows.c.digest))
    assert run(returning, {"digest": "a", "ends_at": MOMENT, "taken": 1}).scalar_one() == "a"


def test_values_of_the_statement_itself_and_columns_without_a_name(app: Flask) -> None:
    add("a", 7)
    asked = Prepared(select(exists().where(_windows.c.taken == 7, _windows.c.digest == bindparam("sought"))))
    assert [bool(run(asked, {"sought": one}).scalar()) for one in ("a", "b")] == [True, False]


def test_one_row_is_told_from_none_and_from_many(app: Flask) -> None:
    none = run(_ALL, {"least": 0})
    assert (none.first(), none.one_or_none(), none.scalar(), none.all()) == (None, None, None, [])
    with pytest.raises(NoResultFound):
        none.one()
    run_each(_ADD, [{"digest": digest, "ends_at": MOMENT, "taken": 1} for digest in "ab"])
    many = run(_ALL, {"least": 0})
    assert many.first().digest == "a"
    for ask in (many.one, many.one_or_none, many.scalar_one):
        with pytest.raises(MultipleResultsFound):
            ask()


def test_the_drivers_error_is_sqlalchemys_and_bears_no_values(app: Flask) -> None:
    add("a-secret")
    with pytest.raises(IntegrityError) as refused:
        add("a-secret")
    assert refused.value.hide_parameters and "a-secret" not in str(refused.value.statement)
    db.session.rollback()
    assert run(_ALL, {"least": 0}).all() == []


def test_of_several_that_are_run_together_one_that_is_refused_ends_all(app: Flask) -> None:
    several = [{"digest": digest, "ends_at": MOMENT, "taken": 1} for digest in "aba"]
    with pytest.raises(IntegrityError):
        run_each(_ADD, several)
    db.session.rollback()
    assert run(_ALL, {"least": 0}).all() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_is_lost_is_not_used_again(app: Flask) -> None:
    """A file has no connection to lose"""
    own = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
    with pytest.raises(DBAPIError) as lost:
        run(_ALL, {"least": 0})
    assert lost.value.connection_invalidated
    unavailable = find_unavailability(lost.value)
    assert unavailable is not None and unavailable.code == "database_unavailable"
    db.session.rollback()
    assert run(_ALL, {"least": 0}).all() == []


def test_who_listens_to_the_engine_hears_it(app: Flask) -> None:
    with listening(db.engine) as heard:
        add("a")
        assert run(_ALL, {"least": 0}).one().digest == "a"
    assert [statement.split()[0] for statement in heard] == ["INSERT", "SELECT"]


def test_other_parameters_than_at_first_are_refused(app: Flask) -> None:
    """An insertion would otherwise leave a column out in silence"""
    statement = Prepared(insert(_windows))
    run(statement, {"digest": "a", "ends_at": MOMENT, "taken": 1})
    for other in ({"digest": "b", "ends_at": MOMENT}, {"digest": "b", "ends_at": MOMENT, "token": 1}):
        with pytest.raises(KeyError):
            run(statement, other)


def test_what_only_sqlalchemy_can_run_is_refused(app: Flask) -> None:
    several = Prepared(select(_windows).where(_windows.c.digest.in_(bindparam("some", expanding=True))))
    with pytest.raises(ValueError, match="another text for each length"):
        run(several, {"some": ["a"]})
    with pytest.raises(ValueError, match="default is not asked for"):
        run(Prepared(insert(table_of(Client))), {"client_id": "a"})
