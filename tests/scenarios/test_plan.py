"""Plans: read strictly, scaled, and refused where they cannot be played."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from eid.errors import Malformed, NotFound
from eid.scenarios.plan import (
    Act,
    Step,
    check_playable,
    describe_plan,
    find_plan_file,
    list_plans,
    parse_duration,
    parse_plan,
    read_plan,
    scale_plan,
)

TEXT = find_plan_file("morning-at-the-clinic").read_text()


def refusal_of(text: str) -> Malformed:
    with pytest.raises(Malformed) as refused:
        parse_plan(text)
    return refused.value


def test_every_plan_that_comes_with_the_project_can_be_played_and_says_where_its_figures_come_from() -> None:
    plans = list_plans()
    assert "morning-at-the-clinic" in {plan.name for plan in plans}
    for plan in plans:
        check_playable(plan)
        assert find_plan_file(plan.name).stem == plan.name
        assert all(source.where for source in plan.sources)


def test_a_plan_says_who_comes_when_for_what() -> None:
    plan = parse_plan(TEXT)
    assert plan.people == 40
    assert plan.duration == timedelta(seconds=60)
    assert plan.peak_rate == 4.0
    assert plan.expected_visits == pytest.approx(60 * (0.45 * 2.3 + 0.15 * 4.0 + 0.4 * 2.5))
    assert plan.share_of(Act.CARD) == pytest.approx(0.3)
    assert {limit.step for limit in plan.expect.steps} >= {Step.TOKEN, Step.APPROVE}


@pytest.mark.parametrize(
    ("before", "after", "code", "detail"),
    [
        ("people = 40", "people = true", "plan_malformed", "'people' must be a number"),
        ("people = 40", "people = 0", "plan_malformed", "'people' must be a number of at least 1"),
        ("people = 40", "", "plan_incomplete", "'people' is missing"),
        ("people = 40", "people = 40\nspeed = 3", "plan_unknown_key", "no 'speed'"),
        ("people = 40", "people = 29", "plan_people", "30 sign-ins begin in 30 seconds"),
        ('duration = "60s"', 'duration = "soon"', "duration_malformed", "'soon' is no duration"),
        ('duration = "60s"', 'duration = "0s"', "plan_malformed", "longer than nothing"),
        ("at = 1.0", "at = 0.9", "plan_arrivals", "must begin at 0.0 and end at 1.0"),
        ("at = 0.45", "at = 0.6", "plan_arrivals", "after the one before it"),
        ("at = 0.45", "at = 1.45", "plan_malformed", "at most 1"),
        ("rate = 0.6", "rate = -1", "plan_malformed", "arrivals, number 1: 'rate'"),
        ("rate = 0.6", "rate = nan", "plan_malformed", "arrivals, number 1: 'rate'"),
        ('act = "card"', 'act = "dance"', "plan_malformed", "one of sign-in, sign-in-again, card"),
        ("page = [0.4, 1.6]", "page = [1.6, 0.4]", "plan_malformed", "shortest and the longest"),
        ("p95_ms", "p95ms", "plan_unknown_key", "no 'p95ms'"),
        ('step = "token"\np99_ms = 1000', 'step = "token"', "plan_malformed", "give p95_ms or p99_ms"),
        ("[think]", "[[think]]", "plan_malformed", "'think' must be a table"),
        ("name =", "name", "plan_malformed", "not TOML"),
    ],
)
def test_a_plan_is_refused_with_the_place_that_is_wrong(before: str, after: str, code: str, detail: str) -> None:
    assert before in TEXT
    refused = refusal_of(TEXT.replace(before, after, 1))
    assert refused.code == code
    assert detail in refused.detail


def test_a_plan_whose_people_never_come_is_refused() -> None:
    lines = ["rate = 0" if line.startswith("rate") else line for line in TEXT.splitlines()]
    assert refusal_of("\n".join(lines)).code == "plan_arrivals"


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("nothing = 1")
    with pytest.raises(Malformed) as refused:
        read_plan(tmp_path / "mine.toml")
    assert refused.value.detail.startswith("mine.toml: ")
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Malformed) as refused:
        read_plan(tmp_path / "mine.toml")
    assert refused.value.code == "plan_malformed"


@pytest.mark.parametrize("name", ["nothing-like-this", "../cast", "/etc/passwd", "nowhere/mine.toml", ""])
def test_an_unknown_plan_is_refused_with_the_names_of_those_that_are_known(name: str) -> None:
    with pytest.raises(NotFound) as refused:
        find_plan_file(name)
    assert refused.value.code == "plan_unknown"
    assert "morning-at-the-clinic" in refused.value.detail


def test_a_testers_own_plan_is_found_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(TEXT)
    assert read_plan(find_plan_file(str(tmp_path / "mine.toml"))).title == "A morning at the clinic"


def test_fewer_people_come_less_often_and_another_duration_stretches_the_morning() -> None:
    plan = parse_plan(TEXT)
    scaled = scale_plan(plan, people=4, duration=timedelta(seconds=600))
    assert (scaled.people, scaled.peak_rate, scaled.duration) == (4, pytest.approx(0.4), timedelta(minutes=10))
    assert scaled.expected_visits == pytest.approx(plan.expected_visits)
    assert scale_plan(plan) == plan
    with pytest.raises(Malformed) as refused:
        scale_plan(plan, people=0)
    assert refused.value.code == "plan_people"
    with pytest.raises(Malformed) as refused:
        scale_plan(plan, duration=timedelta(0))
    assert refused.value.code == "plan_duration"


def test_too_few_people_for_their_one_time_codes_are_refused() -> None:
    """RFC 6238, section 5.2: a code is accepted once, so each person signs in once in 30 seconds at most."""
    with pytest.raises(Malformed) as refused:
        check_playable(replace(parse_plan(TEXT), people=29))
    assert refused.value.code == "plan_people"


@pytest.mark.parametrize(
    ("text", "seconds"), [("45s", 45), ("10m", 600), ("1h", 3600), ("1m30s", 90), ("1h2m3s", 3723), ("0.5s", 0.5)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "-5s", "5s1m", "1 m", "1e3s", "٣s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_duration(text)
    assert refused.value.code == "duration_malformed"


def test_a_plan_described_is_plain() -> None:
    described = describe_plan(parse_plan(TEXT))
    assert described["duration"] == 60.0
    assert described["arrivals"][0] == {"at": 0.0, "rate": 0.6}


def test_a_share_of_the_nation_is_so_many_of_its_people_and_so_much_of_its_peak() -> None:
    plan = parse_plan(TEXT)
    assert plan.nation is not None
    scaled = scale_plan(plan, scale=0.01)
    assert scaled.people == 1040
    assert scaled.peak_rate == pytest.approx(0.29)
    assert scaled.expected_visits == pytest.approx(plan.expected_visits * 0.29 / 4.0)


@pytest.mark.parametrize("scale", [0, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(scale: float) -> None:
    with pytest.raises(Malformed) as refused:
        scale_plan(parse_plan(TEXT), scale=scale)
    assert refused.value.code == "plan_scale"


def test_a_share_of_an_unknown_nation_or_beside_a_number_of_people_is_refused() -> None:
    plan = parse_plan(TEXT)
    with pytest.raises(Malformed) as refused:
        scale_plan(replace(plan, nation=None), scale=0.1)
    assert refused.value.code == "plan_scale"
    with pytest.raises(Malformed) as refused:
        scale_plan(plan, scale=0.1, people=3)
    assert refused.value.code == "plan_scale"


def test_each_plan_says_what_the_nation_is_or_has_no_figure_of_it() -> None:
    plans = {plan.name: plan.nation for plan in list_plans()}
    assert [name for name, nation in plans.items() if nation is None] == ["guessing-attack"]
    assert all(nation.source for nation in plans.values() if nation)


@pytest.mark.parametrize("scale", [0.001, 0.1])
def test_a_share_of_each_nation_has_people_enough_for_their_one_time_codes(scale: float) -> None:
    for plan in list_plans():
        if plan.nation:
            check_playable(scale_plan(plan, scale=scale))


def test_every_act_is_in_a_plan_that_comes_with_the_project_but_the_testers_own() -> None:
    played = {visit.act for plan in list_plans() for visit in plan.visits}
    assert set(Act) - played == {Act.OWN}


def test_a_plan_of_newcomers_and_verifiers_alone_needs_nobody_of_the_cohort() -> None:
    assert read_plan(find_plan_file("activation-campaign")).members == 0
    assert parse_plan(TEXT).members == 40


OWN = TEXT.replace('act = "card" ', 'act = "own" ', 1)


def test_a_class_and_its_act_belong_together() -> None:
    assert refusal_of(OWN).code == "plan_visitor"
    assert refusal_of('visitor = "mine.py:Mine"\n' + TEXT).code == "plan_visitor"
    assert parse_plan('visitor = "mine.py:Mine"\n' + OWN).visitor == "mine.py:Mine"


def test_where_a_testers_class_plays_its_steps_have_its_own_names() -> None:
    named = OWN.replace('step = "card verification"', 'step = "a step of mine"')
    assert refusal_of(named).code == "plan_malformed"
    plan = parse_plan('visitor = "mine.py:Mine"\n' + named)
    assert "a step of mine" in {limit.step for limit in plan.expect.steps}


def test_a_province_that_is_weighted_twice_is_refused() -> None:
    twice = 'provinces = [{ code = "01", weight = 1 }, { code = "01", weight = 2 }]\n' + TEXT
    assert refusal_of(twice).code == "plan_malformed"
