"""What the register has of the numbers that a file names; read in one go, so memory grows with the file and not with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import func, select

from eid.db import db
from eid.population.homes import FIRST_NEW_HOUSEHOLD_ID
from eid.population.importing.crowd import Crowd, Ints, number_address, read_numbers
from eid.population.importing.crowd_rules import Known, among
from eid.population.models import Household, Person, ReplacedPin
from eid.population.snapshot import FIRST_GENERATED_ID

ROWS_AT_ONCE = 20_000


def read_known(crowd: Crowd) -> Known:
    """Ids, PINs, phones and households that both the crowd and the register have."""
    named = np.unique(np.concatenate([crowd.ids, crowd.fathers, crowd.mothers, crowd.spouses]))
    wanted_pins, wanted_phones = np.unique(crowd.pins), np.unique(crowd.phones)
    ids, pins, phones = [_nothing()], [_nothing()], [_nothing()]
    for some_ids, some_pins, some_phones in _read(select(Person.id, Person.pin, Person.phone)):
        ids.append(_pick(np.array(some_ids, np.int64), named))
        pins.append(_pick(read_numbers(some_pins), wanted_pins))
        phones.append(_pick(read_numbers(phone or "" for phone in some_phones), wanted_phones))
    for (some_pins,) in _read(select(ReplacedPin.pin)):
        pins.append(_pick(read_numbers(some_pins), wanted_pins))
    return Known(_join(ids), _join(pins), _join(phones), *_read_homes(np.unique(crowd.households)))


def find_first_id() -> int:
    """Nobody has this id or a higher one, and it is not the cast's."""
    return max((db.session.scalar(select(func.max(Person.id))) or 0) + 1, FIRST_GENERATED_ID)


def find_first_household(crowd: Crowd) -> int:
    """No household of the file or of the register has this id or a higher one."""
    newest = db.session.scalar(select(func.max(Household.id))) or 0
    return max(newest + 1, int(crowd.households.max()) + 1, FIRST_NEW_HOUSEHOLD_ID)


def _read_homes(wanted: Ints) -> tuple[Ints, Ints]:
    """Ids, and numbers of the addresses, of the households that are wanted."""
    found: dict[int, int] = {}
    columns = (Household.id, Household.province, Household.old_province, Household.commune, Household.address)
    for ids, *addresses in _read(select(*columns)):
        wanted_here = among(np.array(ids, np.int64), wanted)
        parts = zip(*addresses, strict=True)
        found |= {
            household: number_address(*address)
            for household, address, named in zip(ids, parts, wanted_here.tolist(), strict=True)
            if named
        }
    known = sorted(found)
    return np.array(known, np.int64), np.array([found[household] for household in known], np.int64)


def _read(query: Any) -> Iterator[list[tuple[Any, ...]]]:
    """The columns of some thousand rows after the other."""
    for rows in db.session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)).partitions():
        yield list(zip(*rows, strict=True))


def _pick(numbers: Ints, wanted: Ints) -> Ints:
    return numbers[among(numbers, wanted)]


def _nothing() -> Ints:
    return np.zeros(0, np.int64)


def _join(numbers: list[Ints]) -> Ints:
    """Ascending, without nought, which stands for nothing."""
    joined: Ints = np.unique(np.concatenate(numbers))
    told: Ints = joined[joined != 0]
    return told
