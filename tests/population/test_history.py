"""The sum of events is the present: a population of a seed to which much happens through the use cases, and the way back."""

import random
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from eid.clock import world_today
from eid.db import db
from eid.errors import Refusal
from eid.population.homes import Address
from eid.population.life.kinds import MaritalStatus
from eid.population.life.recording import take_state
from eid.population.life.state import PersonState, apply_changes, read_changes, undo_changes
from eid.population.loading import load_population
from eid.population.models import LifeEvent, Person, Sex
from eid.population.numbers import age_on
from eid.population.places import list_communes
from eid.population.registration import (
    register_birth,
    register_death,
    register_divorce,
    register_marriage,
    register_move,
)

PEOPLE, SEED, ACTS = 600, 11, 60


def live(rng: random.Random, pins: list[str], single: dict[Sex, list[str]]) -> None:
    """Something happens to somebody, or is refused; those who are to marry or bear are single and of an age to."""
    one, other = rng.choice(pins), rng.choice(pins)
    bride, groom = rng.choice(single[Sex.FEMALE]), rng.choice(single[Sex.MALE])
    when = world_today() - timedelta(days=rng.randrange(30))
    address = Address("79", list_communes("79")[rng.randrange(9)].name, "Số 9, ngõ Mới")
    child: dict[str, Any] = {"surname": "Lê", "middle_name": "", "given_name": "Mai", "sex": rng.choice(list(Sex))}
    act = rng.choice(
        [
            lambda: register_death(one, died_on=when),
            lambda: register_divorce(one, divorced_on=when, leaver_pin=one, address=address),
            lambda: register_marriage(bride, groom, married_on=when, lives_with=groom),
            lambda: register_move(one, moved_on=when, host_pin=other),
            lambda: register_move(one, moved_on=when, address=address),
            lambda: register_birth(mother_pin=bride, **child, birth_date=when, province="01"),
        ]
    )
    try:
        act()
    except Refusal:
        db.session.rollback()


def all_people() -> dict[int, PersonState]:
    db.session.expire_all()
    return {row.id: take_state(row) for row in db.session.scalars(select(Person).order_by(Person.id))}


def test_seed_and_events_make_the_present_and_the_present_without_events_the_seed(app: Flask) -> None:
    load_population(people=PEOPLE, seed=SEED)
    first, rng = all_people(), random.Random(1)
    pins = [person.pin for person in first.values()]
    young = [person for person in first.values() if 20 <= age_on(person.birth_date, world_today()) < 40]
    single = {sex: [p.pin for p in young if p.sex is sex and p.marital_status == MaritalStatus.SINGLE] for sex in Sex}
    for _ in range(ACTS):
        live(rng, pins, single)
    present = all_people()
    events = db.session.scalars(select(LifeEvent).order_by(LifeEvent.id)).all()
    assert len({event.kind for event in events}) >= 6
    rebuilt = dict(first)
    for event in events:
        changes = read_changes(event.details["changes"])
        assert all(getattr(rebuilt.get(event.person_id), name, None) == before for name, (before, _) in changes.items())
        rebuilt[event.person_id] = apply_changes(rebuilt.get(event.person_id), changes)
    assert rebuilt == present
    for event in reversed(events):
        before = undo_changes(rebuilt.pop(event.person_id), read_changes(event.details["changes"]))
        rebuilt |= {} if before is None else {event.person_id: before}
    assert rebuilt == first
