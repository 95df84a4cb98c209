"""What samples keep for a quarter of an hour: found under a name that nobody guesses, taken once, changed by one at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from eid.samples import memory as module
from eid.samples.memory import KEPT_FOR, Memory


def test_what_is_kept_is_found_and_taken_once() -> None:
    memory: Memory[str] = Memory()
    name = memory.keep("a visit")
    assert (len(name), memory.find(name)) == (43, "a visit")
    assert [memory.take(name), memory.take(name), memory.find(name)] == ["a visit", None, None]
    memory.change(name, str.upper)
    assert memory.find(name) is None


def test_of_many_who_change_it_at_once_each_sees_what_the_one_before_made() -> None:
    memory: Memory[int] = Memory()
    name = memory.keep(0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: memory.change(name, lambda count: count + 1), range(400)))
    assert memory.find(name) == 400


def test_after_a_quarter_of_an_hour_it_is_gone_and_the_oldest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "MOST", 3)
    memory: Memory[int] = Memory()
    names = [memory.keep(number) for number in range(4)]
    assert [memory.find(name) for name in names] == [None, 1, 2, 3]
    now[0] += KEPT_FOR + 1
    assert [memory.find(name) for name in names] == [None] * 4
