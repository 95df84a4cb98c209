"""How a portrait that is nobody's is drawn, with Pillow."""

from __future__ import annotations

import io
import random
from functools import cache

from PIL import Image, ImageDraw

from eid.cards.personalisation import Photo

WIDTH, HEIGHT = 240, 320
_BANNER_HEIGHT = 26

_BACKGROUNDS = ("#dfe7ee", "#e8e4da", "#dcebe4", "#ebe0e6", "#e3e3ee")
_SKINS = ("#f1d3b8", "#e6bd98", "#d8a77f", "#c78f66")
_HAIRS = ("#1f1a17", "#2b2320", "#3a2d26", "#77706b")
_CLOTHES = ("#34506b", "#6b3440", "#3d5e45", "#55476b", "#6b5a34")


def draw_likeness(seed: int | str, *, sex: str = "") -> Photo:
    """As eid.cards.portrait.draw_portrait says."""
    rng = random.Random(f"portrait {seed}")  # noqa: S311 - a drawing is no secret
    image = Image.new("RGB", (WIDTH, HEIGHT), rng.choice(_BACKGROUNDS))
    pen = ImageDraw.Draw(image)
    _draw_person(pen, rng, longest_hair=126 if sex == "M" else HEIGHT)
    image.paste(_draw_banner(), (0, HEIGHT - _BANNER_HEIGHT))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60, optimize=True)
    return Photo(buffer.getvalue(), WIDTH, HEIGHT)


@cache
def _draw_banner() -> Image.Image:
    """The same for everybody; writing takes as long as the rest of the drawing."""
    banner = Image.new("RGB", (WIDTH, _BANNER_HEIGHT), "#b3261e")
    middle = (WIDTH // 2, _BANNER_HEIGHT // 2)
    ImageDraw.Draw(banner).text(middle, "SYNTHETIC / MAU THU", fill="white", anchor="mm", font_size=14)
    return banner


def _draw_person(pen: ImageDraw.ImageDraw, rng: random.Random, *, longest_hair: int) -> None:
    skin, hair = rng.choice(_SKINS), rng.choice(_HAIRS)
    middle, face, chin = WIDTH // 2, rng.randint(56, 66), rng.randint(190, 208)
    pen.ellipse((20, 228, WIDTH - 20, HEIGHT + 120), fill=rng.choice(_CLOTHES))
    pen.rectangle((middle - 22, chin - 24, middle + 22, 246), fill=skin)
    fall = min(rng.choice((120, 150, 228, 250)), longest_hair)
    pen.rounded_rectangle((middle - face - 12, 48, middle + face + 12, fall), radius=58, fill=hair)
    pen.ellipse((middle - face, 66, middle + face, chin + 14), fill=skin)
    pen.pieslice((middle - face - 4, 44, middle + face + 4, 164), 180 + rng.randint(-6, 6), 360, fill=hair)
    for side in (-1, 1):
        eye, brow = middle + side * rng.randint(25, 27), rng.randint(121, 124)
        pen.ellipse((eye - 6, 136, eye + 6, 146), fill="#201b18")
        pen.line((eye - 12, brow, eye + 12, brow), fill=hair, width=4)
    pen.line((middle, 148, middle - 6, 168, middle + 5, 168), fill="#a8795a", width=3)
    pen.arc((middle - 20, 168, middle + 20, 188 + rng.randint(0, 6)), 20, 160, fill="#9c4a45", width=4)
    if rng.random() < 0.3:
        for side in (-1, 1):
            pen.ellipse((middle + side * 26 - 18, 126, middle + side * 26 + 18, 156), outline="#333333", width=3)
