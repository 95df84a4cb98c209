"""Places in status lists: given once, at random, also when many ask at the same time; and a new list when one fills up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from eid.agencies.service import deduct_licence_points, find_driving_licence
from eid.clock import wall_now
from eid.credentials import statuses
from eid.credentials.models import IssuedPaper, PaperStatusList
from eid.credentials.service import issue_paper_token
from eid.credentials.status_lists import find_status_list_token
from eid.credentials.statuses import record_place
from eid.crypto.status_list import StatusReference, StatusType
from eid.db import db
from eid.errors import NotFound
from eid.population.models import Person
from tests.credentials.test_formats import claims_of
from tests.turns import both_engines

WORKERS = 8


def take_place() -> StatusReference:
    now = wall_now()
    return record_place(
        token_id="t", person_id=2, paper="driving_licence", audience="clinic", status=StatusType.VALID,
        issued_at=now, expires_at=now,
    )  # fmt: skip


def in_threads(app: Flask, act: object, times: int) -> list[object]:
    """Do `act` so many times in as many threads as there are workers, which begin together."""
    db.session.remove()
    start = Barrier(WORKERS)

    def work(number: int) -> list[object]:
        with app.app_context():
            start.wait()
            try:
                return [act(number) for _ in range(times)]  # type: ignore[operator]
            finally:
                db.session.remove()

    with ThreadPoolExecutor(WORKERS) as pool:
        return [result for results in pool.map(work, range(WORKERS)) for result in results]


@both_engines
def test_no_place_is_given_twice_to_many_who_ask_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draft Token Status List 20, section 13.2: no index is allocated twice. The list is small, so that they collide."""
    monkeypatch.setattr(statuses, "LIST_SIZE", 64)

    def take(_: int) -> StatusReference:
        reference = take_place()
        db.session.commit()
        return reference

    taken = in_threads(app, take, times=16)
    assert len(set(taken)) == len(taken) == WORKERS * 16
    stored = db.session.execute(select(IssuedPaper.list_id, IssuedPaper.list_index)).all()
    assert len(set(stored)) == len(stored) == WORKERS * 16
    assert {index < 64 for _, index in stored} == {True}
    lists = db.session.scalars(select(PaperStatusList.id).order_by(PaperStatusList.id)).all()
    assert lists == list(range(1, len(lists) + 1))
    assert len(lists) > 1


def test_a_place_that_was_not_committed_is_free_again(app: Flask) -> None:
    take_place()
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(IssuedPaper)) == 0
    assert db.session.scalar(select(func.count()).select_from(PaperStatusList)) == 0


def test_the_next_list_is_opened_when_one_fills_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statuses, "LIST_SIZE", 16)
    rng = Random(3)
    monkeypatch.setattr(statuses, "system_rng", lambda: rng)
    references = [take_place() for _ in range(40)]
    db.session.commit()
    uris = list(dict.fromkeys(reference.uri for reference in references))
    assert uris == [f"http://localhost:8000/api/v1/status-lists/{number}" for number in range(1, len(uris) + 1)]
    assert len(uris) > 2
    assert [reference.uri for reference in references] == sorted(reference.uri for reference in references)


@both_engines
def test_tokens_and_lost_points_at_the_same_time_leave_no_token_that_is_wrong_and_valid(
    app: Flask, person: Person
) -> None:
    """A token issued beside a decision either knows of it or is invalid: never an old licence with a valid status."""
    pin, person_id = person.pin, person.id

    def act(number: int) -> object:
        if number == 0:
            return deduct_licence_points(pin, 1, decision=f"QĐ-{wall_now().timestamp()}").points
        return issue_paper_token(person_id=person_id, paper="driving_licence", audience="clinic", subject="s").token

    tokens = [str(result) for result in in_threads(app, act, times=4) if isinstance(result, str)]
    left = find_driving_licence(person_id).points
    assert left == 8
    statuses_of = {row.token_id: row.status for row in db.session.scalars(select(IssuedPaper))}
    assert len(tokens) == len(statuses_of) == (WORKERS - 1) * 4
    wrong_and_valid = [
        claims["driving_licence"]["points"]
        for claims in map(claims_of, tokens)
        if statuses_of[claims["jti"]] == StatusType.VALID and claims["driving_licence"]["points"] != left
    ]
    assert wrong_and_valid == []


def test_a_list_that_was_never_opened_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound) as refusal:
        find_status_list_token(1)
    assert refusal.value.code == "status_list_unknown"
