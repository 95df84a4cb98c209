"""Who is registered with the tax authority and for whom, made up from the register; the same seed says the same. Pure.

No figure by age is public. Made up: seven in ten people of working age are registered, and eight in ten of their children are
counted. A child counts for the father, or for the mother where no father is entered: never for both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

from eid.agencies.synthesis import Resident
from eid.agencies.terms import add_years

SHARE_OF_TAXPAYERS = 0.7
SHARE_OF_DEPENDANTS = 0.8
_WORKING_AGE = range(18, 65)


def draw_taxpayer(resident: Resident, *, today: date, rng: Random) -> dict[str, Any] | None:
    """The columns of somebody's tax registration, but for status and time; None where they have none."""
    if rng.random() >= SHARE_OF_TAXPAYERS or today.year - resident.birth_date.year not in _WORKING_AGE:
        return None
    since = add_years(resident.birth_date, 18)
    if since >= today:
        return None
    registered_on = since + timedelta(days=int((today - since).days * rng.random() ** 2))
    return {"person_id": resident.person_id, "registered_on": registered_on, "province": resident.province}


def draw_dependants(
    children: Iterable[tuple[int, date, int]], taxpayers: dict[int, date], rng: Random
) -> list[dict[str, Any]]:
    """The columns of dependants: of these children – id, birth date, parent – those who are counted for a registered parent.

    `taxpayers` has the day of registration by person.
    """
    return [
        {"dependant_id": child, "taxpayer_id": parent, "since": max(birth_date, taxpayers[parent])}
        for child, birth_date, parent in children
        if parent in taxpayers and rng.random() < SHARE_OF_DEPENDANTS
    ]
