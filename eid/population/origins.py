"""The words for where people come from: countries, nationalities, ethnic groups. Pure."""

from __future__ import annotations

from functools import lru_cache

from eid.crypto.countries import COUNTRY_OF_STATE
from eid.population.sample_data import read_table

VIETNAM = "VNM"
FOREIGNERS = "Người nước ngoài"
"""What stands in place of an ethnic group for foreigners."""
STATELESS = ("XXA", "XXB", "XXC", "XXX")
"""ICAO 9303-3, 5: persons without a nationality, refugees, others."""
COUNTRIES = tuple(state for state in COUNTRY_OF_STATE if len(state) == 3)


@lru_cache
def ethnic_groups() -> tuple[str, ...]:
    """The 54, and what foreigners have instead."""
    return (FOREIGNERS, *(row["name"] for row in read_table("people/ethnic_groups.csv")))
