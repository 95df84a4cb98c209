"""The names of a block: children bear their father's surname; middle and given names follow sex and year of birth."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from eid.population.names import cohort_of, given_name_weights, is_northern, middle_name_weights, surname_weights
from eid.population.numbers import Sex
from eid.population.synthesis.block import BLOCK_SIZE, NOBODY, Block
from eid.population.synthesis.chances import Chances

Name = tuple[str, str, str]


def name_block(block: Block, province_of: Callable[[int], str], rng: random.Random) -> list[Name]:
    """Surname, middle and given name of each; no two children of one mother have the same given name.

    A child whose father is not in the register bears an absent father's surname, the same for all of one mother's.
    """
    names: list[Name] = [("", "", "")] * BLOCK_SIZE
    absent: dict[int, str] = {}
    called: dict[int, set[str]] = {}
    for i in reversed(range(BLOCK_SIZE)):
        sex, cohort = Sex.FEMALE if block.women[i] else Sex.MALE, cohort_of(date.fromordinal(block.births[i]).year)
        father, mother = block.fathers[i], block.mothers[i]
        if father != NOBODY:
            surname = names[father][0]
        elif mother != NOBODY and mother in absent:
            surname = absent[mother]
        else:
            surname = _surnames(is_northern(province_of(i))).draw(rng)
            absent[mother] = surname
        middle_name = _middle_names(sex, cohort).draw(rng)
        siblings = called.setdefault(mother, set()) if mother != NOBODY else set()
        given_name = _given_names(sex, cohort).draw(rng)
        while given_name in siblings or middle_name.endswith(given_name):
            given_name = _given_names(sex, cohort).draw(rng)
        siblings.add(given_name)
        names[i] = (surname, middle_name, given_name)
    return names


@lru_cache
def _surnames(northern: bool) -> Chances[str]:
    return Chances(surname_weights(northern))


@lru_cache
def _middle_names(sex: Sex, cohort: int) -> Chances[str]:
    return Chances(middle_name_weights(sex, cohort))


@lru_cache
def _given_names(sex: Sex, cohort: int) -> Chances[str]:
    return Chances(given_name_weights(sex, cohort))
