"""Spoils a register: kinds of defects in turn, as many as a rate says."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from eid.audit import record_act
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.population.models import Person
from eid.population.snapshot import FIRST_GENERATED_ID
from eid.population.spoiling.births import BIRTH_KINDS
from eid.population.spoiling.deaths import DEATH_KINDS, EVENT_KINDS
from eid.population.spoiling.duplicates import DUPLICATE_KINDS
from eid.population.spoiling.marriages import MARRIAGE_KINDS
from eid.population.spoiling.names import NAME_KINDS
from eid.population.spoiling.numbers import NUMBER_KINDS
from eid.population.spoiling.residence import RESIDENCE_KINDS
from eid.population.spoiling.spoiler import Kind, Planted, Spoiler

POPULATION_KINDS: tuple[Kind, ...] = (
    *NUMBER_KINDS,
    *NAME_KINDS,
    *BIRTH_KINDS,
    *MARRIAGE_KINDS,
    *RESIDENCE_KINDS,
    *DEATH_KINDS,
    *EVENT_KINDS,
    *DUPLICATE_KINDS,
)
"""All that can be planted into the register's own tables."""


def spoil_register(
    *, rate: float, seed: int, kinds: Sequence[Kind] = POPULATION_KINDS, spared: Collection[int] = ()
) -> list[Planted]:
    """Afterwards about this share of the generated people have one defect each, of these kinds in turn; committed.

    Nothing is planted into the families and households of those who are spared. Returns all that is broken.
    Raises Malformed: rate_out_of_range; Conflict: population_missing, population_too_small.
    """
    if not 0 < rate <= 0.02:
        raise Malformed("rate_out_of_range", "The rate must be above 0 and at most 0.02.")
    people = db.session.scalar(select(func.count()).where(Person.id >= FIRST_GENERATED_ID)) or 0
    if not people:
        raise Conflict("population_missing", "The register holds no generated people that could be spoilt.")
    spoiler = Spoiler(random.Random(seed), spared)  # noqa: S311 - which people are spoilt is no secret
    planted = [p for number in range(max(1, round(people * rate))) for p in spoiler.plant(kinds[number % len(kinds)])]
    record_act("spoil_register", rate=rate, seed=seed, planted=len(planted))
    db.session.commit()
    return planted
