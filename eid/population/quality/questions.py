"""How a rule's question is put to the database: a check is a rule and who breaks it, most often a condition on one row.

Where SQL says one thing two ways, the construct here says it on both engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Integer, Select, String, extract, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from eid.clock import world_today
from eid.db import db
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.quality.rules import Rule

DIGITS = "0123456789"

P = Person
"""The person whom a rule is about."""
MOTHER, FATHER, SPOUSE, OTHER = aliased(Person), aliased(Person), aliased(Person), aliased(Person)


class Defect(NamedTuple):
    """Who breaks a rule: the person's id, PIN and province of residence; or a household's id, name and province."""

    id: int
    name: str
    province: str


Question = Callable[[], Iterator[Defect]]


@frozen
class Check:
    rule: Rule
    find: Question
    """Everybody who breaks the rule today, by id."""


def ask(query: Select[int, str, str]) -> Iterator[Defect]:
    """What the query selects: id, name, province; a bounded part of it in memory at a time."""
    rows = db.session.execute(query.execution_options(yield_per=10_000))
    return (Defect(row[0], row[1], row[2]) for row in rows)


def people_where(*conditions: ColumnElement[bool]) -> Question:
    """Those of whom all of this holds."""
    return lambda: ask(select(P.id, P.pin, P.residence_province).where(*conditions).order_by(P.id))


def people_today(condition: Callable[[date], ColumnElement[bool]]) -> Question:
    """Those of whom this holds on the world's day."""
    return lambda: people_where(condition(world_today()))()


def year(column: Any) -> ColumnElement[int]:
    return extract("year", column)


alive = P.died_on.is_(None)
is_mother, is_father, is_spouse = P.mother_id == MOTHER.id, P.father_id == FATHER.id, P.spouse_id == SPOUSE.id


class days_between(FunctionElement[int]):  # noqa: N801 - a function of SQL
    """Whole days from the first date to the second."""

    type = Integer()
    inherit_cache = True


class day_in_vietnam(FunctionElement[date]):  # noqa: N801
    """The date in Vietnam at a point of time."""

    type = Date()
    inherit_cache = True


class first_word(FunctionElement[str]):  # noqa: N801
    """A text up to its first space."""

    type = String()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _days_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(julianday({second}) - julianday({first}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _days_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({second} - {first})"


@compiles(day_in_vietnam, "sqlite")
def _day_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, '+7 hours')"


@compiles(day_in_vietnam, "postgresql")
def _day_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)"


@compiles(first_word, "sqlite")
def _word_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    name = compiler.process(element.clauses, **kw)
    return f"substr({name}, 1, instr({name} || ' ', ' ') - 1)"


@compiles(first_word, "postgresql")
def _word_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"split_part({compiler.process(element.clauses, **kw)}, ' ', 1)"
