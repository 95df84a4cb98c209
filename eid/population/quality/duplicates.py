"""People who are in the register twice, also under another spelling, or with day and month of birth interchanged.

Candidates are those of one sex and one year of birth with one mother, one father or one address. The database sorts them
together, so that the time does not depend on what it thinks of its indexes; dates and names of a group are compared in pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, groupby
from typing import Any

from sqlalchemy import ColumnElement, func, select

from eid.db import db
from eid.population.names import join_name
from eid.population.quality.questions import Check, Defect, P, year
from eid.population.quality.rules import Dimension, Mender, Rule, Stage
from eid.population.quality.spelling import is_same_name

_HAS_ADDRESS = func.trim(P.residence_address) != ""
"""An address that nobody wrote down is not one that people share."""
_TIES: tuple[tuple[ColumnElement[bool], tuple[Any, ...]], ...] = (
    (P.mother_id.is_not(None), (P.mother_id,)),
    (P.father_id.is_not(None), (P.father_id,)),
    (_HAS_ADDRESS, (P.residence_province, P.residence_commune, P.residence_address)),
)
"""Who has such a tie, and what those must share whom it joins."""
_COMPARED = (P.id, P.pin, P.residence_province, P.birth_date, P.surname, P.middle_name, P.given_name)
_DATE_KNOWN_BY_YEAR = (1, 1)


def _in_twice() -> Iterator[Defect]:
    """Of two entries of one person, the later one."""
    found = {defect.id: defect for has_tie, shared in _TIES for defect in _tied(has_tie, shared)}
    return (found[person_id] for person_id in sorted(found))


def _tied(has_tie: ColumnElement[bool], shared: Sequence[Any]) -> Iterator[Defect]:
    key = [column.label(f"key_{place}") for place, column in enumerate((*shared, P.sex, year(P.birth_date)))]
    size = func.count().over(partition_by=key).label("size")
    people = select(*key, *_COMPARED, size).where(has_tie).subquery()
    same = [people.c[column.name] for column in key]
    query = select(people).where(people.c.size > 1).order_by(*same, people.c.id)
    rows = db.session.execute(query.execution_options(yield_per=10_000))
    for _, group in groupby(rows, key=lambda row: row[: len(key)]):
        for earlier, later in combinations(group, 2):
            if _is_same_date(earlier.birth_date, later.birth_date) and is_same_name(_name(earlier), _name(later)):
                yield Defect(later.id, later.pin, later.residence_province)


def _name(row: Any) -> str:
    return join_name(row.surname, row.middle_name, row.given_name)


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
