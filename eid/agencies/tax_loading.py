"""Tax registrations and dependants made up for a whole register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from sqlalchemy import and_, func, or_, select

from eid.agencies.loader import Loader, insert_rows
from eid.agencies.models import TaxDependant, TaxRegistration
from eid.agencies.synthesis import Resident
from eid.agencies.tax_rules import GROWN_UP, TaxStatus
from eid.agencies.tax_synthesis import draw_dependants, draw_taxpayer
from eid.agencies.terms import add_years
from eid.clock import world_now
from eid.db import db
from eid.population.models import Person


def _record_taxpayers(residents: Sequence[Resident], today: date, rng: Random) -> int:
    fixed = {"status": TaxStatus.ACTIVE, "updated_at": world_now()}
    drawn = [draw_taxpayer(resident, today=today, rng=rng) for resident in residents]
    taxpayers = [columns | fixed for columns in drawn if columns is not None]
    children = _find_children(residents[0].person_id, residents[-1].person_id, today)
    registered_on = {columns["person_id"]: columns["registered_on"] for columns in taxpayers}
    insert_rows(TaxRegistration, taxpayers)
    insert_rows(TaxDependant, draw_dependants(children, registered_on, rng))
    return len(taxpayers)


def _find_children(first: int, last: int, today: date) -> list[tuple[int, date, int]]:
    """Living children of people with these numbers: id, birth date, and the father, or the mother where there is none."""
    parent = func.coalesce(Person.father_id, Person.mother_id)
    of_these = or_(
        Person.father_id.between(first, last),
        and_(Person.father_id.is_(None), Person.mother_id.between(first, last)),
    )
    query = select(Person.id, Person.birth_date, parent).where(
        of_these, Person.birth_date > add_years(today, -GROWN_UP), Person.died_on.is_(None)
    )
    return [(child, born, whose) for child, born, whose in db.session.execute(query.order_by(Person.id))]


LOADER = Loader("taxes", TaxRegistration.person_id, lambda: _record_taxpayers)
