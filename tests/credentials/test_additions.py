"""Papers that are asked for: nothing is told before the answer, one request at a time, and what was written is not kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from eid.accounts.levels import AccountLevel
from eid.agencies.service import ANSWERS, record_vehicle
from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.credentials.additions import (
    ANSWERED_AFTER,
    Addition,
    ask_for_paper,
    find_addition,
    list_additions,
    record_prepared_additions,
)
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.matching import GivenData
from eid.credentials.models import PaperAddition
from eid.credentials.service import find_claims, find_papers, issue_paper_token
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.population.models import Person
from tests.people import record_account_of


@pytest.fixture
def plate(person: Person) -> str:
    given = record_vehicle(person.id)
    db.session.commit()
    return given


def ask(person: Person, plate: str, paper: str = "vehicle") -> Addition:
    return ask_for_paper(person.id, paper, GivenData("Trần Văn Minh", date(1985, 11, 2), person.pin, plate))


def issue(person: Person) -> str:
    return issue_paper_token(person_id=person.id, paper="vehicle", audience="clinic", subject="s").token


def test_until_the_answer_is_there_nothing_is_told(person: Person, plate: str) -> None:
    with time_machine.travel(wall_now(), tick=False) as clock:
        for asked in (False, True):
            if asked:
                ask(person, plate)
            clock.shift(ANSWERED_AFTER - timedelta(seconds=1))
            assert find_claims("vehicle", person.id) is None
            assert "vehicle" not in [found.paper.name for found in find_papers(person.id)]
            with pytest.raises(Conflict) as refusal:
                issue(person)
            assert refusal.value.code == "paper_not_added"
        clock.shift(timedelta(seconds=1))
        content = find_claims("vehicle", person.id)
        assert content is not None
        assert [vehicle["plate"] for vehicle in content["vehicles"]] == [plate]
        assert issue(person)


def test_a_refused_one_is_never_told_until_it_is_asked_for_again(person: Person, plate: str) -> None:
    with time_machine.travel(wall_now(), tick=False) as clock:
        ask(person, "50W-000.00")
        clock.shift(ANSWERED_AFTER)
        refused = find_addition(person.id, "vehicle")
        assert (refused.state, refused.differs) == ("refused", "number")
        assert find_claims("vehicle", person.id) is None
        ask(person, plate)
        clock.shift(ANSWERED_AFTER)
        assert find_addition(person.id, "vehicle").state == "done"


def test_one_paper_is_asked_for_once_at_a_time(person: Person, plate: str) -> None:
    with time_machine.travel(wall_now(), tick=False) as clock:
        ask(person, plate)
        with pytest.raises(Conflict) as twice:
            ask(person, plate)
        assert twice.value.code == "addition_in_progress"
        db.session.rollback()
        clock.shift(ANSWERED_AFTER)
        with pytest.raises(Conflict) as had:
            ask(person, plate)
        assert had.value.code == "paper_added"


def test_what_was_written_is_not_kept(person: Person, plate: str) -> None:
    ask(person, "50W-000.00")
    row = db.session.scalars(db.select(PaperAddition).where(PaperAddition.paper == "vehicle")).one()
    kept = {column.key: getattr(row, column.key) for column in PaperAddition.__table__.columns}
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.act == "ask_for_paper")).one()
    for text in ("50W-000.00", "Minh", person.pin):
        assert text not in str(kept) + str(entry.details)


def test_an_account_of_level_1_and_a_paper_that_is_not_asked_for_are_refused(person: Person, plate: str) -> None:
    record_account_of(person.id, level=AccountLevel.ONE)
    db.session.commit()
    with pytest.raises(Conflict) as level:
        ask(person, plate)
    assert level.value.code == "account_level"
    for paper in ("wallet", "passport"):
        with pytest.raises(NotFound) as kind:
            ask(person, plate, paper)
        assert kind.value.code == "paper_kind_unknown"
    can_be_asked_for = [paper.name for paper in CATALOGUE.values() if paper.adding]
    assert [each.paper.name for each in list_additions(person.id)] == can_be_asked_for


@pytest.mark.parametrize(
    ("paper", "wrong"), [("health_insurance", "GD4790099999999"), ("driving_licence", "990000000000")]
)
def test_the_numbers_on_insurance_card_and_licence_are_compared(person: Person, paper: str, wrong: str) -> None:
    db.session.execute(db.delete(PaperAddition))
    db.session.commit()
    [numbers] = [each.paper.adding.read_numbers for each in list_additions(person.id) if each.paper.name == paper]  # type: ignore[union-attr]
    assert numbers is not None
    printed = numbers(ANSWERS[paper](person.id))
    assert len(printed) == {"health_insurance": 2, "driving_licence": 1}[paper]
    for number in (wrong, *printed):
        with time_machine.travel(wall_now(), tick=False) as clock:
            db.session.execute(db.delete(PaperAddition))
            assert ask(person, number, paper).state == "in_progress"
            assert paper not in [found.paper.name for found in find_papers(person.id)]
            clock.shift(ANSWERED_AFTER)
            answered = find_addition(person.id, paper)
            assert (answered.state, answered.differs) == (("refused", "number") if number == wrong else ("done", None))
            assert (paper in [found.paper.name for found in find_papers(person.id)]) is (number != wrong)


def test_only_what_the_agency_has_is_prepared_and_what_was_asked_for_stays(person: Person) -> None:
    db.session.execute(db.delete(PaperAddition))
    refused = ask(person, "990000000000", "driving_licence")
    record_prepared_additions(person.id, ["health_insurance", "driving_licence", "vehicle"])
    db.session.commit()
    rows = {row.paper: row.differs for row in db.session.scalars(db.select(PaperAddition))}
    assert refused.state == "in_progress"
    assert rows == {"health_insurance": None, "driving_licence": "number"}
    with pytest.raises(NotFound) as kind:
        record_prepared_additions(person.id, ["wallet"])
    assert kind.value.code == "paper_kind_unknown"
