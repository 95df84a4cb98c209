"""Who marries whom: a bride finds, among the men who look for a wife that month, the one who suits her best. Pure.

Men come by their own rate, several times as many as will marry; who is keenest, near, of the bride's group and as much older as
husbands are, is asked first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from eid.population.life.kinds import MaritalStatus
from eid.population.life.rules import MARRIAGE_AGE
from eid.population.life.state import PersonState
from eid.population.living.drawing import SUITORS, ages_on
from eid.population.living.luck import Luck
from eid.population.living.rates import YEAR, Rates
from eid.population.numbers import Sex
from eid.population.places import populations
from eid.population.sample_data import read_document

MOST_YEARS_APART = 15
ASKED = 8
"""After so many refusals – kin, mostly – a bride waits for another month."""
ELSEWHERE, OTHER_GROUP, KEENNESS = 6.0, 8.0, 4.0
"""What these are worth in years of difference of age."""
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Suitor:
    """What the register says of a man who may look for a wife, and the rate from which on he does."""

    id: int
    birth_date: date
    marital_status: str
    province: str
    ethnicity: str
    alive: bool
    need: float


class Suitors:
    """The men of one month."""

    def __init__(self, month: date, men: Iterable[Suitor], rates: Rates) -> None:
        men = sorted(men, key=lambda man: man.id)
        self._groups: dict[str, int] = {}
        self._provinces = {code: number for number, code in enumerate(sorted(populations()))}
        self._ids = np.array([man.id for man in men], np.int64)
        self._places = {man.id: place for place, man in enumerate(men)}
        self._births = np.array([man.birth_date.toordinal() for man in men], np.int64)
        self._province = np.array([self._provinces.get(man.province, -1) for man in men], np.int64)
        self._group = np.array([self._number(man.ethnicity) for man in men], np.int64)
        self._needs = np.array([man.need for man in men], np.float64)
        ages = ages_on(self._births - _EPOCH, month)
        self._first, self._again = rates.first_marriages[0, ages], rates.remarriages[0, ages]
        self._keen = np.full(len(men), np.inf)
        for place, man in enumerate(men):
            self._judge(place, man.marital_status, man.alive)

    def list_fitting(self, bride: PersonState, on: date, luck: Luck) -> Iterator[int]:
        """The ids of those who suit her, best first, not many."""
        gap = (bride.birth_date.toordinal() - self._births) / YEAR
        of_age = on.toordinal() - self._births > (MARRIAGE_AGE[Sex.MALE] + 0.01) * YEAR
        fits = np.flatnonzero(of_age & (self._keen < SUITORS) & (np.abs(gap) <= MOST_YEARS_APART))
        older = _arrangements()["husband_older_by_years"]
        wish = older["mean"] + older["spread"] * luck.bell()
        cost = (
            np.abs(gap[fits] - wish)
            + ELSEWHERE * (self._province[fits] != self._provinces.get(bride.residence_old_province, -1))
            + OTHER_GROUP * (self._group[fits] != self._number(bride.ethnicity))
            + KEENNESS * self._keen[fits] / SUITORS
        )
        best = fits[np.lexsort((self._ids[fits], cost))[:ASKED]]
        return iter(self._ids[best].tolist())

    def notice(self, person: PersonState) -> None:
        """Something happened to somebody who may be one of these."""
        place = self._places.get(person.id)
        if place is not None:
            self._judge(place, person.marital_status, person.died_on is None)

    def _judge(self, place: int, status: str, alive: bool) -> None:
        rate = {MaritalStatus.SINGLE: self._first, MaritalStatus.MARRIED: None}.get(MaritalStatus(status), self._again)
        free = alive and rate is not None and rate[place] > 0
        self._keen[place] = self._needs[place] / rate[place] if free and rate is not None else np.inf

    def _number(self, group: str) -> int:
        return self._groups.setdefault(group, len(self._groups))


@lru_cache
def _arrangements() -> dict[str, Any]:
    arrangements: dict[str, Any] = read_document("people/living_arrangements.json")
    return arrangements
