"""Delivery: each notice at least once, none twice at the same time, tried again with a bound, and nothing lost with a process."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eid.accounts.sessions import close_sessions
from eid.clock import wall_now
from eid.config import Settings
from eid.db import db
from eid.oauth.clients import RegisteredClient
from eid.oauth.notices.courier import Courier
from eid.oauth.notices.delivery import deliver_due, take_next
from eid.oauth.notices.models import Notice, NoticeKind, Outcome
from eid.oauth.notices.outbox import post_notice
from eid.oauth.notices.retrying import LEASE, WAITS
from eid.retention.tidying import tidy
from tests.accounts.conftest import in_threads
from tests.conformance.logout import claims_of
from tests.engines import one_engine
from tests.oauth.conftest import Citizen
from tests.oauth.notices import HOOK, Receiver, take_part
from tests.turns import both_engines


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def service(citizen: Citizen) -> RegisteredClient:
    return take_part(citizen)


def post(service: RegisteredClient, count: int = 1) -> None:
    for number in range(count):
        post_notice(
            NoticeKind.LOGOUT, client=service.client.id, claims={"sub": "s", "sid": f"sid-{number}"}, now=wall_now()
        )
    db.session.commit()


def outcomes() -> Counter[str | None]:
    db.session.rollback()
    found = Counter(db.session.scalars(select(Notice.outcome)))
    db.session.rollback()
    return found


def sids(receiver: Receiver) -> list[str]:
    return [claims_of(received.logout_token)["sid"] for received in receiver.received]


@one_engine
def test_what_is_due_is_sent_once(app: Flask, service: RegisteredClient, receiver: Receiver) -> None:
    post(service, 3)
    assert deliver_due(receiver) == 3
    assert deliver_due(receiver) == 0
    assert sids(receiver) == ["sid-0", "sid-1", "sid-2"]
    assert outcomes() == {Outcome.DELIVERED: 3}


@one_engine
def test_a_rollback_of_the_act_posts_nothing(app: Flask, service: RegisteredClient, receiver: Receiver) -> None:
    post_notice(NoticeKind.LOGOUT, client=service.client.id, claims={"sub": "s", "sid": "x"}, now=wall_now())
    db.session.rollback()
    assert deliver_due(receiver) == 0


@both_engines
def test_of_many_couriers_at_once_each_notice_is_sent_by_one(
    app: Flask,
    service: RegisteredClient,
    receiver: Receiver,
) -> None:
    post(service, 20)
    assert sum(in_threads(app, [lambda: deliver_due(receiver)] * 6)) == 20
    assert sorted(sids(receiver)) == sorted(f"sid-{number}" for number in range(20))
    assert outcomes() == {Outcome.DELIVERED: 20}


@both_engines
def test_nobody_waits_for_a_service_that_is_slow(app: Flask, service: RegisteredClient, receiver: Receiver) -> None:
    """While one courier stands in the middle of a post, others write to the database, and deliver the rest."""
    post(service, 1)
    standing, go_on = threading.Event(), threading.Event()

    def stand() -> None:
        standing.set()
        assert go_on.wait(30)

    slow = Receiver(while_posting=stand)
    courier = threading.Thread(target=lambda: in_context(app, lambda: deliver_due(slow)))
    courier.start()
    assert standing.wait(30)
    post(service, 2)
    assert deliver_due(receiver) == 2
    go_on.set()
    courier.join()
    assert (len(slow.received), len(receiver.received)) == (1, 2)
    assert outcomes() == {Outcome.DELIVERED: 3}


@one_engine
def test_what_failed_is_tried_again_after_longer_and_longer_waits_and_then_given_up(
    app: Flask,
    service: RegisteredClient,
    receiver: Receiver,
) -> None:
    receiver.statuses = [500]
    with time_machine.travel(wall_now(), tick=False) as traveller:
        post(service)
        for wait in WAITS:
            assert deliver_due(receiver) == 1
            traveller.shift(wait - timedelta(seconds=1))
            assert deliver_due(receiver) == 0
            traveller.shift(timedelta(seconds=1))
        assert deliver_due(receiver) == 1
        traveller.shift(timedelta(days=5))
        assert deliver_due(receiver) == 0
    assert len(receiver.received) == len(WAITS) + 1
    assert len({claims_of(received.logout_token)["jti"] for received in receiver.received}) == 1
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.outcome, notice.error) == (Outcome.GIVEN_UP, "answered 500")


@one_engine
@pytest.mark.parametrize("status", [0, 302, 400, 404, 503])
def test_whatever_is_no_success_is_a_try_that_failed(
    app: Flask,
    service: RegisteredClient,
    receiver: Receiver,
    status: int,
) -> None:
    receiver.statuses = [status, 204]
    with time_machine.travel(wall_now(), tick=False) as traveller:
        post(service)
        deliver_due(receiver)
        assert outcomes() == {None: 1}
        traveller.shift(WAITS[0])
        deliver_due(receiver)
    assert outcomes() == {Outcome.DELIVERED: 1}


@one_engine
def test_a_service_that_is_down_is_tried_once_a_wait_and_not_once_a_notice(
    app: Flask,
    service: RegisteredClient,
    citizen: Citizen,
    receiver: Receiver,
) -> None:
    other = take_part(citizen, "Ngân hàng Mẫu", hook="https://bank.example/out")
    receiver.statuses = [0, 200]
    post(service, 5)
    post(other, 1)
    assert deliver_due(receiver) == 2
    assert [received.url for received in receiver.received] == [HOOK, "https://bank.example/out"]
    assert outcomes() == {None: 5, Outcome.DELIVERED: 1}


@one_engine
def test_what_a_process_took_and_did_not_send_is_sent_by_the_next(
    app: Flask,
    service: RegisteredClient,
    receiver: Receiver,
) -> None:
    with time_machine.travel(wall_now(), tick=False) as traveller:
        post(service)
        assert take_next() is not None  # and the process ends here
        assert deliver_due(receiver) == 0
        traveller.shift(LEASE)
        assert deliver_due(receiver) == 1
    assert outcomes() == {Outcome.DELIVERED: 1}


@one_engine
def test_the_outcome_of_the_one_who_tried_last_counts(
    app: Flask,
    service: RegisteredClient,
    receiver: Receiver,
) -> None:
    """A post that hung for longer than its lease and failed does not undo that another arrived."""
    with time_machine.travel(wall_now(), tick=False) as traveller:
        post(service)

        def meanwhile() -> None:
            traveller.shift(LEASE)
            in_another_thread(app, lambda: deliver_due(Receiver()))

        hanging = Receiver(statuses=[0], while_posting=meanwhile)
        deliver_due(hanging)
        traveller.shift(timedelta(days=1))
        assert deliver_due(receiver) == 0
    assert outcomes() == {Outcome.DELIVERED: 1}


@one_engine
def test_after_a_week_everything_is_forgotten(app: Flask, service: RegisteredClient) -> None:
    with time_machine.travel(wall_now(), tick=False) as traveller:
        post(service, 2)
        traveller.shift(timedelta(days=7))
        assert tidy().rows["notices"] == 0
        traveller.shift(timedelta(seconds=1))
        assert tidy().rows["notices"] == 2
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0


@one_engine
def test_a_service_that_takes_its_address_back_is_told_nothing_more(
    app: Flask,
    service: RegisteredClient,
    receiver: Receiver,
) -> None:
    post(service, 2)
    service.client.backchannel_logout_uri = None
    db.session.commit()
    assert deliver_due(receiver) == 0
    assert outcomes() == {Outcome.GIVEN_UP: 2}


@both_engines
def test_sessions_end_while_couriers_run_and_every_service_hears_of_each(
    app: Flask,
    citizen: Citizen,
    receiver: Receiver,
) -> None:
    services = [take_part(citizen, f"Dịch vụ {number}").client_id for number in range(3)]
    account_id = citizen.account.id
    db.session.rollback()
    couriers = [Courier(app.app_context, post=receiver, every=timedelta(milliseconds=5)) for _ in range(2)]
    for courier in couriers:
        courier.start()
    in_threads(app, [lambda: close_sessions(account_id)] * 3)
    for courier in couriers:
        courier.stop()
    in_context(app, lambda: deliver_due(receiver))
    heard = Counter(claims_of(received.logout_token)["aud"] for received in receiver.received)
    assert heard == dict.fromkeys(services, 1)


@one_engine
def test_a_courier_goes_on_after_a_pass_that_failed(
    app: Flask,
    service: RegisteredClient,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its key is missing for a while, as in production: nothing is sent, and nothing is lost."""
    keys = app.extensions["eid.keystore"].signing_keys
    monkeypatch.setattr(keys, "may_create", False)
    post(service)
    courier = Courier(app.app_context, post=receiver)
    courier.pass_once()
    assert (receiver.received, outcomes()) == ([], {None: 1})
    keys.may_create = True
    courier.pass_once()
    assert outcomes() == {Outcome.DELIVERED: 1}


