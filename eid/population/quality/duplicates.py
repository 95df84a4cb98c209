"""People who are in the register twice, also under another spelling, or with day and month of birth interchanged.

Candidates are pairs of one sex and one year of birth with one mother, one father or one address; the pairs are few, so that
dates and names may be compared one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from eid.db import db
from eid.population.names import join_name
from eid.population.quality.questions import OTHER, Check, Defect, P, year
from eid.population.quality.rules import Dimension, Mender, Rule, Stage
from eid.population.quality.spelling import is_same_name

_TIES: tuple[ColumnElement[bool], ...] = (
    OTHER.mother_id == P.mother_id,
    OTHER.father_id == P.father_id,
    and_(OTHER.residence_commune == P.residence_commune, OTHER.residence_address == P.residence_address),
)
_DATE_KNOWN_BY_YEAR = (1, 1)


def _in_twice() -> Iterator[Defect]:
    """Of two entries of one person, the later one."""
    found = {defect.id: defect for tie in _TIES for defect in _tied(tie)}
    return (found[person_id] for person_id in sorted(found))


def _tied(tie: ColumnElement[bool]) -> Iterator[Defect]:
    same = and_(tie, OTHER.sex == P.sex, year(OTHER.birth_date) == year(P.birth_date), OTHER.id < P.id)
    query = select(P.id, P.pin, P.residence_province, *_compared(P), *_compared(OTHER)).join(OTHER, same)
    for row in db.session.execute(query.execution_options(yield_per=10_000)):
        born, other_born = row[3], row[7]
        if _is_same_date(born, other_born) and is_same_name(join_name(*row[4:7]), join_name(*row[8:11])):
            yield Defect(row[0], row[1], row[2])


def _compared(person: Any) -> tuple[Any, ...]:
    return person.birth_date, person.surname, person.middle_name, person.given_name


def _is_same_date(one: date, other: date) -> bool:
    """Of one year: the same day, day and month interchanged, or known by the year alone, which is written 1 January."""
    a, b = (one.month, one.day), (other.month, other.day)
    return a == b or a == b[::-1] or _DATE_KNOWN_BY_YEAR in (a, b)


DUPLICATE_CHECKS = (
    Check(
        Rule(
            "duplicate",
            Dimension.CLEAN,
            Stage.NUMBER,
            "Nobody is in the register twice, also under another spelling.",
            Mender.PROVINCE_POLICE,
        ),
        _in_twice,
    ),
)
