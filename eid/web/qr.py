"""QR codes (ISO/IEC 18004) as drawings inside the page: no image to fetch, sharp on every screen and on paper."""

from __future__ import annotations

from itertools import groupby

from markupsafe import Markup

from eid.credentials.qr_modules import Correction, build_modules, choose_correction

QUIET = 4
"""Modules of white that the standard asks for on every side."""
PIXELS = 3
"""Of a module where the page does not say otherwise; a whole number, so that all modules are equally wide."""


def draw_qr(text: str, label: str, name: str = "", correction: Correction | None = None) -> Markup:
    """An SVG element that shows `text` as a QR code; `label` says what it is to those who cannot see it, `name` is its id."""
    modules = build_modules(text, choose_correction(text) if correction is None else correction)
    size = len(modules) + 2 * QUIET
    path = "".join(_runs(y, row) for y, row in enumerate(modules, start=QUIET))
    return Markup(
        '<svg{4} viewBox="0 0 {0} {0}" width="{3}" height="{3}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>'
    ).format(size, label, path, size * PIXELS, Markup(' id="{}"').format(name) if name else "")


def _runs(y: int, row: list[bool]) -> str:
    """Dark modules of one row as rectangles, one for each run."""
    path, x = "", QUIET
    for dark, group in groupby(row, key=bool):
        length = len(list(group))
        if dark:
            path += f"M{x} {y}h{length}v1h-{length}z"
        x += length
    return path
