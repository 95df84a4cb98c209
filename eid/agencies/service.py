"""The agencies together: who answers for which paper, what a death ends, and papers for a whole register at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import insert, select, update

from eid.agencies.insurance import (
    HEALTH_INSURANCE,
    find_health_insurance,
    issue_health_insurance,
    record_health_insurance,
)
from eid.agencies.licence_rules import FULL_POINTS, LicenceStatus
from eid.agencies.licences import (
    DRIVING_LICENCE,
    deduct_licence_points,
    find_driving_licence,
    find_points_history,
    issue_driving_licence,
    record_driving_licence,
    restore_licence_points,
)
from eid.agencies.models import DrivingLicence, HealthInsurance, InsuranceStatus, LicencePointsEntry
from eid.agencies.synthesis import Resident, draw_insurance, draw_licence
from eid.agencies.values import EntitlementState, HistoryLine
from eid.clock import world_now, world_today
from eid.db import db
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.population.models import Person
from eid.population.service import count_people
from eid.population.synthesis.register import FIRST_GENERATED_ID

__all__ = [
    "ANSWERS",
    "HISTORIES",
    "deduct_licence_points",
    "end_entitlements_of_dead",
    "find_driving_licence",
    "find_health_insurance",
    "find_points_history",
    "issue_driving_licence",
    "issue_health_insurance",
    "load_agency_data",
    "record_driving_licence",
    "record_health_insurance",
    "restore_licence_points",
]

_CHUNK = 5000

Progress = Callable[[int, int], None]

ANSWERS: dict[str, Callable[..., Any]] = {
    HEALTH_INSURANCE: find_health_insurance,
    DRIVING_LICENCE: find_driving_licence,
}
"""Which agency answers for which paper: from a person's id to what it says today, or NotFound."""

HISTORIES: dict[str, Callable[[int], tuple[HistoryLine, ...]]] = {DRIVING_LICENCE: find_points_history}
"""Which agency can tell its holder how a paper came to be worth what it is."""


def end_entitlements_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: insurance and licence of the dead end; the registering transaction commits it."""
    for table, ended, paper in (
        (HealthInsurance, InsuranceStatus.ENDED, HEALTH_INSURANCE),
        (DrivingLicence, LicenceStatus.REVOKED, DRIVING_LICENCE),
    ):
        ending = update(table).where(table.person_id == died.person_id).values(status=ended, updated_at=world_now())
        if db.session.execute(ending).rowcount:  # type: ignore[attr-defined]
            post_event(EntitlementChanged(died.person_id, paper, EntitlementState.INVALID))


def load_agency_data(seed: int, progress: Progress | None = None) -> int:
    """Afterwards everybody of the register has the papers that fit them, but for the cast, who are told theirs; committed.

    Returns how many entitlements were made: none where they had been made before. The same seed and register give the same.
    """
    if db.session.scalar(select(HealthInsurance.person_id).where(HealthInsurance.person_id >= FIRST_GENERATED_ID)):
        return 0
    rng, today, total = Random(f"agencies:{seed}"), world_today(), count_people()  # noqa: S311
    made, done, last = 0, 0, FIRST_GENERATED_ID - 1
    while residents := _find_residents(after=last):
        made += _record_drawn(residents, today, rng)
        last, done = residents[-1].person_id, done + len(residents)
        if progress is not None:
            progress(done, total)
    db.session.commit()
    return made


def _find_residents(*, after: int) -> list[Resident]:
    columns = (Person.id, Person.birth_date, Person.sex, Person.ethnicity, Person.residence_province)
    query = select(*columns).where(Person.id > after, Person.died_on.is_(None)).order_by(Person.id).limit(_CHUNK)
    return [Resident(*row) for row in db.session.execute(query)]


def _record_drawn(residents: Sequence[Resident], today: date, rng: Random) -> int:
    now = world_now()
    insured, licensed = [], []
    for resident in residents:
        if insurance := draw_insurance(resident, today=today, rng=rng):
            insured.append({**insurance, "status": InsuranceStatus.VALID, "updated_at": now})
        if licence := draw_licence(resident, today=today, rng=rng):
            licensed.append({**licence, "updated_at": now})
    lost = [
        {
            "person_id": row["person_id"],
            "decision": f"MẪU-{row['person_id']:07d}",
            "decided_on": row["points_changed_on"],
            "change": row["points"] - FULL_POINTS,
            "points_after": row["points"],
        }
        for row in licensed
        if row["points"] < FULL_POINTS
    ]
    for table, rows in ((HealthInsurance, insured), (DrivingLicence, licensed), (LicencePointsEntry, lost)):
        if rows:
            db.session.execute(insert(table.__table__), rows)  # type: ignore[arg-type]
    return len(insured) + len(licensed)
