"""The country lives: the sum of events is the present, no day is lived twice, the audit finds nothing wrong."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, datetime
from itertools import pairwise

import numpy as np
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from eid.accounts.models import Account
from eid.accounts.opening import open_account
from eid.audit import find_acts_about
from eid.cards.models import Card
from eid.cards.service import issue_card
from eid.cli.population.live import live as live_command
from eid.clock import world_now, world_today
from eid.config import Settings
from eid.db import db
from eid.errors import Conflict, Refused
from eid.population.life.state import PersonState, apply_changes, read_changes, undo_changes
from eid.population.living import service
from eid.population.living.births import pass_away
from eid.population.living.country import Country
from eid.population.living.drawing import CARD_AGES
from eid.population.living.luck import Luck
from eid.population.living.rates import AGES, living_plan, national_rates
from eid.population.living.reading import RegisterReader, read_next_ids
from eid.population.living.scene import Scene
from eid.population.living.service import find_lived_until, live_days
from eid.population.loading import load_population
from eid.population.models import LifeEvent, LifeEventKind, Person, ReplacedPin
from eid.population.numbers import Sex, age_on
from eid.population.quality.inspection import POPULATION_CHECKS, audit_population
from eid.population.sample_data import read_table
from eid.population.service import find_adults, find_person_by_id
from tests.people import HOA, record_one
from tests.population.test_published import PUBLISHED

START = datetime(2026, 3, 1, 5, 0).astimezone()
PEOPLE = 1200


def read_all() -> dict[int, PersonState]:
    ids = list(db.session.scalars(select(Person.id)))
    return {person.id: person for person in RegisterReader().read_people(ids)}


def read_events() -> list[LifeEvent]:
    return list(db.session.scalars(select(LifeEvent).order_by(LifeEvent.effective_on, LifeEvent.id)))


def live(days: int) -> Counter[str]:
    events: Counter[str] = Counter()
    for lived in live_days(days):
        events += lived.events
        assert not lived.refused
    return events


def test_the_sum_of_events_is_the_present_and_a_day_can_be_read_again(app: Flask) -> None:
    with time_machine.travel(START, tick=False):
        load_population(people=PEOPLE, seed=3)
        first = read_all()
        live(90)
        middle, middle_day = read_all(), world_today()
        last_before = max(event.id for event in read_events())
        live(90)
        present, events = read_all(), read_events()
        assert all(event.recorded_at <= world_now() and event.effective_on <= world_today() for event in events)
    built: dict[int, PersonState] = dict(first)
    for event in events:
        changes = read_changes(event.details["changes"])
        before = built.get(event.person_id)
        assert all(getattr(before, name, None) == old for name, (old, _) in changes.items())
        if changes:
            built[event.person_id] = apply_changes(before, changes)
    assert built == present
    undone: dict[int, PersonState | None] = dict(present)
    for event in reversed(events):
        state = undone[event.person_id]
        assert state is not None
        undone[event.person_id] = undo_changes(state, read_changes(event.details["changes"]))
    assert {i: state for i, state in undone.items() if state is not None} == first
    known_then = {event.id for event in events if event.id <= last_before}
    then: dict[int, PersonState] = dict(first)
    for event in events:
        if event.id in known_then and (changes := read_changes(event.details["changes"])):
            then[event.person_id] = apply_changes(then.get(event.person_id), changes)
    assert then == middle
    assert middle_day == date(2026, 5, 30)


def test_the_audit_finds_nothing_wrong_after_years(app: Flask) -> None:
    with time_machine.travel(START, tick=False):
        load_population(people=PEOPLE, seed=4)
        events = live(2 * 365)
        wrong = {f.rule.id: f.examples for f in audit_population(POPULATION_CHECKS).findings if f.count}
    assert wrong == {}
    assert {"birth", "death", "widowhood", "marriage", "divorce", "move", "card_due"} <= set(events)


def test_what_happens_follows_the_rates_and_those_that_were_published(app: Flask) -> None:
    """Five standard deviations of a count are allowed, and a tenth for those who come, go and age within the year.

    Against published crude rates a fifth: the made-up nation has other shares at each age than the one that was counted, and
    migrants are asked for after five years, when some have moved twice. Divorces: see check_published_rates.
    """
    with time_machine.travel(START, tick=False):
        load_population(people=10_000, seed=5)
        living = [person for person in read_all().values() if person.died_on is None]
        ages = [(age_on(person.birth_date, START.date()), person.sex is Sex.FEMALE) for person in living]
        events = live(365)
    rates, plan = national_rates(), living_plan()
    rows = read_table("people/mothers_ages.csv")
    bearing = [sum(float(row["births_per_1000"]) for row in rows if is_in(age, row)) for age in range(AGES)]
    expected = {
        "death": sum(rates.deaths[int(is_woman), age] for age, is_woman in ages),
        "birth": sum(bearing[age] for age, is_woman in ages if is_woman) * plan["children_per_woman"] / sum(bearing),
        "card_due": sum(age + 1 in CARD_AGES for age, _ in ages),
    }
    for kind, count in expected.items():
        assert abs(events[kind] - count) < 5 * count**0.5 + count / 10, (kind, events[kind], count)
    check_published_rates(events, len(living))


def check_published_rates(events: Counter[str], living: int) -> None:
    """Couples, not people, marry and part. The census of 2024 found half a million more divorced people than that of 2019, which
    takes 1.0 of a thousand a year; statistics of courts tell 0.28, so the lived rate lies above these and below 1.5.
    """
    happened = {
        "births_per_1000": events["birth"],
        "deaths_per_1000": events["death"],
        "marriages_per_1000": events["marriage"] / 2,
        "percent_migrants_in_five_years": events["move"] * 5 / 10,
    }
    for what, count in happened.items():
        published = PUBLISHED[what] * living / 1000
        assert abs(count - published) < 4 * published**0.5 + published / 5, (what, count, published)
    assert PUBLISHED["divorces_per_1000"] < events["divorce"] / 2 / living * 1000 < 1.5


def is_in(age: int, row: dict[str, str]) -> bool:
    return int(row["from"]) <= age <= int(row["to"])


def test_life_does_not_depend_on_how_it_is_cut(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(START, tick=False):
        load_population(people=600, seed=6)
        live(60)
        whole = [(e.person_id, e.kind, e.effective_on, e.details) for e in read_events()]
        state = read_all()
    events = ("life_events", "name_words", "replaced_pins", "health_insurances")
    for table in (*events, "persons", "households", "audit_entries"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.commit()
    monkeypatch.setattr(service, "PERSON_DAYS", 11 * 1000)
    (app.extensions["eid.settings"].world_clock_file).unlink()
    with time_machine.travel(START, tick=False):
        load_population(people=600, seed=6)
        live(23)
        live(37)
        assert [(e.person_id, e.kind, e.effective_on, e.details) for e in read_events()] == whole
        assert read_all() == state


def test_days_by_which_the_clock_was_moved_are_made_up_for(app: Flask) -> None:
    with time_machine.travel(START, tick=False):
        load_population(people=300, seed=7)
        live(10)
        assert (find_lived_until(), world_today()) == (date(2026, 3, 11), date(2026, 3, 11))
    with time_machine.travel(datetime(2026, 3, 3, 5, 0).astimezone(), tick=False):
        (lived,) = live_days(5)
        assert (lived.first_day, lived.last_day) == (date(2026, 3, 12), date(2026, 3, 18))
    (app.extensions["eid.settings"].world_clock_file).write_text('{"offset_seconds": 0}')
    with time_machine.travel(START, tick=False):
        (lived,) = live_days(1)
        assert (lived.first_day, world_today()) == (date(2026, 3, 19), date(2026, 3, 19))


def test_a_replaced_pin_is_kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rates = service.national_rates()
    monkeypatch.setattr(service, "national_rates", lambda: type(rates)(**(vars(rates) | {"corrections": 0.3})))
    with time_machine.travel(START, tick=False):
        load_population(people=500, seed=8)
        live(60)
    events = [e for e in read_events() if e.kind == LifeEventKind.CORRECTION]
    assert events
    kept = {(pin.pin, pin.person_id) for pin in db.session.scalars(select(ReplacedPin))}
    assert {(e.details["changes"]["pin"][0], e.person_id) for e in events} <= kept


def test_card_and_account_of_the_dead_are_locked_in_the_same_window(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = service.national_rates()
    mortal = type(rates)(**(vars(rates) | {"deaths": np.full_like(rates.deaths, 6.0)}))
    monkeypatch.setattr(service, "national_rates", lambda: mortal)
    with time_machine.travel(START, tick=False):
        load_population(people=60, seed=8)
        holder = find_adults(1)[0].id
        issue_card(find_person_by_id(holder).pin)
        open_account(find_person_by_id(holder).pin, "0912345678", officer=1)
        live(360)
        person = find_person_by_id(holder)
        db.session.refresh(person)
        assert person.died_on is not None
        acts = {entry.act for entry in find_acts_about(holder)}
    assert db.session.scalar(select(Account.state).where(Account.person_id == holder)) == "locked"
    assert db.session.scalar(select(Card.state).where(Card.person_id == holder)) == "revoked"
    assert "lock_account" in acts


def test_nobody_cannot_live(app: Flask) -> None:
    with pytest.raises(Conflict) as refused:
        list(live_days(1))
    assert refused.value.code == "population_missing"


def test_minors_whose_last_adult_dies_and_who_have_no_kin_are_taken_in_by_a_guardian(app: Flask) -> None:
    load_population(people=PEOPLE, seed=4)
    record_one(HOA, relation_to_head="head")
    child = {"person_id": 2, "pin": "901315000102", "birth_date": date(2015, 6, 1), "given_name": "An", "mother_id": 1}
    record_one(HOA | child | {"household_id": 1}, relation_to_head="child")
    db.session.commit()
    country = Country(RegisterReader(), *read_next_ids())
    mother = country.find(1)
    assert mother is not None
    day = date(2026, 3, 1)
    pass_away(Scene(country, national_rates(), {}, day, START, Luck(1, "a death")), mother)
    orphan = country.find(2)
    assert orphan is not None and orphan.household_id not in (None, 1)
    host = next(p for p in country.list_household(orphan.household_id) if p.relation_to_head == "head")
    assert host.marital_status == "married" and 30 <= age_on(host.birth_date, day) <= 65
    assert (orphan.relation_to_head, orphan.residence_address) == ("other", host.residence_address)
    assert [e.happened.kind for e in country.entries if e.happened.person_id == 2][-1] == "move"


def test_production_does_not_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EID_MODE", "production")
    monkeypatch.setenv("EID_PUBLIC_URL", "https://eid.example")
    monkeypatch.setenv("EID_FACE_MATCHER", "none")
    with pytest.raises(Refused) as refused:
        live_command.main(["--days", "1"], standalone_mode=False)
    assert refused.value.code == "demo_only"


def test_a_life_that_is_killed_stands_at_its_last_window(app: Flask, settings: Settings) -> None:
    load_population(people=1000, seed=9)
    db.session.remove()
    environ = {"EID_DATABASE_URL": settings.database_url, "EID_STATE_DIR": str(settings.state_dir)}
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"} | environ
    command = [sys.executable, "-m", "eid", "population", "live", "--days", "30000"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while find_lived_until() is None and time.monotonic() < deadline:
        db.session.rollback()
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    db.session.rollback()
    until = find_lived_until()
    assert until is not None
    latest = max(event.recorded_at for event in read_events())
    assert latest.date() <= until
    assert until in (world_today(), max(until, world_today()))
    (lived,) = live_days(1)
    assert lived.first_day > until
    assert all(a.id < b.id for a, b in pairwise(db.session.scalars(select(LifeEvent).order_by(LifeEvent.id))))
