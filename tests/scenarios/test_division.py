"""Dividing a run among players: nobody and nothing is left out or played twice, whatever their number."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import Malformed
from eid.scenarios.arrivals import draw_arrivals
from eid.scenarios.division import Share, check_divisible, divide_arrivals, divide_people
from eid.scenarios.errands import pack_state, parse_place, unpack_state
from eid.scenarios.plan import Act, list_plans

PLANS = list_plans()
PLAYERS = st.integers(1, 40)


@given(plan=st.sampled_from(PLANS), players=PLAYERS, seed=st.integers(0, 50))
def test_each_arrival_is_one_players_and_the_same_for_any_number(plan: object, players: int, seed: int) -> None:
    assert plan in PLANS
    chosen = PLANS[PLANS.index(plan)]  # type: ignore[arg-type]
    arrivals = draw_arrivals(chosen, rng=random.Random(seed))
    shares = [divide_arrivals(arrivals, Share(n, players), targets=chosen.targets) for n in range(players)]
    assert sorted((a for share in shares for a in share), key=lambda a: a.number) == arrivals
    assert [arrival.number for arrival in arrivals] == list(range(len(arrivals)))


@given(people=st.integers(2, 200), players=PLAYERS, part=st.floats(0, 0.5))
def test_each_person_is_one_players_and_guesses_go_where_somebody_is_guessed_at(
    people: int, players: int, part: float
) -> None:
    members, targets = list(range(people)), int(people * part)
    shares = [divide_people(members, Share(n, players), targets=targets) for n in range(players)]
    assert sorted(member for share, _ in shares for member in share) == members
    aimed_at = [member for share, count in shares for member in share[len(share) - count :]]
    assert sorted(aimed_at) == members[people - targets :]


def test_who_has_nobody_to_be_guessed_at_gets_no_guess() -> None:
    plan = next(plan for plan in PLANS if plan.share_of(Act.GUESS))
    arrivals = draw_arrivals(plan, rng=random.Random(plan.seed))
    players = plan.targets + 3
    for number in range(players):
        guesses = [
            a for a in divide_arrivals(arrivals, Share(number, players), targets=plan.targets) if a.act is Act.GUESS
        ]
        _, aimed_at = divide_people(range(plan.people), Share(number, players), targets=plan.targets)
        assert bool(guesses) == bool(aimed_at)


def test_more_players_than_people_are_refused() -> None:
    plan = replace(PLANS[0], people=4)
    check_divisible(plan, 4 - plan.targets)
    with pytest.raises(Malformed) as refused:
        check_divisible(plan, 5)
    assert refused.value.code == "players_too_many"


def test_what_a_worker_elsewhere_needs_arrives_whole(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for name in ("cohort.json", "load-client.json", "cards/9/EF.SOD", "cards/8/EF.SOD", "keys/secret.pem"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(name.encode())
    unpack_state(pack_state(here, [here / "cards" / "9"]), there)
    found = {str(file.relative_to(there)): file.read_bytes() for file in there.rglob("*") if file.is_file()}
    assert found == {name: name.encode() for name in ("cohort.json", "load-client.json", "cards/9/EF.SOD")}


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "cards/../../evil"])
def test_a_leader_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(Malformed) as refused:
        unpack_state({name: b"x"}, tmp_path / "folder")
    assert refused.value.code == "job_malformed"
    assert list(tmp_path.rglob("evil")) == []


def test_a_place_is_a_host_and_a_port() -> None:
    assert parse_place("10.0.0.7:5557") == ("10.0.0.7", 5557)
    assert parse_place("[::1]:5557") == ("::1", 5557)
    for text in ("", "5557", ":5557", "host", "host:", "host:0", "host:65536", "host:٥"):
        with pytest.raises(Malformed) as refused:
            parse_place(text)
        assert refused.value.code == "place_malformed"
