"""Defects of deaths and of the events that tell of them."""

from __future__ import annotations

from datetime import date, timedelta

from eid.population.models import LifeEventKind, Person
from eid.population.spoiling.spoiler import Breakage, Kind, Planted, Spoiler


def _a_hundred_and_thirty(spoiler: Spoiler, person: Person) -> Breakage:
    """No PIN can tell a year before 1900, so the year in it is wrong too."""
    if spoiler.children[person.id] or any((person.spouse_id, person.mother_id, person.father_id)):
        return None
    person.birth_date = date(1889, 5, 1)
    return [Planted("age-130", person.id), Planted("pin-year", person.id)]


def _dead_before_birth(spoiler: Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person) or person.birth_date.year > 2025:
        return None
    spoiler.die(person, person.birth_date - timedelta(days=30), recorded_after=None)
    return [Planted("death-order", person.id)]


def _dead_in_a_household(spoiler: Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person):
        return None
    home, relation = person.household_id, person.relation_to_head
    spoiler.die(person, spoiler.today - timedelta(days=30), recorded_after=4)
    person.household_id, person.relation_to_head = home, relation
    return [Planted("dead-household", person.id)]


def _recorded_dead_but_alive(spoiler: Spoiler, person: Person) -> Breakage:
    spoiler.record(person, LifeEventKind.DEATH, spoiler.today - timedelta(days=40), 1)
    return [Planted("death-undone", person.id)]


def _death_recorded_late(spoiler: Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person):
        return None
    spoiler.die(person, spoiler.today - timedelta(days=100), recorded_after=spoiler.rng.randint(17, 99))
    return [Planted("death-late", person.id)]


def _death_without_event(spoiler: Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person):
        return None
    spoiler.die(person, spoiler.today - timedelta(days=10), recorded_after=None)
    return [Planted("death-event", person.id)]


def _dead_twice(spoiler: Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person):
        return None
    day = spoiler.today - timedelta(days=50)
    spoiler.die(person, day, recorded_after=5)
    spoiler.record(person, LifeEventKind.DEATH, day, 9)
    return [Planted("event-twice", person.id)]


def _recorded_before_it_happened(spoiler: Spoiler, person: Person) -> Breakage:
    spoiler.record(person, LifeEventKind.MOVE, max(person.birth_date, spoiler.today - timedelta(days=60)), -9)
    return [Planted("event-order", person.id)]


def _recorded_in_the_future(spoiler: Spoiler, person: Person) -> Breakage:
    spoiler.record(person, LifeEventKind.HOUSEHOLD, spoiler.today - timedelta(days=1), spoiler.rng.randint(5, 90))
    return [Planted("event-order", person.id)]


def _happened_before_birth(spoiler: Spoiler, person: Person) -> Breakage:
    spoiler.record(person, LifeEventKind.CARD_DUE, person.birth_date - timedelta(days=400), 2)
    return [Planted("event-life", person.id)]


def _happened_after_death(spoiler: Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person):
        return None
    spoiler.die(person, spoiler.today - timedelta(days=90), recorded_after=2)
    spoiler.record(person, LifeEventKind.MOVE, spoiler.today - timedelta(days=70), 2)
    return [Planted("event-life", person.id)]


def _moved_but_not_there(spoiler: Spoiler, person: Person) -> Breakage:
    changes = {"residence_address": [person.residence_address, "Số 1, đường Chưa Đến"]}
    spoiler.record(person, LifeEventKind.MOVE, spoiler.today - timedelta(days=5), 1, changes)
    return [Planted("event-present", person.id)]


DEATH_KINDS: tuple[Kind, ...] = (
    _a_hundred_and_thirty,
    _dead_before_birth,
    _dead_in_a_household,
    _recorded_dead_but_alive,
    _death_recorded_late,
    _death_without_event,
)
EVENT_KINDS: tuple[Kind, ...] = (
    _dead_twice,
    _recorded_before_it_happened,
    _recorded_in_the_future,
    _happened_before_birth,
    _happened_after_death,
    _moved_but_not_there,
)
