"""Who has which vehicle registered, made up from what the register says about people; the same seed says the same. Pure.

One account holder in nine has a registration (7.5 of 65 million in 2025). How many of them are cars, and how old vehicles are,
is not published by owner and made up: one in six is a car, and one owner in eight has a second vehicle.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from eid.agencies.synthesis import Resident
from eid.agencies.terms import add_years
from eid.agencies.vehicle_rules import VehicleKind

SHARE_OF_OWNERS = 0.115
_SHARE_OF_CARS = 1 / 6
_SHARE_OF_SECONDS = 1 / 8
_OLDEST = 20 * 365

_SCATTER, _CHASSIS = 61_803_399, 10**9

COLOURS = ("trắng", "đen", "đỏ", "bạc", "xanh")
BRAND = "MẪU"
_MODELS = {VehicleKind.CAR: (("M5", 5), ("M7", 7)), VehicleKind.MOTORCYCLE: (("X110", 2), ("X125", 2))}


def draw_vehicles(resident: Resident, *, today: date, rng: Random) -> list[dict[str, Any]]:
    """The columns of somebody's vehicles, but for plate, status and time; empty where they have none."""
    if rng.random() >= SHARE_OF_OWNERS:
        return []
    grown_up = add_years(resident.birth_date, 18)
    if today <= grown_up:
        return []
    count = 2 if rng.random() < _SHARE_OF_SECONDS else 1
    return [_draw_vehicle(resident, number, grown_up, today, rng) for number in range(count)]


def describe_vehicle(
    person_id: int, number: int, kind: VehicleKind, *, model: int = 0, colour: int = 0
) -> dict[str, Any]:
    """What a vehicle is: the same person and number give the same engine and chassis, and nobody else those."""
    name, seats = _MODELS[kind][model]
    serial = (person_id * 8 + number) * _SCATTER % _CHASSIS
    return {
        "brand": BRAND,
        "model": name,
        "colour": COLOURS[colour],
        "engine_number": f"MAU{serial:09d}",
        "chassis_number": f"RMAU0000{serial:09d}",
        "seats": seats,
    }


def _draw_vehicle(resident: Resident, number: int, grown_up: date, today: date, rng: Random) -> dict[str, Any]:
    kind = VehicleKind.CAR if rng.random() < _SHARE_OF_CARS else VehicleKind.MOTORCYCLE
    registered_on = today - timedelta(days=rng.randrange(min(_OLDEST, (today - grown_up).days)))
    what = describe_vehicle(
        resident.person_id, number, kind, model=rng.randrange(2), colour=rng.randrange(len(COLOURS))
    )
    return {
        "owner_id": resident.person_id,
        "kind": kind,
        "province": resident.province,
        **what,
        "first_registered_on": registered_on,
        "registered_on": registered_on,
    }
