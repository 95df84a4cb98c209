"""Loading a population: all or nothing, once, on both databases."""

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text

from eid.audit import AuditEntry
from eid.config import Settings
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.population import registration, service
from eid.population.loading import load_population
from eid.population.models import Household, NameWord, Person
from eid.population.snapshot import FIRST_GENERATED_ID
from tests.engines import one_engine
from tests.people import HOA, record_one
from tests.population.synthesis.made import PersonRow, born, died, make_households, make_people


def test_the_register_holds_what_was_made_up(app: Flask) -> None:
    told: list[int] = []
    assert load_population(people=1500, seed=3, progress=told.append) == 1500
    assert sum(told) == service.count_people() == 1500
    people = make_people(1500, 3)
    for row in people[:50] + people[-50:]:
        person = service.find_person(row.pin)
        found = {name: getattr(person, name) for name in PersonRow._fields}
        assert found == row._asdict() | {"birth_date": born(row), "died_on": died(row)}
    counted = db.session.scalar(select(func.count()).select_from(Household))
    assert counted == len(make_households(1500, 3))
    assert db.session.scalars(select(AuditEntry.details)).one() == {"people": 1500, "seed": 3}


def test_the_cast_stays_beside_the_loaded(app: Flask) -> None:
    record_one(HOA)
    db.session.commit()
    load_population(people=50, seed=3)
    assert service.find_person(HOA["pin"]).id == 1
    assert service.count_people() == 51


def test_every_word_of_a_loaded_name_leads_to_it(app: Flask) -> None:
    record_one(HOA)
    db.session.commit()
    load_population(people=400, seed=3)
    names = set(db.session.scalars(select(Person.folded_name)))
    pairs = {(row.word, row.folded_name) for row in db.session.execute(select(NameWord.word, NameWord.folded_name))}
    assert pairs == {(word, name) for name in names for word in name.split()}


def test_a_load_leaves_indexes_and_keys_as_they_were_and_statistics(app: Flask) -> None:
    before = describe_indexes()
    db.session.rollback()
    load_population(people=200, seed=3)
    assert describe_indexes() == before
    assert {"ix_persons_pin", "ix_persons_household_id", "fk_persons_household_id"} <= set(before)
    table = {"sqlite": "sqlite_stat1 WHERE tbl = 'persons'", "postgresql": "pg_stats WHERE tablename = 'persons'"}
    assert db.session.scalar(text(f"SELECT count(*) FROM {table[db.engine.dialect.name]}"))


def test_sqlites_log_of_a_load_does_not_stay_on_the_disk(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        load_population(people=3000, seed=3)
        assert Path(f"{db.engine.url.database}-wal").stat().st_size == 0


def describe_indexes() -> dict[str, str]:
    inspector = inspect(db.session.connection())
    found = inspector.get_indexes("persons") + inspector.get_foreign_keys("persons")
    return {str(thing["name"]): json.dumps(thing, default=str) for thing in found}


def test_a_second_load_is_refused_and_changes_nothing(app: Flask) -> None:
    load_population(people=50, seed=3)
    with pytest.raises(Conflict) as refusal:
        load_population(people=60, seed=4)
    assert refusal.value.code == "population_exists"
    db.session.rollback()
    assert service.count_people() == 50


def test_a_birth_after_a_load_gets_the_next_number(app: Flask) -> None:
    load_population(people=1000, seed=3)
    mother = db.session.scalars(
        select(Person).where(Person.sex == "F", Person.birth_date.between(date(1995, 1, 1), date(2000, 1, 1)))
    ).first()
    assert mother is not None
    newborn = registration.register_birth(
        mother_pin=mother.pin,
        surname=mother.surname,
        middle_name="",
        given_name="An",
        birth_date=date(2026, 2, 3),
        sex=service.Sex.MALE,
        province="01",
    )
    assert newborn.id == FIRST_GENERATED_ID + 1000


@one_engine
@pytest.mark.parametrize(("people", "seed", "code"), [(0, 1, "people_out_of_range"), (10, -1, "seed_out_of_range")])
def test_counts_and_seeds_that_make_no_sense_load_nothing(app: Flask, people: int, seed: int, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        load_population(people=people, seed=seed)
    assert refusal.value.code == code
    assert service.count_people() == 0


LOADER = """
import signal
import sys
from pathlib import Path
from eid.app import create_app
from eid.config import Settings
from eid.population.loading import load_population
from tests.turns import both_engines

pytestmark = both_engines
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background is started with it ignored
app = create_app(Settings(state_dir=Path(sys.argv[1]), database_url=sys.argv[2], log_level="error"))
with app.app_context():
    load_population(people=1_000_000, seed=1, progress=lambda more: print(more, flush=True))
"""


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_load_leaves_nothing_behind_and_can_be_run_again(
    app: Flask, settings: Settings, blow: signal.Signals
) -> None:
    loader = subprocess.Popen(
        [sys.executable, "-c", LOADER, str(settings.state_dir), settings.database_url],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    assert loader.stdout is not None
    try:
        assert 0 < int(loader.stdout.readline()) < 1_000_000
        loader.send_signal(blow)
        assert loader.wait(60) != 0
    finally:
        loader.kill()
        loader.communicate()
    assert service.count_people() == 0
    assert db.session.scalar(select(func.count()).select_from(Household)) == 0
    assert "ix_persons_pin" in describe_indexes()
    db.session.rollback()
    load_population(people=100, seed=1)
    assert service.count_people() == 100
