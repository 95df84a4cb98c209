"""The registrations of vehicles. Pure."""

from __future__ import annotations

from typing import Any

from eid.agencies.vehicle_rules import HeldVehicle
from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, write_day


def _vehicle(held: HeldVehicle) -> dict[str, Any]:
    return {
        "plate": held.plate,
        "kind": str(held.kind),
        "brand": held.brand,
        "model": held.model,
        "colour": held.colour,
        "engine_number": held.engine_number,
        "chassis_number": held.chassis_number,
        "seats": held.seats,
        "first_registered_on": write_day(held.first_registered_on),
        "registered_on": write_day(held.registered_on),
    }


PAPER = Paper(
    name="vehicle",
    title="Vehicle registration",
    agency="Traffic police (simulated)",
    share_title="Your vehicle registrations",
    attributes=(
        *HOLDER,
        Attribute(
            "vehicles",
            AttributeKind.LIST,
            "Vehicles",
            lambda record, holder: [_vehicle(held) for held in record.vehicles],
        ),
    ),
    adding=Adding("Number plate", lambda record: [held.plate for held in record.vehicles]),
)
