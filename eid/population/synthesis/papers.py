"""What the register has on paper about everybody: place of birth, PIN, old identity number, phone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eid.population.synthesis.numbering import PLACES_PER_CELL, Numbering, cells, places_in_cells, prefixes
from eid.population.synthesis.people import FOREIGN, People
from eid.population.synthesis.seeking import rank_within
from eid.population.synthesis.settling import (
    Places,
    birth_countries,
    birth_provinces,
    code_on_day,
    province_codes,
    provinces_of_groups,
)
from eid.population.synthesis.streams import Ints

BORN_WITH_OLD_NUMBER_UNTIL = 2006
"""Identity cards of nine digits ended with 2024; the youngest who had one were 14 before chip cards came in 2021."""
YOUNGEST_WITH_CARD = 14
HAS_OLD_NUMBER, HAS_PHONE = 0.93, 0.92
YOUNGEST_WITH_PHONE, OLDEST_WITH_PHONE = 14, 85
NOWHERE = -1
"""Stands for the province of a birth abroad."""


@dataclass
class Papers:
    """For each person; 0 stands for no number."""

    birth_years: Ints
    home_provinces: Ints
    """Of the 63: where the birth was, or for those born abroad where the family came to live."""
    birth_provinces: Ints
    """Whose code the register has: as of the day of birth, or NOWHERE."""
    birth_countries: Ints
    pins: Ints
    old_numbers: Ints
    phones: Ints


def write_papers(people: People, places: Places, numbering: Numbering) -> Papers:
    years = (people.born - 719163).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    provinces, countries = birth_provinces(people, places), birth_countries(people)
    blocks = people.block + people.first_block
    attempt = 0
    while True:
        registered = np.where(countries == 0, code_on_day(provinces, people.born), NOWHERE)
        foreign = people.groups == FOREIGN
        of_cells = cells(
            _prefixes()[np.where(foreign, -1, np.where(countries == 0, registered, -2))], years, people.women
        )
        within = places_in_cells(blocks, of_cells)
        crowded = np.flatnonzero(within >= PLACES_PER_CELL)
        if not len(crowded):
            break
        # the block's share of that province, year and sex is used up: they were born elsewhere in the country
        attempt += 1
        countries[crowded] = 0
        provinces[crowded] = provinces_of_groups(people, f"crowded out {attempt}")[crowded]
    old = (years <= BORN_WITH_OLD_NUMBER_UNTIL) & (people.ages >= YOUNGEST_WITH_CARD) & ~foreign
    old &= people.shares("old number") < HAS_OLD_NUMBER
    return Papers(
        birth_years=years,
        home_provinces=provinces,
        birth_provinces=registered,
        birth_countries=countries,
        pins=numbering.pins(of_cells, within, blocks),
        old_numbers=np.where(old, numbering.old_numbers(people.numbers), 0),
        phones=_phones(people, numbering),
    )


def _phones(people: People, numbering: Numbering) -> Ints:
    asked = people.alive & (people.ages >= YOUNGEST_WITH_PHONE) & (people.ages <= OLDEST_WITH_PHONE)
    bearers = np.flatnonzero(asked & (people.shares("phone") < HAS_PHONE))
    blocks = people.block[bearers]
    phones = np.zeros(len(people.ages), np.int64)
    phones[bearers] = numbering.phones(blocks + people.first_block, rank_within(blocks))
    return phones


@lru_cache
def _prefixes() -> Ints:
    """By province, then abroad, then foreigners."""
    return prefixes(province_codes())
