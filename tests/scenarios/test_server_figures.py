"""Figures of the service itself: what it told, what was seen of its processes, and what is said to be unknown."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import pytest

from eid.errors import Unavailable
from eid.lock_waits import LockWatch
from eid.scenarios.observations import Observations
from eid.scenarios.plan import Plan
from eid.scenarios.processes import ProcessorTime, find_family, find_parent, read_command
from eid.scenarios.result import build_result
from eid.scenarios.server_figures import Sample, Watched
from eid.scenarios.service_watch import ServiceWatch, find_service
from eid.scenarios.spending import Spent, parse_server_timing
from tests.scenarios.conftest import CIRCUMSTANCES, tell_costs, watched_by

HEADER = 'db;dur=3.5, lock;dur=0.5;desc="x, y", rest;dur=6, total;dur=10, statements;desc="7", version;desc="0.1.0"'


def test_what_is_not_the_services_time_is_outside() -> None:
    told = parse_server_timing(HEADER, elapsed_ms=12.5)
    assert dict(told.spent.layers) == {"db": 3.5, "lock": 0.5, "rest": 6.0, "outside": 2.5}
    assert (told.spent.statements, told.spent.told, told.spent.untold) == (7, 1, 0)
    assert told.service == {"version": "0.1.0"}
    assert parse_server_timing(HEADER, elapsed_ms=9).spent.layers["outside"] == 0


@pytest.mark.parametrize("header", ["", "cache;desc=hit", "db", ";;,,=", "total;dur=5"])
def test_a_header_that_tells_nothing_known_is_no_measurement(header: str) -> None:
    told = parse_server_timing(header, elapsed_ms=5)
    assert told.spent.told == (header == "db")
    assert told.spent.layers["db"] == 0


def test_nonsense_is_counted_as_nothing() -> None:
    told = parse_server_timing('db;dur=-5, rest;dur=1e9, hash;dur=NaN, statements;desc="many"', elapsed_ms=1)
    assert (told.spent.statements, sum(told.spent.layers.values())) == (0, 1.0)


def test_the_result_says_where_time_went(plan: Plan, seen: Observations) -> None:
    tell_costs(seen)
    result = build_result(plan, seen, watched_by(CIRCUMSTANCES))
    server = result["server"]
    assert (server["version"], server["database"], server["unknown"]) == ("0.1.0", "sqlite", [])
    assert (server["cpu_share"], server["cores"], server["statements_per_request"]) == (0.75, 2, 3.0)
    shares = [layer["share"] for layer in server["layers"] if layer["share"] is not None]
    assert sum(shares) == pytest.approx(1, abs=0.001)  # each is rounded
    assert result["steps"][0]["statements"] == 3.0
    assert result["steps"][0]["layers_ms"]["db"] == 2.0
    second = result["timeline"][1]
    assert (second["service_cpu"], second["statements"]) == (0.5, 3 * second["requests"])
    assert second["lock_waiters"] == round(second["requests"] / 1000, 3)  # SQLite: a millisecond each


def test_what_is_not_known_is_said(plan: Plan, seen: Observations) -> None:
    server: dict[str, Any] = build_result(plan, seen, CIRCUMSTANCES)["server"]
    assert {server[name] for name in ("version", "cpu_share", "statements_per_second", "lock_waiters", "layers")} == {
        None
    }
    assert ["the service does not tell" in what for what in server["unknown"]] == [True]


def test_of_postgresql_the_samples_say_who_waited(plan: Plan, seen: Observations) -> None:
    tell_costs(seen, database="postgresql")
    samples = (Sample(1.0, 0.5, 0.25, 2.0), Sample(2.0, 0.5, 0.75, 4.0))
    result = build_result(plan, seen, watched_by(CIRCUMSTANCES, Watched(samples, (), 1, 2)))
    assert (result["server"]["lock_waiters"], result["server"]["database_cpu_share"]) == (3.0, 0.5)
    assert result["timeline"][1]["lock_waiters"] == 4.0


def test_what_told_in_part_is_said() -> None:
    spent = Spent(told=3)
    spent.add(Spent(untold=1))
    assert Spent.from_plain(spent.to_plain()) == spent
    assert (spent.told, spent.untold) == (3, 1)


def test_who_listens_on_a_port_is_found_with_the_processor_time_it_uses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://localhost:{listener.getsockname()[1]}"
        assert os.getpid() in find_service(url)
        with ServiceWatch(url) as watch:
            assert watch.is_here
            _compute(0.1)
            sample = watch.sample(1.0)
    assert sample.service_cpu is not None and sample.service_cpu > 0.1
    assert sample.lock_waiters is None
    assert watch.describe().processes >= 1


def _compute(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_service_elsewhere_is_not_watched_and_that_is_said() -> None:
    with ServiceWatch("http://192.0.2.7:8000") as watch:
        assert not watch.is_here
        sample = watch.sample(1.0)
    assert (sample.service_cpu, sample.database_cpu, sample.lock_waiters) == (None, None, None)
    assert "does not run on this machine" in watch.describe().unknown[0]


def test_processes_have_families() -> None:
    parent = find_parent(os.getpid())
    assert parent == os.getppid()
    assert os.getpid() in find_family({os.getppid()})
    assert read_command(os.getpid())
    assert find_parent(2**22 + 1) is None
    assert ProcessorTime({2**22 + 1}).take() == 0.0


def test_only_postgresql_is_asked_who_waits() -> None:
    with pytest.raises(Unavailable) as refused:
        LockWatch("sqlite:///nowhere")
    assert refused.value.code == "locks_unknown"
