"""The cohort's papers: as many accounts have each as people added in life, only who holds one has it, and the seed says who."""

from __future__ import annotations

import json
from math import sqrt

from flask import Flask
from sqlalchemy import select

from eid.agencies.models import DrivingLicence, Vehicle
from eid.agencies.service import load_agency_data
from eid.config import Settings
from eid.credentials.service import find_papers
from eid.db import db
from eid.demo.added_papers import INSURANCE_SHARE, LICENCE_SHARE, SHARES, VEHICLE_SHARE, draw_added_papers
from eid.demo.cohort import COHORT_FILE
from eid.demo.people import prepare_cohort
from eid.population.loading import load_population
from eid.population.service import find_adults, find_person
from tests.engines import one_engine

SEED = 2026
ACCOUNTS = 3000


@one_engine
def test_of_thousands_of_accounts_as_many_have_each_paper_as_in_life(app: Flask) -> None:
    """Who has a paper is drawn for each account by itself, with the share p on average, so of n accounts the share is off by a
    standard deviation of sqrt(p(1-p)/n) at most: 0.9, 0.8 and 0.6 in a hundred here. Three of them are sampling noise."""
    load_population(people=6000, seed=SEED)
    load_agency_data(SEED)
    people = find_adults(ACCOUNTS)
    everybody = {person.id for person in people}
    holders = {
        "health_insurance": everybody,  # as the test below shows
        "driving_licence": set(db.session.scalars(select(DrivingLicence.person_id))),
        "vehicle": set(db.session.scalars(select(Vehicle.owner_id))),
    }
    drawn = {person.id: draw_added_papers(person.pin, seed=SEED) for person in people}
    assert len(drawn) == ACCOUNTS
    for paper, share in {"health_insurance": 0.394, "driving_licence": 0.301, "vehicle": 0.112}.items():
        found = sum(paper in drawn[each] for each in everybody & holders[paper]) / ACCOUNTS
        assert abs(found - share) < 3 * sqrt(share * (1 - share) / ACCOUNTS), (paper, found)


@one_engine
def test_a_cohort_has_what_was_drawn_and_is_held_and_its_file_says_so(app: Flask, settings: Settings) -> None:
    load_population(people=300, seed=SEED)
    load_agency_data(SEED)
    told = []
    for _ in range(2):
        prepare_cohort(30, seed=SEED, state_dir=settings.state_dir, advance=lambda: None)
        told.append({m["pin"]: m["papers"] for m in json.loads((settings.state_dir / COHORT_FILE).read_text())})
    assert told[0] == told[1]
    held = {"driving_licence": DrivingLicence.person_id, "vehicle": Vehicle.owner_id}
    holders = {paper: set(db.session.scalars(select(column))) for paper, column in held.items()}
    for pin, papers in told[0].items():
        person_id = find_person(pin).id
        drawn = draw_added_papers(pin, seed=SEED)
        assert papers == [p for p in drawn if person_id in holders.get(p, {person_id})]
        assert {found.paper.name for found in find_papers(person_id)} & set(SHARES) == set(papers)
    had = {paper for papers in told[0].values() for paper in papers}
    assert had == set(SHARES)


def test_another_seed_draws_others_and_one_paper_says_nothing_of_the_next() -> None:
    pins = [f"0010900{number:05}" for number in range(400)]
    ours, others = ([draw_added_papers(pin, seed=seed) for pin in pins] for seed in (1, 2))
    assert ours != others
    assert ours == [draw_added_papers(pin, seed=1) for pin in pins]
    assert {("health_insurance" in drawn, "driving_licence" in drawn) for drawn in ours} == {
        (True, True),
        (True, False),
        (False, True),
        (False, False),
    }


def test_the_shares_are_those_that_were_published() -> None:
    """26.4, 20.2 and 7.5 of 67 million accounts."""
    assert [round(67 * share, 9) for share in (INSURANCE_SHARE, LICENCE_SHARE, VEHICLE_SHARE)] == [26.4, 20.2, 7.5]
