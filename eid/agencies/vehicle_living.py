"""Vehicles as days go by: some are sold, some are taken off the road, and people register new ones."""

from __future__ import annotations

from datetime import date
from random import Random

from sqlalchemy import func, select

from eid.agencies.choosing import is_chosen
from eid.agencies.models import Vehicle
from eid.agencies.terms import add_years
from eid.agencies.values import EntitlementState
from eid.agencies.vehicle_rules import VehicleKind, VehicleStatus
from eid.agencies.vehicles import VEHICLE, record_end, record_transfer, record_vehicle
from eid.db import db
from eid.events import EntitlementsChanged, post_event
from eid.population.models import Person
from eid.population.snapshot import FIRST_GENERATED_ID

SOLD_A_YEAR, SCRAPPED_A_YEAR, REGISTERED_A_YEAR = 0.03, 0.02, 0.006
"""Of all vehicles the first two, of all grown-ups the third; made up so that about as many come as go."""
_SHARE_OF_CARS = 1 / 6
_GROWN_UP = 18
_TRIES = 5


def trade_vehicles(first: date, last: date) -> int:
    """Afterwards some vehicles have other owners, or are off the road, and there are new ones; the caller commits."""
    changed: set[int] = set()
    for vehicle in _choose(SOLD_A_YEAR, first, last, salt=2):
        buyer = _find_buyer(vehicle, last)
        if buyer is not None:
            changed |= {vehicle.owner_id, buyer.id}
            record_transfer(vehicle, buyer, on=last)
    for vehicle in _choose(SCRAPPED_A_YEAR, first, last, salt=3):
        changed.add(vehicle.owner_id)
        record_end(vehicle, VehicleStatus.DEREGISTERED, on=last)
    for person_id in _choose_people(first, last):
        rng = Random(f"vehicle:{person_id}:{last}")  # noqa: S311 - chance of a made-up country
        kind = VehicleKind.CAR if rng.random() < _SHARE_OF_CARS else VehicleKind.MOTORCYCLE
        record_vehicle(person_id, kind=kind, registered_on=last)
        changed.add(person_id)
    if changed:
        post_event(EntitlementsChanged(frozenset(changed), VEHICLE, EntitlementState.VALID))
    return len(changed)


def _choose(share: float, first: date, last: date, *, salt: int) -> list[Vehicle]:
    in_use = Vehicle.status == VehicleStatus.IN_USE
    chosen = is_chosen(Vehicle.id, share, first, last, salt=salt)
    return list(db.session.scalars(select(Vehicle).where(in_use, chosen).order_by(Vehicle.id)))


def _choose_people(first: date, last: date) -> list[int]:
    chosen = is_chosen(Person.id, REGISTERED_A_YEAR, first, last, salt=4)
    grown_up = (
        Person.id >= FIRST_GENERATED_ID,
        Person.died_on.is_(None),
        Person.birth_date <= add_years(last, -_GROWN_UP),
    )
    return list(db.session.scalars(select(Person.id).where(*grown_up, chosen).order_by(Person.id)))


def _find_buyer(vehicle: Vehicle, on: date) -> Person | None:
    """Somebody grown up who lives, anywhere in the register; None where chance finds nobody."""
    newest = db.session.scalar(select(func.max(Person.id))) or FIRST_GENERATED_ID
    rng = Random(f"buyer:{vehicle.id}:{on}")  # noqa: S311 - chance of a made-up country
    for _ in range(_TRIES):
        found = db.session.get(Person, rng.randint(FIRST_GENERATED_ID, max(newest, FIRST_GENERATED_ID)))
        if found and found.is_alive and found.id != vehicle.owner_id and found.birth_date <= add_years(on, -_GROWN_UP):
            return found
    return None
