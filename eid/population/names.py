"""Vietnamese personal names: family name, middle name, given name, written in that order; and how often each is borne.

Surnames differ between north and south (Hoàng and Huỳnh, Vũ and Võ are one name each in two pronunciations), middle and
given names by sex and year of birth.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from eid.errors import Malformed
from eid.population.numbers import Sex
from eid.population.sample_data import read_table

COHORTS = ("before_1960", "1960_1979", "1980_1999", "since_2000")
LAST_NORTHERN_PROVINCE = "46"
"""Codes run from north to south; Huế is the last of the north here."""

LONGEST_WORD = 40
Weights = list[tuple[str, float]]

_UNDECOMPOSED = str.maketrans("ĐđɃƀ’‘ʼ´`", "DdBb'''''")
"""Letters that Unicode does not take apart, of Vietnamese and of the Chamic languages; and apostrophes as keyboards have them."""
_LETTERS = re.compile(r"[^\W_]+")


def join_name(surname: str, middle_name: str, given_name: str) -> str:
    """The full name as it is written; a person may have no middle name."""
    return " ".join(part for part in (surname, middle_name, given_name) if part)


def split_name(full_name: str) -> tuple[str, str, str]:
    """Surname, middle name (all words between; may be empty) and given name. Raises Malformed: name_malformed."""
    words = unicodedata.normalize("NFC", full_name).split()
    if len(words) < 2:
        raise Malformed("name_malformed", "A full name has a family name and a given name.")
    return words[0], " ".join(words[1:-1]), words[-1]


def fold_name(name: str) -> str:
    """The name in upper-case ASCII letters: accents off, Đ as D (ICAO 9303-3, section 6)."""
    decomposed = unicodedata.normalize("NFD", name.translate(_UNDECOMPOSED))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).upper()


def split_words(folded_name: str) -> set[str]:
    """The words of a folded name, hyphens and apostrophes apart: H'HEN NIE has H, HEN and NIE."""
    return set(_LETTERS.findall(folded_name))


def index_words(folded_name: str) -> set[str]:
    """The words by which a folded name is found: those of split_words, and HHEN for H'HEN."""
    glued = {"".join(_LETTERS.findall(token)) for token in folded_name.split()}
    return {word[:LONGEST_WORD] for word in split_words(folded_name) | glued if word}


def cohort_of(birth_year: int) -> int:
    """Which of COHORTS someone born in this year belongs to."""
    return (birth_year >= 1960) + (birth_year >= 1980) + (birth_year >= 2000)


def is_northern(province_code: str) -> bool:
    """Whether surnames there are spoken the northern way; the code is of the 63 or of the 34."""
    return province_code <= LAST_NORTHERN_PROVINCE


@lru_cache
def surname_weights(northern: bool) -> Weights:
    """Surnames with their frequencies per ten thousand, most frequent kinds first."""
    column = "north" if northern else "south"
    return [(row["surname"], float(row[column])) for row in read_table("names/surnames.csv")]


@lru_cache
def middle_name_weights(sex: Sex, cohort: int) -> Weights:
    """Middle names of one sex and cohort with their relative frequencies."""
    return _weights("names/middle_names.csv", "middle_name", sex, cohort)


@lru_cache
def given_name_weights(sex: Sex, cohort: int) -> Weights:
    """Given names of one sex and cohort with their relative frequencies."""
    return _weights("names/given_names.csv", "given_name", sex, cohort)


def _weights(table: str, column: str, sex: Sex, cohort: int) -> Weights:
    return [(row[column], float(row[COHORTS[cohort]])) for row in read_table(table) if row["sex"] == sex]
