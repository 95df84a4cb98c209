"""Turns people who hold together into the columns of the tables.

Within a block households come in an order of chance, each with its head first, and the dead one by one between them: so a cut
leaves no household without a head. A household's id is that of its head.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eid.population.life.kinds import MaritalStatus
from eid.population.numbers import Sex
from eid.population.snapshot import FIRST_GENERATED_ID, SNAPSHOT
from eid.population.synthesis.batch import HOUSEHOLD_COLUMNS, PEOPLE_COLUMNS, Batch
from eid.population.synthesis.communities import group_names
from eid.population.synthesis.digits import write_digits, write_some_digits
from eid.population.synthesis.foreigners import name_foreigners
from eid.population.synthesis.homes import RELATIONS, Homes, relations_to_head
from eid.population.synthesis.naming import Names, written_names
from eid.population.synthesis.numbering import OLD_NUMBERS, PHONES_01
from eid.population.synthesis.papers import Papers
from eid.population.synthesis.people import BLOCK_SIZE, FOREIGN, People
from eid.population.synthesis.settling import (
    HOME_COUNTRY,
    Places,
    address_texts,
    commune_names,
    countries,
    province_codes,
    religions,
    successors,
)
from eid.population.synthesis.streams import Ints

FOREIGN_GROUP = "Người nước ngoài"
_FIRST_DAY = date(1880, 1, 1)


@dataclass
class Made:
    """All that is known of some blocks."""

    people: People
    homes: Homes
    places: Places
    papers: Papers
    names: Names


def write_columns(made: Made, limit: int) -> Batch:
    """The first `limit` people and their households; links to those left out are empty."""
    order = _order(made.people, made.homes)[:limit]
    ids = np.full(len(made.people.ages), -1)
    ids[order] = np.arange(len(order)) + FIRST_GENERATED_ID + made.people.first_block * BLOCK_SIZE
    columns = _person_columns(made, order) | _link_columns(made, order, ids) | _place_columns(made, order)
    columns |= _name_columns(made, order)
    heads = order[(made.homes.heads == np.arange(len(ids)))[order] & made.people.alive[order]]
    homes = _place_columns(made, heads)
    households = {"id": ids[heads].tolist()} | {name: homes[f"residence_{name}"] for name in HOUSEHOLD_COLUMNS[1:]}
    return Batch({name: columns[name] for name in PEOPLE_COLUMNS}, households)


def _order(people: People, homes: Homes) -> Ints:
    """By block, household in an order of chance, head, spouse, the elder before the younger."""
    places = np.arange(len(people.ages))
    unit = np.where(people.alive, homes.heads, places)
    chance = (people.bits("order") >> np.uint64(24)).astype(np.int64)[unit]
    within = np.where(unit == places, 0, np.where(people.spouses == unit, 1, 2 + BLOCK_SIZE - places % BLOCK_SIZE))
    return np.argsort(people.block << 50 | chance >> 1 << 11 | within, kind="stable")


def _person_columns(made: Made, order: Ints) -> dict[str, list[Any]]:
    people, papers = made.people, made.papers
    foreign = people.groups == FOREIGN
    old_numbers, phones = papers.old_numbers[order], papers.phones[order]
    died = np.where(people.alive, 0, people.died - _FIRST_DAY.toordinal() + 1)
    return {
        "pin": write_digits("", papers.pins[order], 3),
        "birth_date": _take("dates", people.born - _FIRST_DAY.toordinal() + 1, order),
        "sex": _take("sexes", people.women.astype(np.int64), order),
        "birth_province": _take("provinces", papers.birth_provinces, order),
        "birth_country": _take("countries", papers.birth_countries, order),
        "ethnicity": _take("groups", people.groups, order),
        "nationality": _take("countries", np.where(foreign, papers.birth_countries, 0), order),
        "marital_status": _take("statuses", people.statuses, order),
        "died_on": _take("dates", died, order),
        "old_id_number": write_some_digits("9", old_numbers % OLD_NUMBERS, 2, old_numbers > 0),
        "phone": write_some_digits("01", phones % PHONES_01, 2, phones > 0),
    }


def _link_columns(made: Made, order: Ints, ids: Ints) -> dict[str, list[Any]]:
    people = made.people
    households = np.where(people.alive, made.homes.heads, -1)
    links = {
        "id": np.arange(len(ids)),
        "household_id": households,
        "father_id": people.fathers,
        "mother_id": people.mothers,
        "spouse_id": people.spouses,
    }
    numbers = np.full(len(ids) + 1, None, dtype=object)
    numbers[order] = ids[order].tolist()
    columns: dict[str, list[Any]] = {name: numbers[link[order]].tolist() for name, link in links.items()}
    columns["relation_to_head"] = _take("relations", relations_to_head(people, made.homes.heads), order)
    return columns


def _place_columns(made: Made, order: Ints) -> dict[str, list[Any]]:
    places = made.places
    return {
        "religion": _take("religions", places.religions, order),
        "residence_province": _take("provinces", successors()[places.provinces], order),
        "residence_old_province": _take("provinces", places.provinces, order),
        "residence_commune": _take("communes", places.communes, order),
        "residence_address": _take("addresses", places.addresses, order),
    }


def _name_columns(made: Made, order: Ints) -> dict[str, list[Any]]:
    surnames, middle_names, given_names, folded_names = written_names(made.names, order)
    foreign = np.flatnonzero(made.people.groups[order] == FOREIGN)
    of = [countries()[number] for number in made.papers.birth_countries[order[foreign]].tolist()]
    named = name_foreigners(made.people, order[foreign], of)
    for place, name in zip(foreign.tolist(), named, strict=True):
        surnames[place], middle_names[place], given_names[place], folded_names[place] = name
    return {
        "surname": surnames,
        "middle_name": middle_names,
        "given_name": given_names,
        "folded_name": folded_names,
    }


def _take(table: str, numbers: Ints, order: Ints) -> list[Any]:
    """The values of a table at these numbers; where a number is -1, its last."""
    taken: list[Any] = _tables()[table][numbers[order]].tolist()
    return taken


@lru_cache
def _tables() -> dict[str, NDArray[np.object_]]:
    days = range(_FIRST_DAY.toordinal(), SNAPSHOT.toordinal() + 1)
    tables: dict[str, list[Any]] = {
        "dates": [None, *(date.fromordinal(day).isoformat() for day in days)],
        "sexes": [Sex.MALE.value, Sex.FEMALE.value],
        "statuses": [status.value for status in MaritalStatus],
        "relations": [*(relation.value for relation in RELATIONS), None],
        "groups": [*group_names(), FOREIGN_GROUP],
        "provinces": [*province_codes(), None],
        "countries": countries(),
        "religions": religions(),
        "communes": commune_names(),
        "addresses": address_texts(),
    }
    assert tables["countries"][0] == HOME_COUNTRY
    return {name: np.array(values, dtype=object) for name, values in tables.items()}
