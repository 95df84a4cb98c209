"""Weddings and divorces, and who lives with whom after them. Pure: eid.population.life decides what they change."""

from __future__ import annotations

from collections.abc import Iterator

from eid.errors import Refusal
from eid.population.life.acts import divorce, marry
from eid.population.life.kinds import Relation
from eid.population.life.rules import ADULT
from eid.population.life.state import Home, People, PersonState
from eid.population.living.addresses import find_home_nearby, home_of
from eid.population.living.luck import Luck
from eid.population.living.rates import living_plan
from eid.population.living.scene import Scene
from eid.population.numbers import age_on

LATEST_DIVORCE = 15

Removal = tuple[Home | None, list[int]]
"""A home, and who goes to live there."""


def wed(scene: Scene, bride: PersonState) -> None:
    """The bride marries the best of the men of the month whom she may marry; if there is none, nobody yet."""
    suitors = scene.suitors[scene.day.replace(day=1)]
    for man_id in suitors.list_fitting(bride, scene.day, scene.luck):
        groom = scene.country.find(man_id)
        if groom is not None and groom.household_id is not None and _marry(scene, bride, groom):
            return


def part(scene: Scene, wife: PersonState) -> None:
    """The couple is divorced; one of them leaves, if they lived together."""
    husband = scene.country.find(wife.spouse_id)
    if husband is None or husband.spouse_id != wife.id or husband.household_id is None:
        return
    people = scene.country.gather((wife.id, husband.id))
    for home, movers in _ways_apart(scene, wife, husband, people):
        around = scene.country.gather((wife.id, husband.id), homes=(home.id,) if home else ())
        homes = {wife.household_id, husband.household_id, home.id if home else None}
        on = scene.look_back(LATEST_DIVORCE, not_before=scene.latest_day(around, homes))
        try:
            happened = divorce(wife.id, husband.id, on=on, today=scene.day, people=around, home=home, movers=movers)
        except Refusal:
            continue
        scene.record(happened, home=home)
        return


def _marry(scene: Scene, bride: PersonState, groom: PersonState) -> bool:
    people = scene.country.gather((bride.id, groom.id), generations=2)
    for home, movers in _ways_together(scene, bride, groom, people):
        try:
            happened = marry(bride.id, groom.id, on=scene.day, today=scene.day, people=people, home=home, movers=movers)
        except Refusal as refusal:
            if refusal.code in ("minors_alone", "move_same_home"):
                continue
            return False
        scene.record(happened, home=home)
        return True
    return False


def _ways_together(scene: Scene, bride: PersonState, groom: PersonState, people: People) -> Iterator[Removal]:
    """Where the couple might live, what they like best first: with his people, with hers, by themselves."""
    if bride.household_id == groom.household_id:
        yield None, []
        return
    plan, luck = living_plan(), scene.luck
    hers, his = _with_children(bride, people, scene), _with_children(groom, people, scene)
    with_him, with_her = (home_of(groom), hers), (home_of(bride), his)
    alone = find_home_nearby(scene.country, groom, luck), [*hers, *his]
    leads = groom.relation_to_head is Relation.HEAD
    if not leads and luck.share() < plan["new_couple_founds_household"]:
        yield alone
    yield from (with_him, with_her) if luck.share() < plan["couple_lives_with_his_family"] else (with_her, with_him)
    yield alone


def _ways_apart(scene: Scene, wife: PersonState, husband: PersonState, people: People) -> Iterator[Removal]:
    """Who is less at home there leaves; the children that they have together stay with one of them."""
    if wife.household_id != husband.household_id:
        yield None, []
        return
    luck = scene.luck
    wife_stays = wife.relation_to_head is Relation.HEAD or _has_parent_there(wife, people)
    leaver, stayer = (husband, wife) if wife_stays else (wife, husband)
    kept_by_father = luck.share() < living_plan()["child_of_divorced_lives_with_father"]
    keeper = husband if kept_by_father else wife
    home = _parents_home(scene, leaver, luck) or find_home_nearby(scene.country, leaver, luck)
    children = _with_children(leaver, people, scene)[1:]
    shared = {i for i in children if stayer.id in people[i].parent_ids}
    goes = [leaver.id, *(i for i in children if i not in shared or keeper.id == leaver.id)]
    yield home, goes
    yield home, [leaver.id, *children]
    yield home, [leaver.id, *(i for i in children if i not in shared)]


def _parents_home(scene: Scene, person: PersonState, luck: Luck) -> Home | None:
    """The home of a living parent who lives elsewhere, for one in two."""
    if luck.share() < 0.5:
        return None
    parents = (scene.country.find(i) for i in (person.mother_id, person.father_id))
    homes = (home_of(parent) for parent in parents if parent is not None and parent.died_on is None)
    return next((home for home in homes if home is not None and home.id != person.household_id), None)


def _has_parent_there(person: PersonState, people: People) -> bool:
    return any(i in people and people[i].household_id == person.household_id for i in person.parent_ids)


def _with_children(person: PersonState, people: People, scene: Scene) -> list[int]:
    """The person, and their minor children who live with them."""
    children = [
        p.id
        for p in people.values()
        if p.household_id == person.household_id
        and person.id in p.parent_ids
        and age_on(p.birth_date, scene.day) < ADULT
    ]
    return [person.id, *sorted(children)]
