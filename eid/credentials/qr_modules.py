"""The modules of a QR code (ISO/IEC 18004), for whatever draws them. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from eid.lazily import Later

if TYPE_CHECKING:
    from eid.credentials import qr_drawing
else:
    qr_drawing = Later("eid.credentials.qr_drawing")

MASK = 3
"""Of long texts. To find the best of the eight takes most of the drawing's time, and a signed token looks random under each."""
LONG = 300
"""Texts longer than this get the lowest error correction, so that their modules stay large enough for a phone's camera."""


class Correction(IntEnum):
    """How much of a code may be lost: 7 or 15 percent; the numbers are the standard's own (table 12)."""

    LOW = 1
    MEDIUM = 0


MOST_CHARACTERS = {Correction.MEDIUM: 1451, Correction.LOW: 1853}
"""Of Base45's characters in version 25 (117 modules wide, table 7 of the standard): larger ones are hard to hold still for."""


def choose_correction(text: str) -> Correction:
    return Correction.LOW if len(text) > LONG else Correction.MEDIUM


def build_modules(text: str, correction: Correction) -> list[list[bool]]:
    """Rows of modules, True for dark, without the quiet zone."""
    return qr_drawing.place_modules(text, int(correction), mask=MASK if len(text) > LONG else None)
