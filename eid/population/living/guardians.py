"""Who takes in minors whose last adult died: parents and grandparents, else a guardian. Pure.

Civil Code 2015, articles 47 and 52: kin come first; article 54: else the commune names somebody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from eid.population.life.acts import move
from eid.population.life.kinds import MaritalStatus, Relation
from eid.population.life.state import PersonState
from eid.population.living.addresses import home_of
from eid.population.living.scene import Scene
from eid.population.numbers import age_on
from eid.population.snapshot import FIRST_GENERATED_ID

GUARDIANS_AGES = range(30, 66)
KIN_AGES = range(18, 130)
TRIES, TRIES_NEARBY = 2_000, 1_000
"""One of a few hundred people drawn is married, of that age, and heads a household of the province."""


def take_in(scene: Scene, minors: list[PersonState], on: date) -> None:
    """The minors, who live together, live with kin now or with a guardian.

    Nobody who could be a guardian was found where the country has hardly any people; then they stay, for an officer to see to.
    """
    country, ids = scene.country, [minor.id for minor in minors]
    for host, ages in (*((kin, KIN_AGES) for kin in _list_kin(scene, ids)), *_draw_guardians(scene, minors[0])):
        home = home_of(host)
        if home is None or home.id == minors[0].household_id or age_on(host.birth_date, on) not in ages:
            continue
        people = country.gather(ids, homes=(home.id,))
        on = max(on, scene.latest_day(people, {home.id}))
        scene.record(move(ids, home, on=on, today=scene.day, people=people))
        return


def _list_kin(scene: Scene, ids: list[int]) -> list[PersonState]:
    """Living ancestors of two generations, the youngest first."""
    people = scene.country.gather(ids, generations=2).values()
    return sorted((p for p in people if p.died_on is None), key=lambda p: (-p.birth_date.toordinal(), p.id))


def _draw_guardians(scene: Scene, minor: PersonState) -> Iterator[tuple[PersonState, range]]:
    """Married heads of households by chance, at first of the minor's province alone."""
    country = scene.country
    for number in range(TRIES):
        drawn = country.find(FIRST_GENERATED_ID + scene.luck.below(country.next_person_id - FIRST_GENERATED_ID))
        if drawn is None or drawn.died_on is not None or drawn.relation_to_head is not Relation.HEAD:
            continue
        is_near = drawn.residence_province == minor.residence_province
        if drawn.marital_status is MaritalStatus.MARRIED and (is_near or number >= TRIES_NEARBY):
            yield drawn, GUARDIANS_AGES
