"""Moves: of whole households, of people who leave one. Pure: eid.population.life decides what they change."""

from __future__ import annotations

from eid.errors import Refusal
from eid.population.life.acts import move
from eid.population.life.kinds import Relation
from eid.population.life.rules import ADULT
from eid.population.life.state import Home, People, PersonState
from eid.population.living.addresses import find_new_home, home_of
from eid.population.living.scene import Scene
from eid.population.numbers import age_on

LATEST_MOVE = 10
JOINS_KIN = 0.25
"""Of those who move alone and have a living parent elsewhere."""


def relocate(scene: Scene, person: PersonState) -> None:
    """A head moves with the household, anybody else with spouse and children who live with them."""
    country = scene.country
    people = country.gather((person.id,))
    movers = _movers(scene, person, people)
    stays = float(scene.rates.stays_in_province[min(age_on(person.birth_date, scene.day), 129)])
    home = find_new_home(country, person, scene.luck, stays=stays)
    if movers == [person.id] and scene.luck.share() < JOINS_KIN:
        home = _kins_home(scene, person) or home
    around = country.gather((person.id,), homes=(home.id,))
    on = scene.look_back(LATEST_MOVE, not_before=scene.latest_day(around, {person.household_id, home.id}))
    try:
        happened = move(movers, home, on=on, today=scene.day, people=around)
    except Refusal as refusal:
        if refusal.code != "minors_alone":
            raise
        return
    scene.record(happened, home=home)


def _movers(scene: Scene, person: PersonState, people: People) -> list[int]:
    members = [p for p in people.values() if p.household_id == person.household_id]
    if person.relation_to_head is Relation.HEAD:
        return sorted(p.id for p in members)
    pair = {person.id} | {p.id for p in members if p.id == person.spouse_id}
    children = {p.id for p in members if p.parent_ids & pair and age_on(p.birth_date, scene.day) < ADULT}
    return sorted(pair | children)


def _kins_home(scene: Scene, person: PersonState) -> Home | None:
    parents = (scene.country.find(i) for i in (person.mother_id, person.father_id))
    homes = (home_of(parent) for parent in parents if parent is not None and parent.died_on is None)
    return next((home for home in homes if home is not None and home.id != person.household_id), None)
