"""Names: children bear their father's surname; middle and given names follow group, sex and year of birth.

A child whose father is not in the register bears a single mother's surname, or an absent father's, the same for all of one
mother's. Siblings never share a given name; twins of one sex share the middle name, and their given names begin and end with
different letters, so that nobody takes them for one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from eid.population.names import LAST_NORTHERN_PROVINCE
from eid.population.synthesis.homes import follow
from eid.population.synthesis.name_tables import (
    NameTables,
    alike_ends,
    clashes,
    given_name_tables,
    middle_name_tables,
    surname_tables,
)
from eid.population.synthesis.people import FOREIGN, SINGLE, People
from eid.population.synthesis.settling import province_codes
from eid.population.synthesis.streams import Flags, Ints

COHORT_STARTS = (1960, 1980, 2000)
TRIES_AMONG_OWN = 30
"""A family with many children in a group with few names takes some from the Kinh."""


@dataclass
class Names:
    """Each person's names, as numbers of the words of the tables."""

    surnames: Ints
    middle_names: Ints
    given_names: Ints


def name_people(people: People, birth_years: Ints, birthplaces: Ints) -> Names:
    """`birthplaces` are provinces of the 63; foreigners are named by eid.population.synthesis.foreigners."""
    groups = np.where(people.groups == FOREIGN, 0, people.groups)
    cohort = np.searchsorted(COHORT_STARTS, birth_years, side="right")
    column = cohort + people.women * (len(COHORT_STARTS) + 1)
    surnames = _surnames(people, groups, birthplaces)
    middle_names = _draw(people, middle_name_tables(), groups, column, "middle name")
    younger = np.flatnonzero((people.twins >= 0) & (people.mothers >= 0))
    elder = people.twins[younger]
    alike = (people.women[younger] == people.women[elder]) & (people.mothers[younger] == people.mothers[elder])
    younger, elder = younger[alike], elder[alike]
    middle_names[younger] = middle_names[elder]
    given_names = _given_names(people, groups, column, middle_names)
    return Names(surnames, middle_names, given_names)


def written_names(names: Names, order: Ints) -> tuple[list[str], list[str], list[str], list[str]]:
    """Surnames, middle names and given names as written, and the whole names folded."""
    written, folded = [], []
    for numbers, (as_written, as_folded) in zip(
        (names.surnames, names.middle_names, names.given_names), _texts(), strict=True
    ):
        written.append(as_written[numbers[order]].tolist())
        folded.append(as_folded[numbers[order]].tolist())
    return written[0], written[1], written[2], list(map("".join, zip(*folded, strict=True)))


@lru_cache
def _texts() -> list[tuple[NDArray[np.object_], NDArray[np.object_]]]:
    """Of surnames, middle and given names: as written, and folded with what parts them from the next."""
    texts = []
    for tables, gap in ((surname_tables(), " "), (middle_name_tables(), " "), (given_name_tables(), "")):
        folded = [name and name + gap for name in tables.words.folded()]
        texts.append((np.array(tables.words.written, dtype=object), np.array(folded, dtype=object)))
    return texts


def _draw(
    people: People, tables: NameTables, groups: Ints, column: Ints, stream: str, who: Ints | slice = slice(None)
) -> Ints:
    return tables.chances.draw(tables.table_of[groups[who], column[who]], people.shares(stream, who))


def _surnames(people: People, groups: Ints, birthplaces: Ints) -> Ints:
    """Drawn for the first of each line of fathers, by group and by where that one was born."""
    north = np.array([code <= LAST_NORTHERN_PROVINCE for code in province_codes()]).astype(np.int64)
    own = _draw(people, surname_tables(), groups, north[birthplaces], "surname")
    places = np.arange(len(groups))
    fatherless = (people.fathers < 0) & (people.mothers >= 0)
    of_mother = fatherless & (people.statuses[people.mothers] == SINGLE)
    first = follow(np.where(people.fathers >= 0, people.fathers, np.where(of_mother, people.mothers, places)))
    absent = _draw(people, surname_tables(), groups, north[birthplaces], "absent father")
    drawn = np.where(fatherless & ~of_mother, absent[people.mothers], own)
    found: Ints = drawn[first]
    return found


def _given_names(people: People, groups: Ints, column: Ints, middle_names: Ints) -> Ints:
    """Drawn again where the middle name ends with it, or an older sibling has it, until all are told apart."""
    tables = given_name_tables()
    given = _draw(people, tables, groups, column, "given name")
    asked = np.arange(len(given))
    for attempt in count():
        again = _unfit(people, given, middle_names, asked)
        if not len(again):
            break
        if attempt == TRIES_AMONG_OWN:
            groups = np.zeros_like(groups)
        given[again] = _draw(people, tables, groups, column, f"given name {attempt}", again)
        family = np.zeros(len(given), np.bool_)
        family[people.mothers[again]] = True
        alone = np.zeros(len(given), np.bool_)
        alone[again] = True
        asked = np.flatnonzero(np.where(people.mothers >= 0, family[people.mothers], alone))
    return given


def _unfit(people: People, given: Ints, middle_names: Ints, asked: Ints) -> Ints:
    bad = clashes()[middle_names[asked], given[asked]]
    siblings = asked[people.mothers[asked] >= 0]
    keys = people.mothers[siblings] << 20 | given[siblings]
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(np.diff(keys[order]) == 0)
    twins = asked[(people.twins[asked] >= 0)]
    return np.unique(np.concatenate([asked[bad], siblings[order[same]], twins[_too_alike(people, given, twins)]]))


def _too_alike(people: People, given: Ints, younger: Ints) -> Flags:
    first, last = alike_ends()
    elder = people.twins[younger]
    one, other = given[younger], given[elder]
    alike: Flags = (people.mothers[younger] >= 0) & ((first[one] == first[other]) | (last[one] == last[other]))
    return alike
