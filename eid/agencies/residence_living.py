"""Temporary residences as days go by: most are extended for another year, and others go to live elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from eid.agencies.choosing import is_chosen
from eid.agencies.loader import insert_rows
from eid.agencies.residence import RESIDENCE
from eid.agencies.residence_models import TemporaryResidence
from eid.agencies.residence_rules import default_end
from eid.agencies.residence_synthesis import MOVED_A_YEAR, draw_stay_of_mover
from eid.agencies.synthesis import Resident
from eid.agencies.terms import add_years
from eid.agencies.values import EntitlementState
from eid.clock import world_now
from eid.db import db
from eid.events import EntitlementsChanged, post_event
from eid.population.models import Person
from eid.population.snapshot import FIRST_GENERATED_ID

SHARE_EXTENDED = 0.6


def extend_stays(first: date, last: date) -> int:
    """Afterwards the stays that ended in these days are extended by most, and some people have new ones; the caller commits."""
    extended = [stay.person_id for stay in _find_ending(first, last) if _extend(stay)]
    movers = _choose_movers(first, last)
    drawn = [draw_stay_of_mover(mover, today=last, rng=Random(f"mover:{mover.person_id}:{last}")) for mover in movers]  # noqa: S311
    rows = [{**columns, "updated_at": world_now()} for columns in drawn if columns is not None]
    insert_rows(TemporaryResidence, rows)
    changed = frozenset((*extended, *(row["person_id"] for row in rows)))
    if changed:
        post_event(EntitlementsChanged(changed, RESIDENCE, EntitlementState.VALID))
    return len(changed)


def _find_ending(first: date, last: date) -> Sequence[TemporaryResidence]:
    day = timedelta(days=1)
    ending = (TemporaryResidence.ended_on.is_(None), TemporaryResidence.until.between(first - day, last - day))
    return db.session.scalars(select(TemporaryResidence).where(*ending).order_by(TemporaryResidence.id)).all()


def _extend(stay: TemporaryResidence) -> bool:
    if Random(f"stay:{stay.id}:{stay.until}").random() >= SHARE_EXTENDED:  # noqa: S311 - chance of a made-up country
        return False
    stay.until, stay.updated_at = default_end(stay.until), world_now()
    return True


def _choose_movers(first: date, last: date) -> list[Resident]:
    chosen = is_chosen(Person.id, MOVED_A_YEAR, first, last, salt=5)
    grown_up = (Person.id >= FIRST_GENERATED_ID, Person.died_on.is_(None), Person.birth_date <= add_years(last, -18))
    staying = select(TemporaryResidence.id).where(
        TemporaryResidence.person_id == Person.id,
        TemporaryResidence.ended_on.is_(None),
        TemporaryResidence.until >= last,
    )
    columns = (Person.id, Person.birth_date, Person.sex, Person.ethnicity, Person.residence_province)
    query = select(*columns).where(*grown_up, chosen, ~staying.exists()).order_by(Person.id)
    return [Resident(*row) for row in db.session.execute(query)]
