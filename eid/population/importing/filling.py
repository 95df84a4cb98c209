"""What stands in the register where a file says nothing, and good rows as the table's own values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from eid.population.files.columns import KINDS, Columns, Kind
from eid.population.life.kinds import MaritalStatus, Relation
from eid.population.names import fold_name, join_name
from eid.population.numbers import FOREIGNER, SYNTHETIC
from eid.population.origins import FOREIGNERS, VIETNAM
from eid.population.places import is_province_code

KINH, NO_RELIGION = "Kinh", "Không"
NEVER_NULL = frozenset({"middle_name", "residence_commune", "residence_address"})
"""Columns that hold an empty text where there is nothing; the others that may be empty hold none."""

_fold = lru_cache(100_000)(fold_name)


def fold_full_name(surname: str, middle_name: str, given_name: str) -> str:
    """The full name in upper-case ASCII; parts of names recur, so each is folded once."""
    return join_name(_fold(surname), _fold(middle_name), _fold(given_name))


def country_of_birth(country: str, pin: str) -> str:
    """Vietnam where a province registered the birth; empty where a file must say it."""
    return country or (VIETNAM if _told_province(pin) else "")


def nationality_of(nationality: str, pin: str) -> str:
    """Vietnamese unless the number is a foreigner's; empty where a file must say it."""
    return nationality or ("" if pin.startswith(FOREIGNER) else VIETNAM)


def province_of_birth(province: str, country: str, pin: str) -> str | None:
    """The one that the PIN tells, for those born in Vietnam; None for those born abroad."""
    return province or (_told_province(pin) if country == VIETNAM else None)


def old_province_of(old_province: str, province: str) -> str:
    """The one whose code the merged one kept."""
    return old_province or province


def marital_status_of(status: str, spouse: str) -> str:
    return status or (MaritalStatus.MARRIED if spouse else MaritalStatus.SINGLE).value


def fill_people(
    texts: Mapping[str, Sequence[str]], *, ids: Sequence[int], new_households: Iterator[int]
) -> tuple[Columns, list[int]]:
    """Columns of the table persons; and the places of those who founded a household of their own, in order.

    The rows are good ones; the living without a household take the next of `new_households`.
    """
    people: Columns = {name: _read(name, texts[name]) for name in KINDS}
    people["id"] = list(ids)
    pins = people["pin"]
    folded = zip(people["folded_name"], people["surname"], people["middle_name"], people["given_name"], strict=True)
    people["folded_name"] = [given or fold_full_name(*name) for given, *name in folded]
    people["birth_country"] = list(map(country_of_birth, texts["birth_country"], pins))
    people["birth_province"] = list(map(province_of_birth, texts["birth_province"], people["birth_country"], pins))
    people["nationality"] = list(map(nationality_of, texts["nationality"], pins))
    groups = zip(texts["ethnicity"], people["nationality"], strict=True)
    people["ethnicity"] = [group or (KINH if nation == VIETNAM else FOREIGNERS) for group, nation in groups]
    people["religion"] = [religion or NO_RELIGION for religion in texts["religion"]]
    people["marital_status"] = list(map(marital_status_of, texts["marital_status"], texts["spouse_id"]))
    old = map(old_province_of, texts["residence_old_province"], texts["residence_province"])
    people["residence_old_province"] = list(old)
    homes = zip(people["household_id"], people["died_on"], strict=True)
    founders = [place for place, (household, died_on) in enumerate(homes) if household is None and died_on is None]
    for place in founders:
        people["household_id"][place] = next(new_households)
        people["relation_to_head"][place] = Relation.HEAD.value
    return people, founders


def build_households(people: Columns, places: Sequence[int]) -> Columns:
    """Columns of the table households: those of the people at these places, at their addresses."""
    names = {"id": "household_id", "province": "residence_province", "old_province": "residence_old_province"}
    names |= {"commune": "residence_commune", "address": "residence_address"}
    return {column: [people[name][place] for place in places] for column, name in names.items()}


@lru_cache(1000)
def _province_of_prefix(prefix: str) -> str | None:
    return prefix[1:] if prefix[0] == SYNTHETIC and is_province_code(prefix[1:]) else None


def _told_province(pin: str) -> str | None:
    return _province_of_prefix(pin[:3])


def _read(name: str, texts: Sequence[str]) -> list[str | int | None]:
    if KINDS[name] is Kind.NUMBER:
        return [int(text) if text else None for text in texts]
    return list(texts) if name in NEVER_NULL else [text or None for text in texts]
