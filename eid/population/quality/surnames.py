"""The rule about surnames of children. A surname that was corrected, or chosen with citizenship, is told by an event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import select

from eid.db import db
from eid.population.models import LifeEvent
from eid.population.quality.questions import FATHER, MOTHER, Check, Defect, P, is_father, is_mother
from eid.population.quality.rules import Dimension, Mender, Rule, Stage

VIETNAM = "VNM"
AT_ONCE = 1000
"""Families whose events are read together."""

_columns = (P.id, P.pin, P.residence_province, MOTHER.id, FATHER.id, P.surname, MOTHER.surname, FATHER.surname)


def _surname_of_neither() -> Iterator[Defect]:
    """Children who bear no surname that a parent bears, now or before it was changed."""
    query = select(*_columns).join(MOTHER, is_mother).join(FATHER, is_father).order_by(P.id)
    odd = query.where(P.nationality == VIETNAM, P.surname != MOTHER.surname, P.surname != FATHER.surname)
    for families in db.session.execute(odd.execution_options(yield_per=AT_ONCE)).partitions():
        borne = _surnames_borne({person for row in families for person in (row[0], row[3], row[4])})
        yield from (Defect(row[0], row[1], row[2]) for row in families if not _shares_a_surname(row, borne))


def _shares_a_surname(row: Sequence[Any], borne: dict[int, set[str]]) -> bool:
    child, mother, father = row[0], row[3], row[4]
    of_child = {row[5]} | borne[child]
    return not of_child.isdisjoint({row[6], row[7]} | borne[mother] | borne[father])


def _surnames_borne(people: Collection[int]) -> dict[int, set[str]]:
    """Person → the surnames that an event changed, and what it changed them to; nobody else's."""
    borne: dict[int, set[str]] = defaultdict(set)
    for person_id, details in db.session.execute(
        select(LifeEvent.person_id, LifeEvent.details).where(LifeEvent.person_id.in_(people))
    ):
        borne[person_id] |= {name for name in details.get("changes", {}).get("surname", ()) if name}
    return borne


SURNAME_CHECKS = (
    Check(
        Rule(
            "child-surname",
            Dimension.CORRECT,
            Stage.BIRTH,
            "A citizen whose parents both are in the register bears, or bore, a surname of one (Civil Code 2015, article 26).",
            Mender.CIVIL_REGISTRAR,
        ),
        _surname_of_neither,
    ),
)
