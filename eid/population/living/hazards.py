"""At which rate something befalls somebody, being who they are that day. Pure."""

from __future__ import annotations

from datetime import date

from eid.population.life.acts import CITIZEN
from eid.population.life.kinds import MaritalStatus, Relation
from eid.population.life.rules import ADULT
from eid.population.life.state import PersonState
from eid.population.living.drawing import Chance
from eid.population.living.rates import AGES, YEAR, Rates
from eid.population.numbers import Sex

NEVER = 0.0
ALWAYS = float("inf")


def rate_for(chance: Chance, person: PersonState, rates: Rates, month: date) -> float:
    """Events a year; at the age that the person has when the month begins, as candidates were drawn."""
    age = min(max(int((month - person.birth_date).days / YEAR), 0), AGES - 1)
    if person.died_on is not None:
        return NEVER
    if chance is Chance.DEATH:
        return float(rates.deaths[int(person.sex is Sex.FEMALE), age])
    if chance is Chance.MOVE:
        return _moving(person, rates, age)
    if chance is Chance.CORRECTION:
        return rates.corrections
    if chance in (Chance.CARD_DUE, Chance.NATURALISATION, Chance.CITIZENSHIP_LOSS):
        return _belonging(chance, person, rates, age)
    return _founding_a_family(chance, person, rates, age)


def _moving(person: PersonState, rates: Rates, age: int) -> float:
    """A head takes the household along; of a couple in somebody else's household it is the husband who decides."""
    if person.relation_to_head is Relation.HEAD:
        return float(rates.household_moves[age])
    led = person.relation_to_head is Relation.SPOUSE or (person.sex is Sex.FEMALE and person.spouse_id is not None)
    return NEVER if led else float(rates.own_moves[age])


def _belonging(chance: Chance, person: PersonState, rates: Rates, age: int) -> float:
    citizen = person.nationality == CITIZEN
    if chance is Chance.CARD_DUE:
        return ALWAYS if citizen else NEVER
    if age < ADULT or citizen != (chance is Chance.CITIZENSHIP_LOSS):
        return NEVER
    return rates.citizenship_losses if citizen else rates.naturalisations


def _founding_a_family(chance: Chance, woman: PersonState, rates: Rates, age: int) -> float:
    """A birth, the wedding of the bride, the divorce of the wife."""
    if woman.sex is not Sex.FEMALE or woman.household_id is None:
        return NEVER
    married = woman.marital_status is MaritalStatus.MARRIED
    if chance is Chance.BIRTH:
        return float((rates.births_married if married else rates.births_unmarried)[age])
    if chance is Chance.DIVORCE:
        return float(rates.divorces[age]) if married and woman.spouse_id is not None else NEVER
    if married:
        return NEVER
    return float((rates.first_marriages if woman.marital_status is MaritalStatus.SINGLE else rates.remarriages)[1, age])
