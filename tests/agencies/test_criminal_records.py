"""Criminal records: what each form says to whom, and what becomes of a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from eid.agencies.criminal_record_rules import (
    SHARE_CONVICTED,
    Conviction,
    RecordForm,
    draw_convictions,
    told_by,
    valid_until,
)
from eid.agencies.criminal_records import (
    CRIMINAL_RECORD,
    disclose_criminal_record,
    end_criminal_record_of_dead,
    find_criminal_record,
    find_own_criminal_record,
    list_criminal_records,
    record_criminal_record_request,
    refuse_criminal_record,
    withdraw_criminal_record,
)
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.events import EntitlementChanged, PersonDied, register_handlers
from eid.population.models import Person
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson

NOW = datetime(2026, 11, 10, 3, tzinfo=UTC)
ANSWER = NOW + timedelta(days=14)
LATER = ANSWER + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def changes(app: Flask) -> list[Any]:
    posted: list[Any] = []
    register_handlers({EntitlementChanged: [posted.append], PersonDied: [end_criminal_record_of_dead]})
    return posted


def ask(person: Person, form: str = "1") -> int:
    row = record_criminal_record_request(person.id, RecordForm(form), "Xin việc", answered_at=ANSWER)
    db.session.commit()
    return row.id


@given(st.dates(date(2000, 1, 1), date(2020, 1, 1)), st.integers(1, 8), st.dates(date(1999, 1, 1), date(2040, 1, 1)))
def test_form_1_says_what_stands_and_form_2_all(decided_on: date, years: int, on: date) -> None:
    """Law on Judicial Records, articles 42 and 43."""
    expunged = Conviction(decided_on, "Đánh bạc", decided_on.replace(day=1, year=decided_on.year + years))
    standing = Conviction(decided_on, "Đánh bạc", None)
    for each in (expunged, standing):
        assert told_by(RecordForm.TWO, [each], on=on) == ((each,) if decided_on <= on else ())
        assert told_by(RecordForm.ONE, [each], on=on) == ((each,) if each.stands_on(on) else ())


def test_few_people_were_ever_convicted_and_always_the_same() -> None:
    born = date(1980, 1, 1)
    convicted = [person_id for person_id in range(4000) if draw_convictions(person_id, born)]
    assert SHARE_CONVICTED / 2 < len(convicted) / 4000 < SHARE_CONVICTED * 2
    assert all(draw_convictions(person_id, born) == draw_convictions(person_id, born) for person_id in convicted)


def test_a_certificate_is_there_when_the_term_is_over_and_holds_six_months(add_person: AddPerson) -> None:
    person = add_person()
    request_id = ask(person)
    assert find_own_criminal_record(request_id, person_id=person.id).progress == "in_progress"
    with pytest.raises(NotFound) as not_yet:
        find_criminal_record(person.id)
    assert not_yet.value.code == "paper_unknown"
    with time_machine.travel(LATER, tick=False):
        found = find_criminal_record(person.id)
        assert (found.progress, found.state, found.number) == ("issued", "valid", f"{request_id:06d}/2026/LLTP-1")
        assert found.valid_until == valid_until(found.issued_on) == date(2027, 5, 24)
    with time_machine.travel("2027-05-24T03:00:00Z", tick=False):
        assert find_criminal_record(person.id).state == "valid"
    with time_machine.travel("2027-05-25T03:00:00Z", tick=False):
        assert (find_criminal_record(person.id).progress, find_criminal_record(person.id).state) == (
            "lapsed",
            "invalid",
        )


def test_form_2_is_no_paper_and_nobody_elses(add_person: AddPerson) -> None:
    person, other = add_person(), add_person()
    request_id = ask(person, "2")
    with time_machine.travel(LATER, tick=False):
        assert find_own_criminal_record(request_id, person_id=person.id).progress == "issued"
        for look in (
            lambda: find_criminal_record(person.id),
            lambda: find_own_criminal_record(request_id, person_id=other.id),
        ):
            with pytest.raises(NotFound):
                look()


def test_one_request_of_a_form_at_a_time(add_person: AddPerson) -> None:
    person = add_person()
    ask(person)
    ask(person, "2")
    with pytest.raises(Conflict) as twice:
        ask(person)
    assert twice.value.code == "criminal_record_in_progress"
    refuse_criminal_record(person.pin, reason="Thiếu giấy tờ")
    refuse_criminal_record(person.pin, reason="Thiếu giấy tờ")
    assert [each.progress for each in list_criminal_records(person.id)] == ["refused", "refused"]
    with pytest.raises(NotFound) as none:
        refuse_criminal_record(person.pin, reason="Thiếu giấy tờ")
    assert none.value.code == "criminal_record_unknown"
    ask(person)


def test_a_certificate_that_was_wrong_is_withdrawn(add_person: AddPerson, changes: list[Any]) -> None:
    person = add_person()
    ask(person)
    with time_machine.travel(LATER, tick=False):
        with pytest.raises(Malformed) as mute:
            withdraw_criminal_record(person.pin, reason=" ")
        assert mute.value.code == "reason"
        withdrawn = withdraw_criminal_record(person.pin, reason="Ghi sai")
        assert (withdrawn.progress, withdrawn.reason, withdrawn.state) == ("withdrawn", "Ghi sai", "invalid")
        assert changes == [EntitlementChanged(person.id, CRIMINAL_RECORD, "invalid")]


def test_bodies_of_criminal_procedure_alone_are_told_form_2(add_person: AddPerson) -> None:
    convicted = add_person(person_id=next(i for i in range(1, 10**4) if draw_convictions(i, date(1990, 5, 17))))
    told = disclose_criminal_record(convicted.pin, body="court", purpose="Vụ án 12/2026")
    assert told.convictions == draw_convictions(convicted.id, date(1990, 5, 17))
    assert told.conclusion == "convictions"
    with pytest.raises(Malformed) as refused:
        disclose_criminal_record(convicted.pin, body="employer", purpose="Tuyển dụng")
    assert refused.value.code == "procedure_body"


def test_children_are_refused_and_so_is_a_request_for_nothing(add_person: AddPerson) -> None:
    with pytest.raises(Conflict) as child:
        ask(add_person(birth_date=date(2012, 11, 11)))
    assert child.value.code == "criminal_record_age"
    with pytest.raises(Malformed) as mute:
        record_criminal_record_request(add_person().id, RecordForm.ONE, "", answered_at=ANSWER)
    assert mute.value.code == "purpose"


def test_a_death_ends_what_was_issued_and_what_was_asked_for(add_person: AddPerson, changes: list[Any]) -> None:
    person = add_person()
    ask(person)
    with time_machine.travel(LATER, tick=False):
        ask_again = record_criminal_record_request(
            person.id, RecordForm.TWO, "Xem", answered_at=LATER + timedelta(days=14)
        )
        register_death(person.pin, died_on=LATER.date())
        assert [each.progress for each in list_criminal_records(person.id)] == ["refused", "withdrawn"]
        assert changes == [EntitlementChanged(person.id, CRIMINAL_RECORD, "invalid")]
        assert ask_again.person_id == person.id
