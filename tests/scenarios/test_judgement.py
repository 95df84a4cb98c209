"""What must hold: each expectation is compared with what was seen, and nothing passes because nothing was seen."""

from __future__ import annotations

from dataclasses import replace

from eid.scenarios.judgement import Finding, Verdict, judge_run
from eid.scenarios.observations import Observations
from eid.scenarios.plan import Expectations, Plan, Step


def finding(plan: Plan, seen: Observations, what: str) -> Finding:
    return next(found for found in judge_run(plan, seen)[1] if found.what == what)


def test_a_good_morning_passes(plan: Plan, seen: Observations) -> None:
    verdict, findings = judge_run(plan, seen)
    assert verdict is Verdict.PASSED
    assert all(found.held for found in findings)


def test_a_player_that_died_fails_the_run_also_where_it_was_interrupted(plan: Plan, seen: Observations) -> None:
    seen.players = 3
    assert finding(plan, seen, "players that died").held is True
    assert judge_run(plan, seen)[0] is Verdict.PASSED
    seen.players, seen.lost, seen.interrupted = 2, ["player 3 of 3, after 4 s"], True
    assert finding(plan, seen, "players that died").held is False
    assert judge_run(plan, seen)[0] is Verdict.FAILED


def test_errors_above_the_limit_fail_the_run(plan: Plan, seen: Observations) -> None:
    seen.tally.record_answer(Step.TOKEN, at=1, waited_ms=5, served_ms=5, error="HTTP 500")
    assert judge_run(plan, seen)[0] is Verdict.FAILED
    assert finding(plan, seen, "errors").held is False


def test_a_slow_tail_fails_the_run_and_names_the_step(plan: Plan, seen: Observations) -> None:
    seen.tally.record_answer(Step.TOKEN, at=1, waited_ms=2000, served_ms=3, error=None)
    assert judge_run(plan, seen)[0] is Verdict.FAILED
    assert finding(plan, seen, "p99 of token").found == "1992 ms"
    assert finding(plan, seen, "p99 of userinfo").held is True


def test_too_long_a_queue_fails_the_run(plan: Plan, seen: Observations) -> None:
    seen.tally.seconds[30].inside = 61
    assert judge_run(plan, seen)[0] is Verdict.FAILED
    assert finding(plan, seen, "visitors inside at once").found == "61"
    assert judge_run(replace(plan, expect=replace(plan.expect, longest_queue=None)), seen)[0] is Verdict.PASSED


def test_visits_cut_off_fail_the_run(plan: Plan, seen: Observations) -> None:
    seen.cut_off = 1
    assert judge_run(plan, seen)[0] is Verdict.FAILED


def test_a_run_in_which_nothing_was_asked_fails(plan: Plan) -> None:
    lenient = replace(plan, expect=Expectations(error_rate=1.0, longest_queue=None, steps=()))
    verdict, findings = judge_run(lenient, Observations())
    assert verdict is Verdict.FAILED
    assert findings[0].found == "nothing was asked"


def test_a_step_that_nobody_reached_is_not_shown_and_does_not_fail_by_itself(plan: Plan, seen: Observations) -> None:
    del seen.tally.steps[Step.RECOGNISED]
    assert finding(plan, seen, "p99 of recognised").held is None
    assert judge_run(plan, seen)[0] is Verdict.PASSED


def test_an_interrupted_run_has_not_passed(plan: Plan, seen: Observations) -> None:
    seen.interrupted = True
    assert judge_run(plan, seen)[0] is Verdict.INTERRUPTED
