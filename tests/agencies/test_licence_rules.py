"""Driving licences: numbers, classes since 2025, points."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.agencies.licence_rules import (
    CLASS_RULES,
    FULL_POINTS,
    HeldClass,
    LicenceClass,
    PointsHistory,
    build_licence_number,
    check_licence_age,
    deduct_points,
    expiry_of,
    find_classes_in_force,
    parse_licence_number,
    points_on,
    restore_points,
)
from eid.agencies.terms import add_months
from eid.errors import Conflict, Malformed

START = date(2026, 1, 10)

deductions = st.lists(st.tuples(st.integers(0, 800), st.integers(1, 12)), max_size=12)
"""Days since the one before, and points."""


@pytest.mark.parametrize(
    ("licence_class", "minimum_age", "valid_years"),
    [("A1", 18, None), ("A", 18, None), ("B1", 18, None), ("B", 18, 10), ("C1", 18, 10), ("C", 21, 5), ("D1", 24, 5),
     ("D2", 24, 5), ("D", 27, 5), ("BE", 21, 5), ("C1E", 24, 5), ("CE", 24, 5), ("D1E", 27, 5), ("D2E", 27, 5), ("DE", 27, 5)],
)  # fmt: skip
def test_each_class_has_the_age_and_the_validity_of_the_law(
    licence_class: str, minimum_age: int, valid_years: int | None
) -> None:
    """Law 36/2024/QH15, Articles 57 and 59."""
    rule = CLASS_RULES[LicenceClass(licence_class)]
    assert (rule.minimum_age, rule.valid_years) == (minimum_age, valid_years)
    assert len(CLASS_RULES) == len(LicenceClass) == 15


def test_a_class_expires_so_many_years_after_it_was_issued() -> None:
    assert expiry_of(LicenceClass.A1, START) is None
    assert expiry_of(LicenceClass.B, START) == date(2036, 1, 10)
    assert expiry_of(LicenceClass.C, START) == date(2031, 1, 10)


def test_a_class_is_in_force_from_its_issue_until_the_day_before_it_expires() -> None:
    car = HeldClass(LicenceClass.B, START, START, date(2036, 1, 10))
    motorcycle = HeldClass(LicenceClass.A1, START, START, None)
    assert find_classes_in_force([car, motorcycle], on=START - timedelta(days=1)) == []
    assert find_classes_in_force([car, motorcycle], on=date(2036, 1, 9)) == [car, motorcycle]
    assert find_classes_in_force([car, motorcycle], on=date(2036, 1, 10)) == [motorcycle]


def test_a_class_is_given_from_the_birthday_and_not_the_day_before() -> None:
    check_licence_age(LicenceClass.C, date(2005, 1, 10), on=START)
    with pytest.raises(Conflict) as refusal:
        check_licence_age(LicenceClass.C, date(2005, 1, 11), on=START)
    assert refusal.value.code == "licence_age"


@given(st.integers(1900, 2099), st.sampled_from("MF"), st.integers(1950, 2099), st.integers(0, 10**7 - 1))
def test_every_licence_number_that_is_built_is_read_back(
    birth_year: int, sex: str, passed_in: int, serial: int
) -> None:
    number = build_licence_number(birth_year=birth_year, sex=sex, passed_in=passed_in, serial=serial)
    parsed = parse_licence_number(number)
    assert len(number) == 12
    assert (parsed.authority, parsed.sex, parsed.passed_in, parsed.serial) == ("99", sex, passed_in % 100, serial)
    assert parsed.born_in_century == birth_year // 100 + 1


@pytest.mark.parametrize(
    "number", ["", "99025012345", "9902501234567", "994250123456", "99a250123456", "990250123456\n"]
)
def test_a_licence_number_of_another_form_is_refused(number: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_licence_number(number)
    assert refusal.value.code == "licence_number"


@pytest.mark.parametrize("changes", [{"birth_year": 1899}, {"birth_year": 2100}, {"sex": "X"}, {"serial": 10**7}])
def test_a_licence_number_for_nobody_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed) as refusal:
        build_licence_number(**({"birth_year": 1990, "sex": "M", "passed_in": 2015, "serial": 1} | changes))  # type: ignore[arg-type]
    assert refusal.value.code == "licence_number"


@given(deductions, st.integers(0, 4000))
def test_points_stay_between_zero_and_twelve(steps: list[tuple[int, int]], later: int) -> None:
    history, day = PointsHistory(), START
    for days, points in steps:
        day += timedelta(days=days)
        history = deduct_points(history, points, on=day)
        assert 0 <= history.points < FULL_POINTS
    assert 0 <= points_on(history, day + timedelta(days=later)) <= FULL_POINTS


@given(deductions)
def test_a_deduction_takes_what_it_says_or_all_that_is_left(steps: list[tuple[int, int]]) -> None:
    history, day = PointsHistory(), START
    for days, points in steps:
        day += timedelta(days=days)
        before = points_on(history, day)
        history = deduct_points(history, points, on=day)
        assert points_on(history, day) == max(0, before - points)


@given(st.integers(1, 11), st.integers(0, 1000))
def test_points_come_back_after_twelve_months_without_a_deduction(points: int, days: int) -> None:
    """Law 36/2024/QH15, Article 58."""
    history = deduct_points(PointsHistory(), points, on=START)
    day = START + timedelta(days=days)
    restored = day >= add_months(START, 12)
    assert points_on(history, day) == (FULL_POINTS if restored else FULL_POINTS - points)


@given(st.integers(0, 20_000))
def test_no_points_never_come_back_by_themselves(days: int) -> None:
    """Law 36/2024/QH15, Article 58: only a test of knowledge restores a licence without points."""
    history = deduct_points(PointsHistory(), FULL_POINTS, on=START)
    assert points_on(history, START + timedelta(days=days)) == 0


def test_a_second_deduction_within_twelve_months_starts_them_anew() -> None:
    history = deduct_points(PointsHistory(), 2, on=START)
    history = deduct_points(history, 4, on=date(2026, 12, 10))
    assert points_on(history, date(2027, 12, 9)) == 6
    assert points_on(history, date(2027, 12, 10)) == 12


def test_a_test_of_knowledge_restores_all_points_after_six_months() -> None:
    """Law 36/2024/QH15, Article 58."""
    history = deduct_points(PointsHistory(), FULL_POINTS, on=START)
    with pytest.raises(Conflict) as refusal:
        restore_points(history, on=date(2026, 7, 9))
    assert refusal.value.code == "test_too_early"
    assert restore_points(history, on=date(2026, 7, 10)).points == FULL_POINTS


@pytest.mark.parametrize("history", [PointsHistory(), PointsHistory(3, START)])
def test_a_licence_with_points_left_needs_no_test(history: PointsHistory) -> None:
    with pytest.raises(Conflict) as refusal:
        restore_points(history, on=date(2030, 1, 1))
    assert refusal.value.code == "points_left"


@pytest.mark.parametrize("points", [-1, 0, 13])
def test_a_decision_takes_from_one_to_twelve_points(points: int) -> None:
    with pytest.raises(Malformed) as refusal:
        deduct_points(PointsHistory(), points, on=START)
    assert refusal.value.code == "points"
