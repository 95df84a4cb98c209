"""Tax registrations and dependants as pure rules (Circular 86/2024/TT-BTC: since 2025-07-01 a person's tax code is the PIN).

A dependant is a child under 18 here; parents, students and people who cannot work are not covered.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from eid.errors import Conflict
from eid.late_dataclasses import frozen
from eid.population.numbers import age_on

GROWN_UP = 18


class TaxStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


@frozen
class Dependant:
    """Somebody for whom a taxpayer's income is taxed less."""

    tax_code: str
    full_name: str
    birth_date: date
    since: date


def is_dependant_on(birth_date: date, on: date) -> bool:
    """Whether a child born then still counts on that day: until the eve of the eighteenth birthday."""
    return age_on(birth_date, on) < GROWN_UP


def check_dependant(birth_date: date, *, on: date) -> None:
    """Raise Conflict: dependant_age, unless a child born then counts on that day."""
    if not is_dependant_on(birth_date, on):
        raise Conflict("dependant_age", "A dependant is younger than 18.")
