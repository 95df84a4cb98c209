"""Who lives away from home for a time, made up from what the register says about people; the same seed says the same. Pure.

About seven in a hundred people had moved between provinces within five years (census of 2019), most of them young, to the big
cities and the provinces of factories. How many of them are registered there for a time only is made up.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from eid.agencies.residence_rules import default_end
from eid.agencies.synthesis import Resident
from eid.population.places import find_successor, list_communes, street_words

SHARE_OF_YOUNG, SHARE_OF_OTHERS = 0.08, 0.012
MOVED_A_YEAR = 0.03
"""Of the young, who go to live elsewhere in a year: about as many as come home."""
_YOUNG = range(18, 36)

_DRAWING_NEAR = {"79": 30, "74": 18, "01": 18, "75": 10, "27": 7, "31": 5, "24": 4, "48": 4, "92": 4}
"""Where people go to work and to study, by the 63 provinces' codes, and how often each is chosen."""


def draw_stay(resident: Resident, *, today: date, rng: Random) -> dict[str, Any] | None:
    """The columns of somebody's temporary residence, but for its time; None where they live at home."""
    chance, age = rng.random(), today.year - resident.birth_date.year
    if chance >= (SHARE_OF_YOUNG if age in _YOUNG else SHARE_OF_OTHERS):
        return None
    return _draw_stay(resident, rng, since=max(resident.birth_date, today - timedelta(days=rng.randrange(1, 350))))


def draw_stay_of_mover(resident: Resident, *, today: date, rng: Random) -> dict[str, Any] | None:
    """The same of a grown-up who may go to live elsewhere today: the young do, of the others few."""
    if today.year - resident.birth_date.year not in _YOUNG and rng.random() >= SHARE_OF_OTHERS / SHARE_OF_YOUNG:
        return None
    return _draw_stay(resident, rng, since=today)


def _draw_stay(resident: Resident, rng: Random, *, since: date) -> dict[str, Any] | None:
    old_code = rng.choices(list(_DRAWING_NEAR), list(_DRAWING_NEAR.values()))[0]
    if find_successor(old_code) == resident.province:
        return None
    commune = rng.choice(list_communes(old_code))
    return {
        "person_id": resident.person_id,
        "province": commune.province,
        "commune": commune.name,
        "address": f"Số {rng.randrange(1, 200)} {rng.choice(street_words()[0])}",
        "registered_on": since,
        "until": default_end(since),
        "ended_on": None,
    }
