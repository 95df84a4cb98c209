"""Counts people for the pictures, a batch of columns at a time, so that memory does not grow with the register. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

COLUMNS = (
    "birth_date",
    "sex",
    "ethnicity",
    "surname",
    "marital_status",
    "household_id",
    "residence_old_province",
    "residence_province",
    "died_on",
)
"""What is read of a person, in this order."""


@dataclass
class Tally:
    """The living of one day. A month is (year, month)."""

    day: date
    ages: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Age in full years and sex."""
    marital_statuses: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """Age, sex, marital status."""
    ethnic_groups: Counter[str] = field(default_factory=Counter)
    surnames: Counter[str] = field(default_factory=Counter)
    old_provinces: Counter[str] = field(default_factory=Counter)
    provinces: Counter[str] = field(default_factory=Counter)
    households: Counter[int] = field(default_factory=Counter)
    """How many households have so many members."""
    births: Counter[tuple[int, int]] = field(default_factory=Counter)
    deaths: Counter[tuple[int, int]] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        return self.ages.total()


def tally_people(batches: Iterable[Mapping[str, Sequence[Any]]], day: date) -> Tally:
    """Who lives that day. A household's members come in one batch; dates are dates or ISO text."""
    tally = Tally(day)
    for batch in batches:
        members: Counter[int] = Counter()
        for birth, sex, group, surname, status, home, old, new, died in zip(
            *(batch[name] for name in COLUMNS), strict=True
        ):
            if died is not None:
                continue
            age = _age(str(birth), day)
            tally.ages[age, str(sex)] += 1
            tally.marital_statuses[age, str(sex), str(status)] += 1
            tally.ethnic_groups[group] += 1
            tally.surnames[surname] += 1
            tally.old_provinces[old] += 1
            tally.provinces[new] += 1
            if home is not None:
                members[home] += 1
        tally.households.update(members.values())
    return tally


def _age(born: str, day: date) -> int:
    return day.year - int(born[:4]) - ((day.month, day.day) < (int(born[5:7]), int(born[8:10])))
