"""Vehicle registrations as the traffic police keep them: recorded, found, registered, transferred, deregistered.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from eid.agencies.holders import find_living_person
from eid.agencies.models import Vehicle
from eid.agencies.office import Office
from eid.agencies.values import EntitlementState, VehiclesRecord
from eid.agencies.vehicle_rules import (
    HeldVehicle,
    VehicleKind,
    VehicleStatus,
    build_plate,
    write_plate,
)
from eid.agencies.vehicle_synthesis import describe_vehicle
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.population.models import Person
from eid.population.places import find_province
from eid.population.service import find_person, find_person_by_id

VEHICLE = "vehicle"


def find_vehicles(person_id: int, *, hold: bool = False) -> VehiclesRecord:
    """What the traffic police say about a person's vehicles today; of those that were sold, only that there were some.

    With `hold` it cannot change until this transaction ends. Raises NotFound: paper_unknown.
    """
    query = select(Vehicle).where(Vehicle.owner_id == person_id).order_by(Vehicle.id)
    rows = db.session.scalars(query.with_for_update(read=True) if hold else query).all()
    if not rows:
        raise NotFound("paper_unknown", "There is no vehicle registered to this person.")
    held = tuple(_read_vehicle(row) for row in rows if row.status == VehicleStatus.IN_USE)
    newest = max(rows, key=lambda row: row.updated_at)
    return VehiclesRecord(
        person_id=person_id,
        vehicles=held,
        authority_name=find_province(rows[-1].province, on=world_today()).name,
        state=EntitlementState.VALID if held else EntitlementState.INVALID,
        updated_at=newest.updated_at,
    )


def record_vehicle(person_id: int, *, kind: str = "motorcycle", registered_on: date | None = None) -> str:
    """Add a vehicle of a person, first registered today unless told; the caller's transaction commits it. Gives its plate."""
    person, day, vehicle_kind = find_person_by_id(person_id), registered_on or world_today(), VehicleKind(kind)
    of_this_owner = select(func.count()).select_from(Vehicle).where(Vehicle.owner_id == person_id)
    number = db.session.scalar(of_this_owner) or 0
    what = describe_vehicle(person_id, number, vehicle_kind)
    return _add(person, vehicle_kind, {**what, "first_registered_on": day, "registered_on": day}).plate


def register_vehicle(pin: str, *, kind: str = "motorcycle", officer: str = "") -> VehiclesRecord:
    """Afterwards a new vehicle is registered to the person, with a plate of their province; committed.

    Raises NotFound: person_unknown; Conflict: person_dead, plate_taken.
    """
    person = find_living_person(pin)
    try:
        plate = record_vehicle(person.id, kind=kind)
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("plate_taken", "Another vehicle was registered at this moment. Try again.") from error
    _record("register_vehicle", person.id, officer, plate)
    _post(person.id)
    db.session.commit()
    return find_vehicles(person.id)


def transfer_vehicle(plate: str, buyer_pin: str, *, owner_pin: str = "", officer: str = "") -> VehiclesRecord:
    """Afterwards the vehicle, this owner's where one is named, is the buyer's, with another plate; committed.

    Its own plate is given to nobody else. Raises NotFound: vehicle_unknown, person_unknown; Malformed: plate;
    Conflict: person_dead, vehicle_ended, vehicle_own, plate_taken.
    """
    sold, buyer = _hold_vehicle(plate, owner_pin), find_living_person(buyer_pin)
    if sold.owner_id == buyer.id:
        raise Conflict("vehicle_own", "The vehicle is registered to this person already.")
    try:
        bought = record_transfer(sold, buyer)
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("plate_taken", "Another vehicle was registered at this moment. Try again.") from error
    _record("transfer_vehicle", sold.owner_id, officer, sold.plate)
    _record("register_vehicle", buyer.id, officer, bought.plate)
    _post(sold.owner_id)
    _post(buyer.id)
    db.session.commit()
    return find_vehicles(buyer.id)


