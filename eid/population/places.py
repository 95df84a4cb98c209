"""Provinces by date, and addresses: 63 units until 2025-06-30, 34 since (Resolution 202/2025/QH15, Decision 19/2025/QĐ-TTg).

Seven codes change their name on that day, so every look-up takes a date. Units before 2004 are not modelled: for them the
63 stand too. Names of provinces are real, names of communes and streets are made up.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Protocol

from eid.errors import NotFound
from eid.late_dataclasses import frozen
from eid.population.sample_data import read_document, read_table

MERGER = date(2025, 7, 1)
"""The first day of the 34 units; districts end the day before."""

PEOPLE_PER_COMMUNE = 35_000
FEWEST_COMMUNES, MOST_COMMUNES = 10, 70


@frozen
class Province:
    code: str
    """Two digits, as the statistics office gives them."""
    name: str
    ascii_name: str
    kind: str
    """city or province."""


@frozen
class Commune:
    """A made-up commune; it kept its name when districts ended."""

    name: str
    old_province: str
    """Code of the province it was in until 2025-06-30."""
    province: str
    """Code of the province it has been in since."""
    is_ward: bool


class Resident(Protocol):
    @property
    def residence_province(self) -> str: ...
    @property
    def residence_old_province(self) -> str: ...
    @property
    def residence_commune(self) -> str: ...
    @property
    def residence_address(self) -> str: ...


@frozen
class _Period:
    province: Province
    first: date
    last: date
    merged_into: str


def find_province(code: str, on: date) -> Province:
    """The province that bears this two-digit code on that day. Raises NotFound: province_unknown."""
    for period in _periods().get(code, ()):
        if period.first <= on <= period.last:
            return period.province
    raise NotFound("province_unknown", "No province has this code on that day.", reason=f"{code} on {on}")


def list_provinces(on: date) -> list[Province]:
    """All provinces of that day by code: 63 of them before 2025-07-01, 34 since."""
    return [p.province for periods in _periods().values() for p in periods if p.first <= on <= p.last]


def find_successor(old_code: str) -> str:
    """The code since 2025-07-01 of what was the province `old_code` until then. Raises NotFound: province_unknown."""
    for period in _periods().get(old_code, ()):
        if period.merged_into:
            return period.merged_into
    raise NotFound("province_unknown", "No province had this code before July 2025.", reason=old_code)


def is_province_code(code: str) -> bool:
    """Whether the code is, or until 2025-06-30 was, a province's: the 34 use codes of the 63 only."""
    return code in _periods()


@lru_cache
def list_communes(old_code: str) -> tuple[Commune, ...]:
    """The made-up communes of one of the 63 provinces, wards first; their names are unique within the merged province too."""
    new_code = find_successor(old_code)
    siblings = sorted(code for code in populations() if find_successor(code) == new_code)
    first = sum(_commune_count(code) for code in siblings if code < old_code)
    count = _commune_count(old_code)
    wards = count * (2 if find_province(old_code, MERGER.replace(month=6)).kind == "city" else 1) // 4
    return tuple(
        Commune(f"{'Phường' if i < wards else 'Xã'} {_commune_name(first + i)}", old_code, new_code, i < wards)
        for i in range(count)
    )


@lru_cache
def populations() -> dict[str, int]:
    """Inhabitants by code of the 63 provinces, rounded; see sample_data/places/README.md."""
    return {row["code"]: int(row["thousands"]) * 1000 for row in read_table("places/populations.csv")}


def write_address(resident: Resident, on: date) -> str:
    """A residence as one line, with the province's name of that day: house, commune, province."""
    code = resident.residence_province if on >= MERGER else resident.residence_old_province
    parts = (resident.residence_address, resident.residence_commune, find_province(code, on).name)
    return ", ".join(part for part in parts if part)


def write_birth_place(province: str | None, country: str, *, on: date) -> str:
    """Where somebody was born, as papers have it: the province's name of that day, or the country. Raises NotFound."""
    return country if province is None else find_province(province, on).name


def street_words() -> tuple[list[str], list[str]]:
    """Made-up streets (which have house numbers) and hamlets (which have none)."""
    words = _commune_words()
    return words["streets"], words["hamlets"]


def _commune_count(code: str) -> int:
    return max(FEWEST_COMMUNES, min(MOST_COMMUNES, populations()[code] // PEOPLE_PER_COMMUNE))


def _commune_name(number: int) -> str:
    """Each pair of words comes once before any comes again: every round through the first words shifts the second."""
    words = _commune_words()
    firsts, seconds = words["first"], words["second"]
    rounds, place = divmod(number, len(firsts))
    return f"{firsts[place]} {seconds[(place + rounds) % len(seconds)]}"


@lru_cache
def _commune_words() -> dict[str, list[str]]:
    words: dict[str, list[str]] = read_document("places/communes.json")
    return words


@lru_cache
def _periods() -> dict[str, list[_Period]]:
    periods: dict[str, list[_Period]] = {}
    for row in read_table("places/provinces.csv"):
        province = Province(row["code"], row["name"], row["ascii_name"], row["kind"])
        first = date.fromisoformat(row["from"]) if row["from"] else date.min
        last = date.fromisoformat(row["until"]) if row["until"] else date.max
        periods.setdefault(row["code"], []).append(_Period(province, first, last, row["merged_into"]))
    return periods