COURIER = """
import os, signal, sys
from sqlalchemy import event
from eid.app import create_app
from eid.config import Settings
from eid.db import db
from eid.oauth.notices.delivery import deliver_due
from pathlib import Path

app = create_app(Settings(database_url=sys.argv[1], state_dir=Path(sys.argv[2]), log_level="error"))


def post(url, body, content_type, authorization):
    os.write(1, b"posted ")
    return 200


def deliver_until(step):
    with app.app_context():
        steps = iter(range(step))
        def die(*_):
            if next(steps) == step - 1:
                os.kill(os.getpid(), signal.SIGKILL)
        event.listen(db.engine, "before_cursor_execute", die)
        event.listen(db.engine, "commit", die)
        deliver_due(post, most=1)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        deliver_until(int(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""For each number that it reads, a process of its own that delivers, and is killed before that step; prints how it ended."""


def test_a_courier_that_is_killed_before_any_of_its_steps_loses_nothing(
    app: Flask, settings: Settings, service: RegisteredClient
) -> None:
    """SIGKILL before each statement and before each commit, until it gets through: the notice is delivered, or due again."""
    post(service)
    command = [sys.executable, "-c", COURIER, settings.database_url, str(settings.state_dir)]
    lines: list[str] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as courier:
        assert courier.stdin is not None
        assert courier.stdout is not None
        while len(lines) < 16 and not (lines and lines[-1].endswith("0\n")):
            make_due()
            courier.stdin.write(f"{len(lines) + 1}\n")
            courier.stdin.flush()
            lines.append(courier.stdout.readline())
            if not lines[-1].endswith("0\n"):
                assert outcomes() == {None: 1}
        courier.stdin.close()
    assert len(lines) >= 5
    assert lines[-1] == "posted 0\n"
    assert outcomes() == {Outcome.DELIVERED: 1}


def make_due() -> None:
    """As if the lease of whoever was killed were over."""
    for notice in db.session.scalars(select(Notice)):
        notice.due_at = wall_now() - timedelta(seconds=1)
        notice.tries = 0
    db.session.commit()


def in_context(app: Flask, act: Any) -> Any:
    with app.app_context():
        try:
            return act()
        finally:
            db.session.remove()


def in_another_thread(app: Flask, act: Any) -> Any:
    thread = threading.Thread(target=lambda: in_context(app, act))
    thread.start()
    thread.join()
