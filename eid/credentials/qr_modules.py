"""The modules of a QR code (ISO/IEC 18004), for whatever draws them. Pure."""

from __future__ import annotations

from enum import IntEnum

from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.main import QRCode

MASK = 3
"""Of long texts. To find the best of the eight takes most of the drawing's time, and a signed token looks random under each."""
LONG = 300
"""Texts longer than this get the lowest error correction, so that their modules stay large enough for a phone's camera."""

MOST_CHARACTERS = {ERROR_CORRECT_M: 1451, ERROR_CORRECT_L: 1853}
"""Of Base45's characters in version 25 (117 modules wide, table 7 of the standard): larger ones are hard to hold still for."""


class Correction(IntEnum):
    """How much of a code may be lost: 7 or 15 percent."""

    LOW = ERROR_CORRECT_L
    MEDIUM = ERROR_CORRECT_M


def choose_correction(text: str) -> Correction:
    return Correction.LOW if len(text) > LONG else Correction.MEDIUM


def build_modules(text: str, correction: Correction) -> list[list[bool]]:
    """Rows of modules, True for dark, without the quiet zone."""
    code = QRCode(error_correction=correction, border=0, mask_pattern=MASK if len(text) > LONG else None)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(dark) for dark in row] for row in code.get_matrix()]
