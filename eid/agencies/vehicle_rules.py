"""Vehicle registrations as pure rules: kinds, plates by province, and which plates nobody bears (Circular 79/2024/TT-BCA).

A plate is tied to its owner since 2023-08-15: who buys a vehicle is given another. No plate is given twice.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from eid.errors import Malformed
from eid.late_dataclasses import frozen

SYNTHETIC_LETTERS = "IJOQW"
"""Letters of no series: plates are given from A to Z without these, so a plate with one of them was never given to anybody."""

_NUMBERS = 10**5
_SCATTER = 7_236_067
"""Has no divisor in common with any province's number of plates: neighbours in the register get plates far apart."""

PLATE = re.compile(r"([0-9]{2})([IJOQW])([1-9]?)([0-9]{5})")


class VehicleKind(StrEnum):
    CAR = "car"
    MOTORCYCLE = "motorcycle"


class VehicleStatus(StrEnum):
    IN_USE = "in_use"
    TRANSFERRED = "transferred"
    DEREGISTERED = "deregistered"


PLATE_CODES: dict[str, tuple[int, ...]] = {
    "01": (29, 30, 31, 32, 33, 40), "04": (11,), "08": (22, 23), "11": (27,), "12": (25,), "14": (26,), "15": (24, 21),
    "19": (20, 97), "20": (12,), "22": (14,), "24": (99, 98), "25": (19, 28, 88), "31": (15, 16, 34), "33": (89, 17),
    "37": (35, 18, 90), "38": (36,), "40": (37,), "42": (38,), "44": (74, 73), "46": (75,), "48": (43, 92),
    "51": (76, 82), "52": (81, 77), "56": (79, 85), "66": (47, 78), "68": (49, 48, 86), "75": (60, 39, 93),
    "79": (51, 50, 52, 53, 54, 55, 56, 57, 58, 59, 41, 61, 72), "80": (70, 62), "82": (66, 63), "86": (64, 71, 84),
    "91": (67, 68), "92": (65, 83, 95), "96": (69, 94),
}  # fmt: skip
"""The two digits that plates begin with, by province as it is numbered since 2025-07-01: of all that became it."""


@frozen
class HeldVehicle:
    """A vehicle that somebody has registered."""

    plate: str
    kind: VehicleKind
    brand: str
    model: str
    colour: str
    engine_number: str
    chassis_number: str
    seats: int
    first_registered_on: date
    """When it was first registered to anybody."""
    registered_on: date
    """When it was registered to this owner."""


def build_plate(province: str, kind: VehicleKind, number: int) -> str:
    """The plate that this province gives as its number 0, 1, 2 …: 29W-123.45 for cars, 29-W1 123.45 for motorcycles.

    No two numbers of a kind give the same. Raises Malformed: plate, where the province has no plates left or is unknown.
    """
    codes = PLATE_CODES.get(province, ())
    places = [(letter, digit) for letter in SYNTHETIC_LETTERS for digit in (range(1, 10) if _is_small(kind) else (0,))]
    room = len(codes) * len(places) * _NUMBERS
    if not 0 <= number < room:
        raise Malformed("plate", "There is no such plate in this province.")
    series, serial = divmod(number * _SCATTER % room, _NUMBERS)
    (letter, digit), code = places[series % len(places)], codes[series // len(places)]
    return _print(str(code), letter, str(digit or ""), f"{serial // 100:03d}.{serial % 100:02d}")


def fold_plate(text: str) -> str:
    """A plate as it is compared: without blanks, dots and dashes, in capitals."""
    return re.sub(r"[\s.\-]", "", text).upper()


def write_plate(text: str) -> str:
    """A plate as it is printed, however it was typed. Raises Malformed: plate, where it is none of this service's."""
    match = PLATE.fullmatch(fold_plate(text))
    if match is None:
        raise Malformed("plate", "This is no plate of a vehicle.")
    code, letter, digit, serial = match.groups()
    return _print(code, letter, digit, f"{serial[:3]}.{serial[3:]}")


def _is_small(kind: VehicleKind) -> bool:
    return kind is VehicleKind.MOTORCYCLE


def _print(code: str, letter: str, digit: str, serial: str) -> str:
    return f"{code}-{letter}{digit} {serial}" if digit else f"{code}{letter}-{serial}"
