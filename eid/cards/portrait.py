"""Portraits that are nobody's: a few shapes drawn from a seed, plainly a drawing, with the word for "synthetic"
across it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eid.cards.personalisation import Photo
from eid.lazily import Later

if TYPE_CHECKING:
    from eid.cards import portrait_drawing
else:
    portrait_drawing = Later("eid.cards.portrait_drawing")


def draw_portrait(seed: int | str, *, sex: str = "") -> Photo:
    """A JPEG of 240 × 320 pixels and a few kB; the same seed draws the same portrait; a man's hair is short."""
    return portrait_drawing.draw_likeness(seed, sex=sex)
