"""Laws that hold after whatever happened: worlds from random seeds, lived for eighty acts."""

from collections import Counter
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from eid.population.life.kinds import LifeEventKind, MaritalStatus, Relation
from eid.population.life.state import apply_changes, read_changes, undo_changes, write_changes
from tests.population.life.world import World

seeds = st.integers(0, 23)
"""Few, so that the laws share worlds."""
a_few = settings(max_examples=12, deadline=None)


@lru_cache
def lived(seed: int) -> World:
    world = World(seed)
    world.live(80)
    return world


@a_few
@given(seeds)
def test_nobodys_marriage_is_one_sided(seed: int) -> None:
    people = lived(seed).people
    for person in people.values():
        if person.died_on is None:
            assert (person.spouse_id is not None) == (person.marital_status is MaritalStatus.MARRIED)
            assert person.spouse_id is None or people[person.spouse_id].spouse_id == person.id
            assert person.spouse_id is None or people[person.spouse_id].died_on is None


@a_few
@given(seeds)
def test_each_household_has_one_head_one_address_and_a_place_for_everybody(seed: int) -> None:
    people = lived(seed).people
    for household_id in {p.household_id for p in people.values()} - {None}:
        members = [p for p in people.values() if p.household_id == household_id]
        assert [p.relation_to_head for p in members].count(Relation.HEAD) == 1
        assert None not in [p.relation_to_head for p in members]
        assert len({p.residence_address for p in members}) == 1


@a_few
@given(seeds)
def test_the_dead_live_nowhere_and_the_living_somewhere(seed: int) -> None:
    for person in lived(seed).people.values():
        assert (person.household_id is None) == (person.relation_to_head is None) == (person.died_on is not None)


@a_few
@given(seeds)
def test_no_number_is_borne_twice_and_each_agrees_with_its_bearer(seed: int) -> None:
    people = lived(seed).people
    assert len({p.pin for p in people.values()}) == len(people)
    assert all((int(p.pin[3]) % 2 == 1) == (p.sex == "F") for p in people.values())


@a_few
@given(seeds)
def test_events_lead_from_the_first_state_to_the_present_and_back(seed: int) -> None:
    world = lived(seed)
    people = dict(world.first)
    for event in [event for act in world.events for event in act]:
        people[event.person_id] = apply_changes(people.get(event.person_id), event.changes)
    assert people == world.people
    for event in reversed([event for act in world.events for event in act]):
        before = undo_changes(people.pop(event.person_id), event.changes)
        people |= {} if before is None else {event.person_id: before}
    assert people == world.first


@a_few
@given(seeds)
def test_changes_are_read_as_they_were_written(seed: int) -> None:
    for act in lived(seed).events:
        for event in act:
            assert read_changes(write_changes(event.changes)) == event.changes


def test_everything_happens_in_these_worlds() -> None:
    """Otherwise the laws above would hold for want of trying."""
    kinds = Counter(event.kind for seed in range(8) for act in lived(seed).events for event in act)
    assert {kind for kind in LifeEventKind if not kinds[kind]} == {LifeEventKind.CARD_DUE}
