"""What waits for officers: the most urgent first, a page at a time, overdue ones in sight, and nobody's name before its time."""

from __future__ import annotations

import pytest

from eid.accounts.desk import look_up_person, receive_account_request
from eid.accounts.models import OfficerRole
from eid.accounts.request_queue import PAGE_LENGTH, find_open_requests_about, find_queue, find_review
from eid.accounts.requests import RequestKind, RequestState, decide_request, record_request, take_over_request
from eid.config import Settings
from eid.db import db
from eid.errors import NotFound, Refused
from eid.population.models import Person
from tests.accounts.conftest import world_later
from tests.accounts.officers import OTHER_DESK, make_officer
from tests.people import PHONE


@pytest.fixture
def reviewer(person: Person) -> int:
    return make_officer(OfficerRole.REVIEWER)


def record_many(person: Person, count: int, kind: RequestKind = RequestKind.CHANGE_EMAIL) -> list[int]:
    made = [record_request(kind, person_id=person.id, asked_by=None, details={}).id for _ in range(count)]
    db.session.commit()
    return made


def test_the_most_urgent_comes_first(reviewer: int, person: Person) -> None:
    [slow] = record_many(person, 1, RequestKind.APPEAL)
    [quick] = record_many(person, 1, RequestKind.ACCOUNT_LEVEL_1)
    [usual] = record_many(person, 1)
    assert [row.request.id for row in find_queue(officer=reviewer).rows] == [quick, usual, slow]
    assert [row.request.id for row in find_queue(officer=reviewer, order="newest").rows] == [usual, quick, slow]
    kinds = [row.request.kind for row in find_queue(officer=reviewer, order="kind").rows]
    assert kinds == sorted(kinds)


def test_late_ones_are_in_sight(reviewer: int, person: Person, settings: Settings) -> None:
    record_many(person, 1, RequestKind.APPEAL)
    record_many(person, 1)
    assert find_queue(officer=reviewer).overdue == 0
    with world_later(settings, days=7):
        queue = find_queue(officer=reviewer)
        assert (queue.total, queue.overdue) == (2, 1)
        assert [row.is_overdue for row in queue.rows] == [True, False]


def test_pages_hold_all_of_them_once(reviewer: int, person: Person) -> None:
    made = record_many(person, PAGE_LENGTH * 2 + 3)
    pages = [find_queue(officer=reviewer, page=page) for page in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [PAGE_LENGTH, PAGE_LENGTH, 3]
    assert sorted(row.request.id for page in pages for row in page.rows) == made
    assert find_queue(officer=reviewer, page=99).page == 3
    assert find_queue(officer=reviewer, page=-1).page == 1


def test_kinds_and_ones_own_are_found_and_nonsense_filters_nothing(reviewer: int, person: Person) -> None:
    [mail] = record_many(person, 1)
    [appeal] = record_many(person, 1, RequestKind.APPEAL)
    take_over_request(mail, officer=reviewer)
    assert [row.request.id for row in find_queue(officer=reviewer, mine=True).rows] == [mail]
    assert [row.request.id for row in find_queue(officer=reviewer, kind="appeal").rows] == [appeal]
    assert find_queue(officer=reviewer, kind="'--", order="x").total == 2


def test_what_came_in_at_another_desk_is_that_desks(reviewer: int, person: Person) -> None:
    elsewhere = make_officer(OfficerRole.DESK, number=2, place=OTHER_DESK)
    look_up = look_up_person(person.pin, purpose="cấp tài khoản", officer=elsewhere).id
    asked = receive_account_request(look_up, phone=PHONE, officer=elsewhere)
    assert (asked.place, asked.details["card"]) == (OTHER_DESK, "none")
    assert find_queue(officer=reviewer).total == 0
    there = make_officer(OfficerRole.REVIEWER, number=3, place=OTHER_DESK)
    assert find_queue(officer=there).total == 1
    assert [one.id for one in find_open_requests_about(person.id)] == [asked.id]


@pytest.mark.parametrize("role", [OfficerRole.DESK, OfficerRole.HOTLINE])
def test_who_does_not_review_sees_nothing(person: Person, role: OfficerRole) -> None:
    officer = make_officer(role)
    [asked] = record_many(person, 1)
    for act in (lambda: find_queue(officer=officer), lambda: find_review(asked, officer=officer)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "officer_role"


def test_whom_it_is_about_is_shown_to_who_has_taken_it_over(reviewer: int, person: Person) -> None:
    [asked] = record_many(person, 1)
    other = make_officer(OfficerRole.REVIEWER, number=2)
    assert find_review(asked, officer=reviewer).person is None
    take_over_request(asked, officer=reviewer)
    mine, theirs = find_review(asked, officer=reviewer), find_review(asked, officer=other)
    assert (mine.is_mine, theirs.is_mine) == (True, False)
    assert mine.person is not None and mine.person.id == person.id
    assert theirs.person is None
    decide_request(asked, officer=reviewer, decision=RequestState.REFUSED, reason="Không đủ.")
    assert not find_review(asked, officer=reviewer).is_mine
    assert find_queue(officer=reviewer).total == 0


def test_a_request_that_is_not_there_is_not_found(reviewer: int) -> None:
    with pytest.raises(NotFound) as refused:
        find_review(99, officer=reviewer)
    assert refused.value.code == "request_unknown"
