"""Rules about recorded events: when they took effect, and that they lead to what the register says today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from eid.db import db
from eid.population.models import LifeEvent, LifeEventKind
from eid.population.quality.questions import (
    Check,
    Defect,
    P,
    day_in_vietnam,
    people_today,
    people_where,
)
from eid.population.quality.rules import Dimension, Mender, Rule, Stage

C, K = Dimension.CORRECT, Dimension.CLEAN
_REGISTRAR = Mender.CIVIL_REGISTRAR
_E = LifeEvent
_ONCE = (LifeEventKind.BIRTH, LifeEventKind.DEATH)

_corrected = exists().where(LifeEvent.person_id == P.id, LifeEvent.kind == LifeEventKind.CORRECTION)
_is_outside_life = or_(and_(_E.effective_on < P.birth_date, ~_corrected), _E.effective_on > P.died_on)


def _is_out_of_order(today: date) -> ColumnElement[bool]:
    recorded_on = day_in_vietnam(_E.recorded_at)
    return P.id.in_(select(_E.person_id).where(or_(_E.effective_on > recorded_on, recorded_on > today)))


def _present_not_explained() -> Iterator[Defect]:
    """Those in whose row a column is not what the event that was recorded last of those that changed it says.

    By record, as the register is written and read back: an event dated back is recorded later and decides all the same.
    """
    happened = select(*P.__table__.columns, _E.details).join(_E, _E.person_id == P.id)
    rows = db.session.execute(happened.order_by(P.id, _E.id).execution_options(yield_per=5_000))
    for _, events in groupby(rows, key=lambda row: row.id):
        told: dict[str, Any] = {}
        for row in events:
            told |= {column: after for column, (_, after) in row.details.get("changes", {}).items()}
        if any(_as_json(getattr(row, column)) != value for column, value in told.items()):
            yield Defect(row.id, row.pin, row.residence_province)


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


EVENT_CHECKS = (
    Check(
        Rule("event-order", C, Stage.EVENT, "What is recorded has happened, and was recorded by today.", _REGISTRAR),
        people_today(_is_out_of_order),
    ),
    Check(
        Rule("event-life", C, Stage.EVENT, "What happened to somebody lies between birth and death.", _REGISTRAR),
        people_where(exists().where(_E.person_id == P.id, _E.kind != LifeEventKind.CORRECTION, _is_outside_life)),
    ),
    Check(
        Rule("event-twice", K, Stage.EVENT, "Nobody is born twice or dies twice.", _REGISTRAR),
        people_where(
            P.id.in_(
                select(_E.person_id).where(_E.kind.in_(_ONCE)).group_by(_E.person_id, _E.kind).having(func.count() > 1)
            )
        ),
    ),
    Check(
        Rule("event-present", C, Stage.EVENT, "The last event that changed something says what it is now.", _REGISTRAR),
        _present_not_explained,
    ),
)
