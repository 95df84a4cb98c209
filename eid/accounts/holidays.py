"""Vietnam's public holidays, read from sample_data/calendar/holidays.csv."""

from __future__ import annotations

from datetime import date
from functools import cache

from eid.population.sample_data import read_table


@cache
def read_holidays() -> frozenset[date]:
    """Every day on which offices are closed besides weekends, of the years that the file covers."""
    return frozenset(date.fromisoformat(row["day"]) for row in read_table("calendar/holidays.csv"))