def record_transfer(sold: Vehicle, buyer: Person, *, on: date | None = None) -> Vehicle:
    """The vehicle, in the buyer's name from that day, else today, with another plate; the caller's transaction commits it."""
    record_end(sold, VehicleStatus.TRANSFERRED, on=on)
    what = {name: getattr(sold, name) for name in _DESCRIPTION}
    return _add(buyer, VehicleKind(sold.kind), {**what, "registered_on": on or world_today()})


def record_end(vehicle: Vehicle, status: VehicleStatus, *, on: date | None = None) -> None:
    """The registration ends that day, else today, for this reason; the caller's transaction commits it."""
    vehicle.status, vehicle.ended_on, vehicle.updated_at = status, on or world_today(), world_now()
    db.session.flush()


def deregister_vehicle(plate: str, *, owner_pin: str = "", officer: str = "") -> VehiclesRecord:
    """Afterwards the vehicle, this owner's where one is named, is on the road no longer; committed.

    Raises NotFound: vehicle_unknown, person_unknown; Malformed: plate; Conflict: vehicle_ended.
    """
    ended = _hold_vehicle(plate, owner_pin)
    record_end(ended, VehicleStatus.DEREGISTERED)
    _record("deregister_vehicle", ended.owner_id, officer, ended.plate)
    _post(ended.owner_id)
    db.session.commit()
    return find_vehicles(ended.owner_id)


def end_vehicles_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: registrations of the dead end; the registering transaction commits it."""
    ending = update(Vehicle).where(Vehicle.owner_id == died.person_id, Vehicle.status == VehicleStatus.IN_USE)
    values = {"status": VehicleStatus.DEREGISTERED, "ended_on": died.died_on, "updated_at": world_now()}
    if db.session.execute(ending.values(**values)).rowcount:  # type: ignore[attr-defined]
        post_event(EntitlementChanged(died.person_id, VEHICLE, EntitlementState.INVALID))


def next_plate_numbers() -> dict[tuple[str, str], int]:
    """By province and kind: the number of the next plate, where any was given."""
    query = select(Vehicle.province, Vehicle.kind, func.max(Vehicle.plate_number) + 1)
    rows = db.session.execute(query.group_by(Vehicle.province, Vehicle.kind))
    return {(province, str(kind)): number for province, kind, number in rows}


_DESCRIPTION = (
    "brand",
    "model",
    "colour",
    "engine_number",
    "chassis_number",
    "seats",
    "first_registered_on",
)
"""What stays the same when a vehicle has another owner."""


def _add(owner: Person, kind: VehicleKind, columns: dict[str, Any]) -> Vehicle:
    province = owner.residence_province
    given = select(func.max(Vehicle.plate_number)).where(Vehicle.province == province, Vehicle.kind == kind)
    last = db.session.scalar(given)
    number = 0 if last is None else last + 1
    vehicle = Vehicle(
        owner_id=owner.id,
        kind=kind,
        province=province,
        plate_number=number,
        plate=build_plate(province, kind, number),
        status=VehicleStatus.IN_USE,
        updated_at=world_now(),
        **columns,
    )
    db.session.add(vehicle)
    db.session.flush()
    return vehicle


def _hold_vehicle(plate: str, owner_pin: str) -> Vehicle:
    vehicle = db.session.scalar(select(Vehicle).where(Vehicle.plate == write_plate(plate)).with_for_update())
    if vehicle is None or (owner_pin and vehicle.owner_id != find_person(owner_pin).id):
        raise NotFound("vehicle_unknown", "There is no vehicle with this plate.")
    if vehicle.status != VehicleStatus.IN_USE:
        raise Conflict("vehicle_ended", "This registration has ended.")
    return vehicle


def _record(act: str, person_id: int, officer: str, plate: str) -> None:
    record_act(act, actor_kind=ActorKind.OFFICER, actor=officer, person_id=person_id, plate=plate)


def _post(person_id: int) -> None:
    post_event(EntitlementChanged(person_id, VEHICLE, find_vehicles(person_id).state))


def _read_vehicle(row: Vehicle) -> HeldVehicle:
    what = {name: getattr(row, name) for name in _DESCRIPTION}
    return HeldVehicle(plate=row.plate, kind=VehicleKind(row.kind), registered_on=row.registered_on, **what)


OFFICE = Office(VEHICLE, find_vehicles, end_vehicles_of_dead)
