"""What agencies hold, made up for a whole register at once: chunk by chunk, each kind with a stream of chance of its own.

Another kind of paper therefore changes none of the others, and a register that has some kinds already is given the missing ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import and_, func, insert, or_, select

from eid.agencies.licence_rules import FULL_POINTS
from eid.agencies.models import (
    DrivingLicence,
    HealthInsurance,
    InsuranceStatus,
    LicencePointsEntry,
    TaxDependant,
    TaxRegistration,
    Vehicle,
)
from eid.agencies.synthesis import Resident, draw_insurance, draw_licence
from eid.agencies.tax_rules import GROWN_UP, TaxStatus
from eid.agencies.tax_synthesis import draw_dependants, draw_taxpayer
from eid.agencies.terms import add_years
from eid.agencies.vehicle_rules import VehicleKind, VehicleStatus, build_plate
from eid.agencies.vehicle_synthesis import draw_vehicles
from eid.agencies.vehicles import next_plate_numbers
from eid.clock import world_now, world_today
from eid.db import db
from eid.population.models import Person
from eid.population.service import count_people
from eid.population.snapshot import FIRST_GENERATED_ID

_CHUNK = 5000

Progress = Callable[[int, int], None]
Record = Callable[[Sequence[Resident], date, Random], int]


@dataclass(frozen=True)
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
    db.session.commit()
    return made


def _find_missing(seed: int) -> list[_Recorder]:
    kinds: tuple[tuple[Any, Callable[[], Record], str], ...] = (
        (HealthInsurance.person_id, lambda: _record_insured_and_licensed, "agencies"),
        (Vehicle.owner_id, _vehicle_recorder, "vehicles"),
        (TaxRegistration.person_id, lambda: _record_taxpayers, "taxes"),
    )
    return [
        _Recorder(record(), Random(f"{name}:{seed}"))  # noqa: S311
        for holder, record, name in kinds
        if db.session.scalar(select(holder).where(holder >= FIRST_GENERATED_ID).limit(1)) is None
    ]


def _find_residents(*, after: int) -> list[Resident]:
    columns = (Person.id, Person.birth_date, Person.sex, Person.ethnicity, Person.residence_province)
    query = select(*columns).where(Person.id > after, Person.died_on.is_(None)).order_by(Person.id).limit(_CHUNK)
    return [Resident(*row) for row in db.session.execute(query)]


def _record_insured_and_licensed(residents: Sequence[Resident], today: date, rng: Random) -> int:
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
        _insert(table, rows)
    return len(insured) + len(licensed)


def _vehicle_recorder() -> Record:
    """Gives each vehicle the next plate of its province."""
    next_numbers = defaultdict(int, next_plate_numbers())

    def give_plate(vehicle: dict[str, Any]) -> dict[str, Any]:
        province, kind = vehicle["province"], VehicleKind(vehicle["kind"])
        number = next_numbers[province, str(kind)]
        next_numbers[province, str(kind)] = number + 1
        return {**vehicle, "plate_number": number, "plate": build_plate(province, kind, number)}

    def record(residents: Sequence[Resident], today: date, rng: Random) -> int:
        fixed = {"status": VehicleStatus.IN_USE, "updated_at": world_now()}
        drawn = [vehicle for resident in residents for vehicle in draw_vehicles(resident, today=today, rng=rng)]
        _insert(Vehicle, [give_plate(vehicle) | fixed for vehicle in drawn])
        return len(drawn)

    return record


def _record_taxpayers(residents: Sequence[Resident], today: date, rng: Random) -> int:
    fixed = {"status": TaxStatus.ACTIVE, "updated_at": world_now()}
    drawn = [draw_taxpayer(resident, today=today, rng=rng) for resident in residents]
    taxpayers = [columns | fixed for columns in drawn if columns is not None]
    children = _find_children(residents[0].person_id, residents[-1].person_id, today)
    registered_on = {columns["person_id"]: columns["registered_on"] for columns in taxpayers}
    _insert(TaxRegistration, taxpayers)
    _insert(TaxDependant, draw_dependants(children, registered_on, rng))
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


def _insert(table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table.__table__), rows)
