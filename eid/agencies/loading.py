"""What agencies hold, made up for a whole register at once: chunk by chunk, each kind with a stream of chance of its own.

Another kind of paper therefore changes none of the others, and a register that has some kinds already is given the missing ones.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sqlalchemy import select

from eid.agencies import (
    entitlement_loading,
    insurance_loading,
    residence_loading,
    social_insurance_loading,
    social_security_loading,
    tax_loading,
    vehicle_loading,
)
from eid.agencies.living import mark_agencies_made
from eid.agencies.loader import Record
from eid.agencies.synthesis import Resident
from eid.clock import world_today
from eid.db import db
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.service import count_people
from eid.population.snapshot import FIRST_GENERATED_ID

LOADERS = (
    insurance_loading.LOADER,
    vehicle_loading.LOADER,
    tax_loading.LOADER,
    social_insurance_loading.LOADER,
    social_security_loading.LOADER,
    entitlement_loading.DISABILITIES,
    entitlement_loading.POOR_HOUSEHOLDS,
    entitlement_loading.MERITS,
    residence_loading.LOADER,
)
"""In the order in which they run on each chunk: one may read what those before it made."""

_CHUNK = 5000

Progress = Callable[[int, int], None]


@frozen
class _Recorder:
    """Records what one agency holds about residents, from chance of its own; gives how many entitlements it made."""

    record: Record
    rng: Random


def load_agency_data(seed: int, progress: Progress | None = None) -> int:
    """Afterwards everybody of the register has the papers that fit them, but for the cast, who are told theirs; committed.

    Returns how many entitlements were made: none of a kind that had been made before. The same seed and register give the same.
    """
    recorders = _find_missing(seed)
    if not recorders:
        return 0
    today, total = world_today(), count_people()
    made, done, last = 0, 0, FIRST_GENERATED_ID - 1
    while residents := _find_residents(after=last):
        made += sum(each.record(residents, today, each.rng) for each in recorders)
        last, done = residents[-1].person_id, done + len(residents)
        if progress is not None:
            progress(done, total)
    mark_agencies_made()
    db.session.commit()
    return made


def _find_missing(seed: int) -> list[_Recorder]:
    return [
        _Recorder(loader.make_record(), Random(f"{loader.name}:{seed}"))  # noqa: S311
        for loader in LOADERS
        if db.session.scalar(select(loader.holder).where(loader.holder >= FIRST_GENERATED_ID).limit(1)) is None
    ]


def _find_residents(*, after: int) -> list[Resident]:
    columns = (
        Person.id,
        Person.birth_date,
        Person.sex,
        Person.ethnicity,
        Person.residence_province,
        Person.household_id,
    )
    query = select(*columns).where(Person.id > after, Person.died_on.is_(None)).order_by(Person.id).limit(_CHUNK)
    return [Resident(*row) for row in db.session.execute(query)]
