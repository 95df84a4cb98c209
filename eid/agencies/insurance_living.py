"""Health insurance as days go by: cards that end are renewed by most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import bindparam, select, update

from eid.agencies.insurance import HEALTH_INSURANCE, NEWBORN_CARD, SMALL_CHILD
from eid.agencies.insurance_terms import SHARE_BACK, SHARE_RENEWED, Term, renewed_term
from eid.agencies.models import HealthInsurance, InsuranceStatus
from eid.agencies.values import EntitlementState
from eid.clock import world_now
from eid.db import db
from eid.events import EntitlementsChanged, post_event
from eid.population.models import Person

_YEAR = timedelta(days=365)


def renew_insurances(first: date, last: date) -> int:
    """Afterwards the cards that ended in these days, or a year before them, are renewed by most; the caller commits.

    The days are fewer than those of the shortest card, so that none ends twice in them.
    """
    rows = _find_ended(first, last)
    terms = [(row, term) for row in rows if (term := _draw_term(*row, first=first)) is not None]
    _renew(terms)
    return len(terms)


Ended = tuple[int, str, date, date]
"""Of a card: whose, its group, its last day, the holder's birth date."""


def _find_ended(first: date, last: date) -> Sequence[Ended]:
    """Cards whose last day is the eve of one of these days, or a year before that: whoever stays out once may come back."""
    start, end = first - timedelta(days=1), last - timedelta(days=1)
    now_or_then = HealthInsurance.valid_to.between(start, end) | HealthInsurance.valid_to.between(
        start - _YEAR, end - _YEAR
    )
    query = select(HealthInsurance.person_id, HealthInsurance.object_code, HealthInsurance.valid_to, Person.birth_date)
    query = query.join(Person, Person.id == HealthInsurance.person_id)
    valid = HealthInsurance.status == InsuranceStatus.VALID
    rows = db.session.execute(query.where(valid, now_or_then, Person.died_on.is_(None)).order_by(Person.id))
    return [tuple(row) for row in rows]  # type: ignore[misc]


def _draw_term(person_id: int, object_code: str, valid_to: date, birth_date: date, *, first: date) -> Term | None:
    """What comes after; None where the holder lets it be. Whoever comes back does so a year after the end."""
    is_back = valid_to < first - timedelta(days=1)
    starts_on = valid_to + (_YEAR if is_back else timedelta(0)) + timedelta(days=1)
    rng = Random(f"renewal:{person_id}:{starts_on}")  # noqa: S311 - chance of a made-up country
    if rng.random() >= (SHARE_BACK if is_back else SHARE_RENEWED):
        return None
    return renewed_term(object_code, birth_date, starts_on=starts_on, rng=rng)


def _renew(terms: Sequence[tuple[Ended, Term]]) -> None:
    if not terms:
        return
    now = world_now()
    table: Any = HealthInsurance.__table__
    renewing = update(table).where(table.c.person_id == bindparam("whose"))
    names = ("object_code", "valid_from", "valid_to", "updated_at")
    values = [
        {
            "whose": row[0],
            "new_object_code": term.object_code,
            "new_valid_from": term.valid_from,
            "new_valid_to": term.valid_to,
            "new_updated_at": now,
        }
        for row, term in terms
    ]
    db.session.execute(renewing.values({name: bindparam(f"new_{name}") for name in names}), values)
    post_event(EntitlementsChanged(frozenset(row[0] for row, _ in terms), HEALTH_INSURANCE, EntitlementState.VALID))
    grown = frozenset(person_id for (person_id, object_code, *_), _ in terms if object_code == SMALL_CHILD)
    if grown:
        post_event(EntitlementsChanged(grown, NEWBORN_CARD, EntitlementState.INVALID))
