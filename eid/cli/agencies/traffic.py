"""Acts of the traffic police: licences and their points, vehicles and their plates."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from eid.agencies.licence_rules import LicenceClass
from eid.agencies.licences import (
    DRIVING_LICENCE,
    deduct_licence_points,
    issue_driving_licence,
    restore_licence_points,
)
from eid.agencies.vehicle_rules import VehicleKind
from eid.agencies.vehicles import VEHICLE, deregister_vehicle, register_vehicle, transfer_vehicle
from eid.cli.agencies.act import OFFICER, Act, option

_DECISION = "Number of the decision; the same counts once."
_CLASSES = click.Choice([str(each) for each in LicenceClass])
_KINDS = click.Choice([str(each) for each in VehicleKind])


def _sell(pin: str, *, plate: str, buyer: str) -> Any:
    return transfer_vehicle(plate, buyer, owner_pin=pin, officer=OFFICER)


def _scrap(pin: str, *, plate: str) -> Any:
    return deregister_vehicle(plate, owner_pin=pin, officer=OFFICER)


ACTS = (
    Act(
        "issue-licence",
        DRIVING_LICENCE,
        "Give somebody their first driving licence, issued today",
        "--class A1 --class B",
        partial(issue_driving_licence, officer=OFFICER),
        [option("--class", "classes", multiple=True, default=["A1"], type=_CLASSES, help="Several times for several.")],
    ),
    Act(
        "deduct-points",
        DRIVING_LICENCE,
        "Take points from a licence; without any left it is suspended",
        "--points 2 --decision QD-77",
        partial(deduct_licence_points, officer=OFFICER),
        [option("--points", type=int, help="From 1 to 12."), option("--decision", help=_DECISION)],
    ),
    Act(
        "restore-points",
        DRIVING_LICENCE,
        "Give a licence without points twelve again, for a passed test",
        "--decision SH-12",
        partial(restore_licence_points, officer=OFFICER),
        [option("--decision", help=_DECISION)],
    ),
    Act(
        "register-vehicle",
        VEHICLE,
        "Register a new vehicle to somebody, with a plate of their province",
        "--kind car",
        partial(register_vehicle, officer=OFFICER),
        [option("--kind", type=_KINDS, default="motorcycle", show_default=True, help="What it is.")],
    ),
    Act(
        "sell-vehicle",
        VEHICLE,
        "Register somebody's vehicle to its buyer, with another plate",
        '--plate "51-Q1 234.56" --buyer 938203000104',
        _sell,
        [option("--plate", help="The vehicle's plate."), option("--buyer", help="The buyer's PIN.")],
    ),
    Act(
        "scrap-vehicle",
        VEHICLE,
        "Take somebody's vehicle off the road",
        '--plate "51-Q1 234.56"',
        _scrap,
        [option("--plate", help="The vehicle's plate.")],
    ),
)  # fmt: skip
