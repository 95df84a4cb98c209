"""How often what happens at which age: the tables of sample_data/people as rates a year, one for each year of age.

Pure. Rates are hazards: events a year among those to whom it can happen. Sources: sample_data/people/README.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from eid.late_dataclasses import frozen
from eid.population.numbers import Sex
from eid.population.sample_data import read_document, read_table
from eid.population.synthesis.streams import Shares

AGES = 130
"""Rates end here; whoever is older has those of the oldest."""
YEAR = 365.2425
FIRST_CHILDBEARING, LAST_CHILDBEARING = 16, 49
LEAVES_HOME = 17
"""Younger people move with their household only."""
TYPICAL_HEAD = 50


@frozen
class Rates:
    """By year of age; where there are two rows, men's and then women's."""

    deaths: Shares
    births_married: Shares
    """Deliveries of married women, of those who had none in the last ten months."""
    births_unmarried: Shares
    first_marriages: Shares
    remarriages: Shares
    divorces: Shares
    """Of married women."""
    household_moves: Shares
    """Of heads, with everybody in their household."""
    own_moves: Shares
    """Of adults who leave a household that they do not head, nor their spouse."""
    stays_in_province: Shares
    """Of those who move, the share that stays in the province."""
    naturalisations: float
    citizenship_losses: float
    corrections: float


@lru_cache
def national_rates() -> Rates:
    """The rates that the tables under sample_data/people tell."""
    moves = _by_age(read_table("people/moves.csv"), "per_1000") / 1000
    citizenship = {row["what"]: float(row["per_million"]) / 1e6 for row in read_table("people/citizenship.csv")}
    married, unmarried = _births()
    return Rates(
        deaths=_deaths(),
        births_married=married,
        births_unmarried=unmarried,
        first_marriages=_by_sex("people/first_marriages.csv", "per_1000_unmarried"),
        remarriages=_by_sex("people/remarriages.csv", "per_1000"),
        divorces=_by_age(read_table("people/divorces.csv"), "per_1000_married") / 1000,
        household_moves=moves,
        own_moves=_own_moves(moves),
        stays_in_province=_by_age(read_table("people/moves.csv"), "share_within_province"),
        naturalisations=citizenship["naturalisation"],
        citizenship_losses=citizenship["loss"],
        corrections=living_plan()["corrections_per_million"] / 1e6,
    )


@lru_cache
def living_plan() -> dict[str, Any]:
    """The shares and levels of sample_data/people/living.json."""
    plan: dict[str, Any] = read_document("people/living.json")
    return plan


def _deaths() -> Shares:
    rows = read_table("people/deaths.csv")
    rates = np.stack([_by_age(rows, "male"), _by_age(rows, "female")]) / 1000
    oldest = max(int(row["to"]) for row in rows)
    rates[:, oldest + 1 :] = rates[:, [oldest]]
    return rates


def _births() -> tuple[Shares, Shares]:
    """Scaled so that a woman has as many children as the plan says, if at each age as many are married as the table says.

    Whoever has just had a child has none for ten months: the rate of the others is higher by as much.
    """
    plan = living_plan()
    births = _by_age(read_table("people/mothers_ages.csv"), "births_per_1000") / 1000
    rows = [row for row in read_table("people/marital_statuses.csv") if row["sex"] == Sex.FEMALE]
    wed = _by_age(rows, "married") / 1000
    outside = plan["births_outside_marriage"]
    married = np.divide((1 - outside) * births, wed, out=np.zeros(AGES), where=wed > 0)
    unmarried = np.divide(outside * births, 1 - wed)
    twins = read_document("people/living_arrangements.json").get("twin_births_per_1000", 0) / 1000
    level = plan["children_per_woman"] / (1 + twins) / float((wed * married + (1 - wed) * unmarried).sum())
    return _among_ready(married * level), _among_ready(unmarried * level)


def _among_ready(rate: Shares) -> Shares:
    """The hazard outside of the pause after a birth that makes this many births a year altogether."""
    pause = living_plan()["days_between_births"] / YEAR
    ready: Shares = rate / (1 - rate * pause)
    return ready


def _own_moves(moves: Shares) -> Shares:
    """What is left of an adult's rate once their household's is taken off."""
    rates: Shares = np.maximum(moves - moves[TYPICAL_HEAD], 0)
    rates[:LEAVES_HOME] = 0
    return rates


def _by_sex(table: str, column: str) -> Shares:
    rows = read_table(table)
    of_sex = [_by_age([row for row in rows if row["sex"] == sex], column) for sex in (Sex.MALE, Sex.FEMALE)]
    return np.stack(of_sex) / 1000


def _by_age(rows: list[dict[str, str]], column: str) -> Shares:
    values = np.zeros(AGES)
    for row in rows:
        values[int(row["from"]) : int(row["to"]) + 1] = float(row[column])
    return values
