"""A deck of defects made by hand, all in one register: each is named by the rules that it breaks, and nobody else by any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

import pytest
import time_machine
from sqlalchemy import select

from eid.cli.population.inspection import CHECKS
from eid.clock import VIETNAM
from eid.db import db
from eid.population.models import Person
from tests.conftest import Databases, make_settings, running_app
from tests.population.quality.deck import (
    accounts,
    births,
    cards,
    deaths,
    duplicates,
    healthy,
    marriages,
    names,
    numbers,
    residence,
)
from tests.population.quality.deck.entry import TODAY, Entry
from tests.population.quality.deck.family import number_of, rows_of, words_of

SUBJECTS = (numbers, names, births, marriages, residence, deaths, duplicates, cards, accounts, healthy)
DECK: list[Entry] = [entry for subject in SUBJECTS for entry in subject.ENTRIES]
PLACES = range(len(DECK))
NOON = datetime.fromisoformat(TODAY).replace(hour=12, tzinfo=VIETNAM)

Named = Mapping[str, set[int]]
"""Rule → the numbers of those whom it names."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def named(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Named]:
    """What an audit of the whole deck says."""
    folder = tmp_path_factory.mktemp("deck")
    with (
        databases.empty(request.param, folder) as url,
        running_app(make_settings(folder / "state", url)),
        time_machine.travel(NOON, tick=False),
    ):
        for place, entry in enumerate(DECK):
            for rows in rows_of(entry, place):
                db.session.add_all(rows)
                db.session.flush()
        db.session.add_all(words_of(list(db.session.scalars(select(Person)))))
        db.session.commit()
        yield {check.rule.id: {defect.id for defect in check.find()} for check in CHECKS}


@pytest.mark.parametrize("place", PLACES, ids=[f"{p}-{DECK[p].told}" for p in PLACES])
def test_who_breaks_a_rule_is_named_and_nobody_else_of_the_family(named: Named, place: int) -> None:
    names_of = {number: name for name, number in number_of(place).items()}
    found: dict[str, set[str]] = defaultdict(set)
    for rule, numbers_named in named.items():
        for number in numbers_named & names_of.keys():
            found[rule].add(names_of[number])
    assert found == {rule: set(who.split()) for rule, who in DECK[place].breaks.items()}


def test_the_deck_tries_every_rule_by_a_hundred_defects_and_more() -> None:
    assert {rule for entry in DECK for rule in entry.breaks} == {check.rule.id for check in CHECKS}
    assert len([entry for entry in DECK if entry.breaks]) > 100
    assert len({entry.told for entry in DECK}) == len(DECK)
