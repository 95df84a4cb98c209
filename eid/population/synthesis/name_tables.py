"""The tables of names, all groups' together, as numbers to draw from: see sample_data/names/README.md.

A group without rows of its own bears the names of the Kinh, which follow region, sex and cohort.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from eid.population.names import COHORTS, fold_name, given_name_weights, middle_name_weights, surname_weights
from eid.population.numbers import Sex
from eid.population.sample_data import read_table
from eid.population.synthesis.communities import group_names
from eid.population.synthesis.streams import Chances, Flags, Ints

Weighted = list[tuple[str, float]]


@dataclass
class Words:
    """Names by number, as written and folded; number 0 is no name at all."""

    written: list[str] = field(default_factory=lambda: [""])
    numbers: dict[str, int] = field(default_factory=lambda: {"": 0})

    def number(self, word: str) -> int:
        if word not in self.numbers:
            self.numbers[word] = len(self.written)
            self.written.append(word)
        return self.numbers[word]

    def folded(self) -> list[str]:
        return [fold_name(word) for word in self.written]


@dataclass
class NameTables:
    """`table_of` says which table of `chances` holds for a group and a column of the Kinh's."""

    words: Words
    chances: Chances
    table_of: Ints


@lru_cache
def surname_tables() -> NameTables:
    """Columns: south, north."""
    kinh = [surname_weights(False), surname_weights(True)]
    rows = read_table("names/ethnic_surnames.csv")
    return _tables(
        kinh,
        lambda group, _: [(row["surname"], float(row["per_10000"])) for row in rows if row["ethnic_group"] == group],
    )


@lru_cache
def middle_name_tables() -> NameTables:
    """Columns: men's by cohort, then women's."""
    return _tables(_by_sex_and_cohort(middle_name_weights), _ethnic("names/ethnic_middle_names.csv"))


@lru_cache
def given_name_tables() -> NameTables:
    """Columns: men's by cohort, then women's."""
    return _tables(_by_sex_and_cohort(given_name_weights), _ethnic("names/ethnic_given_names.csv"))


def _by_sex_and_cohort(weights: Callable[[Sex, int], Weighted]) -> list[Weighted]:
    return [weights(sex, cohort) for sex in (Sex.MALE, Sex.FEMALE) for cohort in range(len(COHORTS))]


def _ethnic(table: str) -> Callable[[str, int], Weighted]:
    rows = read_table(table)

    def of_group(group: str, column: int) -> Weighted:
        sex = Sex.MALE if column < len(COHORTS) else Sex.FEMALE
        return [
            (row["name"], float(row["weight"])) for row in rows if (row["ethnic_group"], row["sex"]) == (group, sex)
        ]

    return of_group


def _tables(kinh: list[Weighted], own: Callable[[str, int], Weighted]) -> NameTables:
    words = Words()
    tables = list(kinh)
    table_of = np.zeros((len(group_names()), len(kinh)), np.int64)
    for number, group in enumerate(group_names()):
        for column in range(len(kinh)):
            names = own(group, column)
            table_of[number, column] = len(tables) if names else column
            tables += [names] if names else []
    return NameTables(
        words, Chances([[(words.number(name), weight) for name, weight in table] for table in tables]), table_of
    )


@lru_cache
def clashes() -> Flags:
    """By middle and given name: whether the one ends with the other."""
    middle, given = middle_name_tables().words.written, given_name_tables().words.written
    found = [[bool(name) and f" {words}".endswith(f" {name}") for name in given] for words in middle]
    return np.array(found)


@lru_cache
def alike_ends() -> tuple[Ints, Ints]:
    """The first and the last letter of each given name, folded; i and y are one letter, as in Mị and Mỵ."""
    folded = [(name or " ").replace("Y", "I") for name in given_name_tables().words.folded()]
    return np.array([ord(name[0]) for name in folded]), np.array([ord(name[-1]) for name in folded])
