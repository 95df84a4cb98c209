"""Names of foreigners, made up for sample_data/names/foreign_names.csv; a country without any borrows another's."""

from __future__ import annotations

from functools import lru_cache

from eid.population.names import fold_name, join_name
from eid.population.numbers import Sex
from eid.population.sample_data import read_table
from eid.population.synthesis.people import People
from eid.population.synthesis.streams import Ints

FullName = tuple[str, str, str, str]
"""Surname, middle name, given name, and all folded."""


def name_foreigners(people: People, who: Ints, countries: list[str]) -> list[FullName]:
    """A name for each: of the pieces of the country's names for that sex one given and one family name, as chance has it."""
    surnames, given_names = people.shares("foreign surname", who), people.shares("foreign given name", who)
    drawn = zip(people.women[who].tolist(), countries, surnames.tolist(), given_names.tolist(), strict=True)
    return [_full_name(country, is_woman, one, other) for is_woman, country, one, other in drawn]


def _full_name(country: str, is_woman: bool, one: float, other: float) -> FullName:
    names = _names(country, Sex.FEMALE if is_woman else Sex.MALE)
    surname, (middle_name, given_name) = names[int(one * len(names))][0], names[int(other * len(names))][1:]
    return surname, middle_name, given_name, fold_name(join_name(surname, middle_name, given_name))


@lru_cache(maxsize=512)
def _names(country: str, sex: Sex) -> list[tuple[str, str, str]]:
    rows = [row for row in read_table("names/foreign_names.csv") if row["sex"] == sex]
    own = [row for row in rows if row["country"] == country] or rows
    return [(row["surname"], row["middle_name"], row["given_name"]) for row in own]
