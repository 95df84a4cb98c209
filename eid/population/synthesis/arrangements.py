"""How people live together: shares and chances of sample_data/people/living_arrangements.json."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from eid.population.sample_data import read_document
from eid.population.synthesis.streams import Shares

_OLDEST = 150


@lru_cache
def living_arrangements() -> dict[str, Any]:
    document: dict[str, Any] = read_document("people/living_arrangements.json")
    return document


@lru_cache
def shares_by_age(name: str) -> Shares:
    """A list of from, to, share as an array by age."""
    shares = np.zeros(_OLDEST)
    for first, last, share in living_arrangements()[name]:
        shares[first : last + 1] = share
    return shares
