"""Distinguishing features that are nobody's, as a card describes them: a mark, and how far from what. Pure."""

from __future__ import annotations

import random

_MARKS = ("Nốt ruồi", "Sẹo chấm", "Sẹo")
_PLACES = (
    "trên sau mép trái",
    "dưới sau mép phải",
    "dưới sau đuôi mắt trái",
    "trên trước đầu lông mày phải",
    "trên sau cánh mũi trái",
    "dưới trước cánh mũi phải",
    "trên trước dái tai trái",
    "giữa trán",
)


def describe_features(seed: int | str) -> str:
    """Such as "Nốt ruồi C:1cm trên sau mép trái" (C: how far from the place); the same seed gives the same."""
    rng = random.Random(f"features {seed}")  # noqa: S311 - invented, and no secret
    mark, distance, place = rng.choice(_MARKS), rng.choice(("0,5", "1", "1,5", "2", "3")), rng.choice(_PLACES)
    return f"{mark} C:{distance}cm {place}"
