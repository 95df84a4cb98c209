"""Newcomers: nobody comes twice, not in the next run either, and provinces come by their weights."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from eid.errors import NotFound
from eid.scenarios.arrivals import Arrival
from eid.scenarios.division import Share, divide_arrivals
from eid.scenarios.newcomers import Newcomers, divide_newcomers, read_newcomers, used_file
from eid.scenarios.plan import Act
from eid.scenarios.roster import Member, Roster


def member(number: int, province: str = "01") -> Member:
    return Member(f"90119000{number:04}", "p", "c", "S", Path("card"), province=province)


def newcomers(members: list[Member], **provinces: float) -> Newcomers:
    weights = {code.removeprefix("p"): weight for code, weight in provinces.items()}
    return Newcomers(members, provinces=weights, rng=random.Random(1))


def write_newcomers(folder: Path, count: int) -> None:
    row = {"password": "p", "passcode": "c", "totp_secret": "S", "card": "x", "phone": "0100999999", "province": "79"}
    rows = [{"pin": f"90119000{number:04}", **row} for number in range(count)]
    (folder / "newcomers.json").write_text(json.dumps(rows))


def test_each_comes_once_and_then_nobody() -> None:
    members = [member(n) for n in range(5)]
    coming = newcomers(members)
    assert {coming.take() for _ in range(5)} == set(members)
    assert coming.take() is None


def test_teams_go_to_provinces_by_their_weights() -> None:
    """Of 300 draws, 225 are expected from the heavier province, with a standard deviation of 7.5."""
    coming = newcomers([member(n, "01" if n % 2 else "79") for n in range(800)], p01=3, p79=1)
    came = Counter(coming.take().province for _ in range(300))  # type: ignore[union-attr]
    assert came["01"] == pytest.approx(225, abs=38)


def test_a_province_without_a_weight_or_without_anybody_left_is_passed_over() -> None:
    coming = newcomers([member(1, "79"), member(2, "01"), member(3, "01")], p01=1, p04=100)
    assert [coming.take().province for _ in range(3)] == ["01", "01", "79"]  # type: ignore[union-attr]


def test_who_has_come_is_noted_and_left_out_by_the_next_run(tmp_path: Path) -> None:
    write_newcomers(tmp_path, 3)
    first = read_newcomers(tmp_path, 3)
    coming = Newcomers(first, provinces={}, rng=random.Random(1), used=used_file(tmp_path))
    came = [coming.take(), coming.take()]
    left = read_newcomers(tmp_path, 1)
    assert [m.pin for m in left] == [m.pin for m in first if m not in came]
    assert left[0].phone == "0100999999"


def test_fewer_than_are_needed_are_refused_with_what_to_do(tmp_path: Path) -> None:
    write_newcomers(tmp_path, 3)
    with pytest.raises(NotFound) as refused:
        read_newcomers(tmp_path, 4)
    assert refused.value.code == "newcomers_missing"
    assert "eid demo --newcomers 4" in refused.value.detail


def test_each_is_one_players_alone_and_every_player_has_as_many_as_it_needs(tmp_path: Path) -> None:
    write_newcomers(tmp_path, 9)
    acts = [Act.ACTIVATE, Act.CARD, Act.ACTIVATE, Act.ACTIVATE, Act.ACTIVATE, Act.CARD, Act.ACTIVATE]
    drawn = [Arrival(float(number), act, number) for number, act in enumerate(acts)]
    shares = [divide_arrivals(drawn, Share(number, 2), targets=0) for number in range(2)]
    divided = [divide_newcomers(tmp_path, drawn, mine) for mine in shares]
    assert [len(newcomers) for newcomers in divided] == [4, 1]
    assert len({newcomer.pin for newcomers in divided for newcomer in newcomers}) == 5


def test_a_run_without_activations_needs_no_file(tmp_path: Path) -> None:
    assert read_newcomers(tmp_path, 0) == []


def test_newcomers_and_verifiers_are_not_of_the_cohort() -> None:
    only, new = member(1), member(2)
    roster = Roster([only], newcomer=newcomers([new]).take)
    assert roster.take(Act.ACTIVATE, now=0) is new
    assert roster.take(Act.ACTIVATE, now=0) is None
    verifiers = [roster.take(Act.STATUS, now=0) for _ in range(3)]
    assert None not in verifiers
    for came in (new, *verifiers):
        roster.give_back(came)  # type: ignore[arg-type]
    assert roster.free == {only}
