"""QR codes by the library that knows where each module goes: loaded when the first is drawn. Pure."""

from __future__ import annotations

from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathImage
from qrcode.main import QRCode


def place_modules(text: str, correction: int, *, mask: int | None) -> list[list[bool]]:
    """Rows of modules, True for dark, without the quiet zone; without a mask the best of the eight is sought."""
    code = QRCode(error_correction=correction, border=0, mask_pattern=mask)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(dark) for dark in row] for row in code.get_matrix()]


def draw_svg_file(text: str) -> bytes:
    """A whole SVG file with the quiet zone, for programs that show it as a picture."""
    drawn = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage).save(drawn)
    return drawn.getvalue()
