"""Vehicles made up for a whole register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

from eid.agencies.loader import Loader, Record, insert_rows
from eid.agencies.models import Vehicle
from eid.agencies.synthesis import Resident
from eid.agencies.vehicle_rules import VehicleKind, VehicleStatus, build_plate
from eid.agencies.vehicle_synthesis import draw_vehicles
from eid.agencies.vehicles import next_plate_numbers
from eid.clock import world_now


def _make_recorder() -> Record:
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
        insert_rows(Vehicle, [give_plate(vehicle) | fixed for vehicle in drawn])
        return len(drawn)

    return record


LOADER = Loader("vehicles", Vehicle.owner_id, _make_recorder)
