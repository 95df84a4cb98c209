"""The player, against a service that only pretends: what is counted when all is well, when it stalls, fails, is interrupted."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from eid.errors import Refused, Unavailable
from eid.scenarios.observations import Observations
from eid.scenarios.plan import Step
from eid.scenarios.runner import play_scenario
from tests.scenarios.fake_service import serve_fake, write_state
from tests.scenarios.players import PLAN, Player

pytestmark = pytest.mark.load

SIGN_IN_STEPS = [Step.SIGN_IN_PAGE, Step.PASSWORD, Step.CODE, Step.APPROVE, Step.TOKEN, Step.USERINFO, Step.INSURANCE]


@pytest.fixture(scope="module")
def good_morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Player, Observations]]:
    """A run on which all was well, and who played it."""
    with serve_fake() as fake:
        player = Player(tmp_path_factory.mktemp("good-morning"), fake)
        yield player, player.play()


def test_people_sign_in_and_the_counter_verifies_what_it_gets(good_morning: tuple[Player, Observations]) -> None:
    player, seen = good_morning
    assert seen.tally.errors == {}
    assert seen.planned == seen.began == seen.finished > 5
    assert seen.cut_off == 0
    assert {step: seen.tally.steps[step].waited.count for step in SIGN_IN_STEPS}[Step.TOKEN] == seen.finished
    assert seen.tally.steps[Step.RECOGNISED].waited.count == seen.finished - seen.tally.steps[Step.CODE].waited.count
    assert seen.http_requests > seen.tally.requests
    assert [round(tick.at) for tick in player.ticks][:2] == [1, 2]


def test_nobody_uses_one_code_twice(good_morning: tuple[Player, Observations]) -> None:
    """RFC 6238, section 5.2."""
    player, _ = good_morning
    used = player.service.codes_seen
    assert len(used) == len(set(used)) > 3


def test_arrivals_beyond_what_rested_people_can_do_are_held_back_and_said(player: Player) -> None:
    plan = PLAN.replace('"sign-in-again", weight = 1', '"sign-in-again", weight = 0.001')
    seen = player.play(plan.replace("rate = 5", "rate = 10"), people=4, seconds=9)
    used = player.service.codes_seen
    assert len(used) == len(set(used))
    assert seen.planned <= 4 * 2 or seen.held_back > 0


def test_a_stalled_server_is_felt_by_everybody_who_came_meanwhile(player: Player) -> None:
    """No coordinated omission: those who come during the stall wait for its rest, evenly spread, and are all counted."""
    plan = PLAN.replace("rate = 5", "rate = 20")
    player.at_second_tick = lambda: player.service.stall(2)
    seen = player.play(plan, people=240, seconds=6)
    pages = seen.tally.steps[Step.SIGN_IN_PAGE].waited
    stalled = sum(count for bucket, count in pages.counts.items() if 1.01**bucket > 300)
    assert stalled > 15  # a closed model would have met the stall once a user, and the average would have hidden it
    assert {what for _, what in seen.tally.errors} <= {"no answer before the run ended"}  # a slow machine's last ones
    assert max(second.inside for second in seen.tally.seconds.values()) > 20


def test_what_fails_is_counted_by_step_and_cause(player: Player) -> None:
    player.service.broken = {"/oauth/userinfo"}
    seen = player.play()
    assert set(seen.tally.errors) == {("userinfo", "HTTP 500 internal_error")}
    assert seen.tally.steps[Step.USERINFO].errors == seen.tally.steps[Step.USERINFO].waited.count > 0
    assert Step.INSURANCE not in seen.tally.steps
    assert seen.finished == seen.began


@pytest.mark.parametrize("papers", [None, [], ["driving_licence"], ["health_insurance"]], ids=str)
def test_who_added_the_insurance_must_be_told_to_have_it_and_nobody_else(
    player: Player, papers: list[str] | None
) -> None:
    """Of a cohort's file of before papers were asked for, everybody."""
    player.papers, player.service.tells_insurance = papers, False
    seen = player.play(seconds=2)
    must = papers is None or "health_insurance" in papers
    assert set(seen.tally.errors) == ({("userinfo", "userinfo says nothing of the insurance")} if must else set())
    assert seen.tally.steps[Step.USERINFO].waited.count > 3
    assert Step.INSURANCE not in seen.tally.steps


def test_a_server_that_never_answers_again_does_not_hold_the_run_up(player: Player) -> None:
    player.at_second_tick = lambda: player.service.stall(60)
    seen = player.play(seconds=3)
    assert seen.cut_off > 0
    assert any(what == "no answer before the run ended" for _, what in seen.tally.errors)
    assert seen.lasted < 12


def test_an_interrupt_ends_the_run_early_with_what_there_was(player: Player) -> None:
    player.at_second_tick = lambda: os.kill(os.getpid(), signal.SIGINT)
    began = time.monotonic()
    seen = player.play(PLAN.replace("rate = 5", "rate = 2"), seconds=60)
    assert seen.interrupted
    assert 0 < seen.finished < seen.planned
    assert time.monotonic() - began < 20


def test_a_run_against_something_else_is_refused(player: Player) -> None:
    player.service.broken = {"/.well-known/openid-configuration"}
    with pytest.raises(Refused) as refused:
        player.play()
    assert refused.value.code == "target_unreachable"
    assert "HTTP 500" in refused.value.detail


def test_a_cohort_that_is_too_small_is_refused_by_the_player(player: Player) -> None:
    (player.folder / "test.toml").write_text(PLAN)
    with pytest.raises(Refused) as refused:
        play_scenario(
            player.folder / "test.toml",
            people=None,
            duration=None,
            url=player.service.url,
            state_dir=write_state(player.folder, player.service, 5),
            on_tick=player.ticks.append,
        )
    assert refused.value.code == "cohort_too_small"


def test_a_player_that_dies_is_said(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(player.folder))
    (player.folder / "locust.py").write_text("raise SystemExit(3)")
    with pytest.raises(Unavailable) as refused:
        player.play()
    assert refused.value.code == "player_ended"


GUESSES = PLAN.replace('{ act = "sign-in-again", weight = 1 }', '{ act = "guess", weight = 4 }')


def test_guesses_are_refused_and_the_holders_of_other_accounts_sign_in(player: Player) -> None:
    seen = player.play(GUESSES)
    assert seen.tally.errors == {}
    assert seen.tally.steps[Step.GUESS].waited.count > 3
    assert seen.tally.steps[Step.TOKEN].waited.count > 0


def test_a_guess_that_is_let_in_is_an_error(player: Player) -> None:
    player.service.is_gullible = True
    seen = player.play(GUESSES)
    assert {what for step, what in seen.tally.errors} == {"a guess was let in"}
