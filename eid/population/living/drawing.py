"""Whom what may befall on which day: chance counted by person, kind and calendar month, so that no window changes it.

Pure. In each month each person has for each kind a `need`: the yearly rate from which on it happens, and the day on which.
What depends on more than age and sex – being married, heading a household, being a foreigner – is left open here: a candidate is
whoever it would befall in the likeliest of these states, and on its day `need` is compared with the rate of the state then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import IntEnum

import numpy as np

from eid.late_dataclasses import frozen
from eid.population.living.rates import AGES, YEAR, Rates
from eid.population.synthesis.streams import Flags, Ints, Shares, Streams

CARD_AGES = (14, 25, 40, 60)
"""Law on Identification 26/2023, article 21: a new card is due."""
SUITORS = 6
"""How many times as many men look for a wife in a month as find one, so that even a village has a choice."""
_AT_ONCE = 50_000
"""People whose columns fit into a processor's cache."""
_LANES, _ROUGH = 4, 2**16
_EPOCH = date(1970, 1, 1).toordinal()


class Chance(IntEnum):
    """What can befall somebody, in the order of one day."""

    CARD_DUE = 0
    NATURALISATION = 1
    CITIZENSHIP_LOSS = 2
    CORRECTION = 3
    BIRTH = 4
    """Of a child, to the woman."""
    WEDDING = 5
    """Of the bride."""
    DIVORCE = 6
    """Of the wife."""
    MOVE = 7
    DEATH = 8
    SUIT = 9
    """A man looks for a wife, all month."""


@frozen
class Population:
    """Those who may be befallen: ids, birth dates as days since 1970-01-01, who is a woman."""

    ids: Ints
    births: Ints
    women: Flags

    def __getitem__(self, chosen: Ints | slice) -> Population:
        return Population(self.ids[chosen], self.births[chosen], self.women[chosen])


@frozen
class Candidates:
    """One entry for each person, kind and month that may be: the day (as an ordinal), and the rate from which on it happens."""

    days: Ints
    kinds: Ints
    ids: Ints
    needs: Shares

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, chosen: Ints) -> Candidates:
        return Candidates(self.days[chosen], self.kinds[chosen], self.ids[chosen], self.needs[chosen])


def join_candidates(parts: list[Candidates]) -> Candidates:
    """All of them by day, kind and person."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Candidates(none, none, none, np.zeros(0))
    joined = Candidates(
        np.concatenate([part.days for part in parts]),
        np.concatenate([part.kinds for part in parts]),
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.needs for part in parts]),
    )
    return joined[np.lexsort((joined.ids, joined.kinds, joined.days))]


def draw_candidates(streams: Streams, rates: Rates, people: Population, first: date, last: date) -> Candidates:
    """What may befall these people from the first to the last of these days; men who look for a wife all through each month."""
    bounds = likeliest_rates(rates)
    parts = [_draw_birthdays(people, first, last)]
    for start in range(0, len(people.ids), _AT_ONCE):
        some = people[slice(start, start + _AT_ONCE)]
        for month in list_months(first, last):
            parts += _draw_month(streams, bounds, some, month, (first, last))
    return join_candidates(parts)


def likeliest_rates(rates: Rates) -> dict[Chance, Shares]:
    """The highest rate of each kind by sex (men's row first) and age, whatever else somebody may be."""
    nobody, both = np.zeros(AGES), np.ones((2, AGES))
    weddings = np.maximum(rates.first_marriages, rates.remarriages)
    return {
        Chance.NATURALISATION: both * rates.naturalisations,
        Chance.CITIZENSHIP_LOSS: both * rates.citizenship_losses,
        Chance.CORRECTION: both * rates.corrections,
        Chance.BIRTH: np.stack([nobody, np.maximum(rates.births_married, rates.births_unmarried)]),
        Chance.WEDDING: np.stack([nobody, weddings[1]]),
        Chance.DIVORCE: np.stack([nobody, rates.divorces]),
        Chance.MOVE: both * np.maximum(rates.household_moves, rates.own_moves),
        Chance.DEATH: rates.deaths,
        Chance.SUIT: np.stack([weddings[0] * SUITORS, nobody]),
    }


def list_months(first: date, last: date) -> Iterator[date]:
    """The first day of every calendar month that these days touch."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)


def ages_on(births: Ints, day: date) -> Ints:
    """Whole years, near enough to look a rate up."""
    passed = day.toordinal() - _EPOCH - births
    found: Ints = np.clip((passed / YEAR).astype(np.int64), 0, AGES - 1)
    return found


def _draw_month(
    streams: Streams, bounds: dict[Chance, Shares], people: Population, month: date, span: tuple[date, date]
) -> list[Candidates]:
    """Those whose need is within the bound of their age and sex, on a day of the month within the span.

    Sixteen bits of chance sort out nearly everybody; only for whom they may suffice are the others drawn.
    """
    days = ((month + timedelta(days=31)).replace(day=1) - month).days
    group = people.women * AGES + ages_on(people.births, month)
    parts, rough = [], {}
    for chance, bound in bounds.items():
        word, lane = divmod(int(chance), _LANES)
        if word not in rough:
            rough[word] = (
                streams.bits(f"{month:%Y-%m} {word}", people.ids).astype("<u8").view("<u2").reshape(-1, _LANES)
            )
        enough = np.minimum(np.ceil(bound.ravel() * days / YEAR * _ROUGH), _ROUGH - 1).astype(np.uint16)
        chosen = np.flatnonzero(rough[word][:, lane] < enough[group])
        fine = streams.shares(f"{month:%Y-%m} {chance.name}", people.ids[chosen])
        needs = (rough[word][chosen, lane] + fine) / _ROUGH * (YEAR / days)
        within = needs < bound.ravel()[group[chosen]]
        parts.append(_place_in_month(streams, chance, people[chosen[within]], needs[within], month, span))
    return parts


def _place_in_month(
    streams: Streams, chance: Chance, people: Population, needs: Shares, month: date, span: tuple[date, date]
) -> Candidates:
    """Each of these on their day of the month, if it is within the span and of their life; suitors on its first, always."""
    first = month.toordinal()
    if chance is Chance.SUIT:
        return Candidates(np.full(len(needs), first), np.full(len(needs), int(chance)), people.ids, needs)
    days = ((month + timedelta(days=31)).replace(day=1) - month).days
    on = first + (streams.bits(f"{month:%Y-%m} {chance.name} day", people.ids) % np.uint64(days)).astype(np.int64)
    within = (on >= span[0].toordinal()) & (on <= span[1].toordinal()) & (on >= people.births + _EPOCH)
    return Candidates(on, np.full(len(on), int(chance)), people.ids, needs)[np.flatnonzero(within)]


def _draw_birthdays(people: Population, first: date, last: date) -> Candidates:
    """Everybody who turns 14, 25, 40 or 60; who was born on 29 February does so on 1 March of other years."""
    dates = people.births.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day_of_month = dates - months.astype("datetime64[D]")
    parts = []
    for age in CARD_AGES:
        on = ((months + 12 * age).astype("datetime64[D]") + day_of_month).astype(np.int64) + _EPOCH
        due = np.flatnonzero((on >= first.toordinal()) & (on <= last.toordinal()))
        parts.append(Candidates(on[due], np.full(len(due), int(Chance.CARD_DUE)), people.ids[due], np.zeros(len(due))))
    return join_candidates(parts)
