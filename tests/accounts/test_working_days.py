"""Working days: laws that hold for any holidays, and what they make of Vietnam's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.holidays import read_holidays
from eid.accounts.working_days import add_working_days, deadline_of, is_working_day
from eid.population.sample_data import read_table

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
HOLIDAYS = st.frozensets(DAYS, max_size=40)
COUNTS = st.integers(0, 30)
MOMENTS = st.integers(0, 7 * 365 * 86400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(DAYS, st.integers(1, 30), HOLIDAYS)
def test_the_last_day_is_a_working_day_and_so_many_lie_in_between(
    day: date, count: int, holidays: frozenset[date]
) -> None:
    last = add_working_days(day, count, holidays=holidays)
    between = (day + timedelta(days=number) for number in range(1, (last - day).days + 1))
    assert is_working_day(last, holidays=holidays)
    assert sum(is_working_day(each, holidays=holidays) for each in between) == count


@given(DAYS, COUNTS, COUNTS, HOLIDAYS)
def test_two_periods_in_a_row_are_one(day: date, one: int, other: int, holidays: frozenset[date]) -> None:
    halfway = add_working_days(day, one, holidays=holidays)
    assert add_working_days(halfway, other, holidays=holidays) == add_working_days(day, one + other, holidays=holidays)


@given(DAYS, COUNTS, HOLIDAYS)
def test_a_holiday_never_shortens_a_period(day: date, count: int, holidays: frozenset[date]) -> None:
    assert add_working_days(day, count, holidays=holidays) >= add_working_days(day, count, holidays=())


@given(MOMENTS, COUNTS, HOLIDAYS)
def test_a_deadline_is_a_midnight_in_vietnam_and_lies_ahead(
    moment: datetime, count: int, holidays: frozenset[date]
) -> None:
    """Civil Code 2015, article 148, clause 6: a period ends with its last day."""
    deadline = deadline_of(moment, count, holidays=holidays)
    assert deadline > moment
    assert (deadline.hour, deadline.minute, deadline.second, deadline.tzinfo) == (17, 0, 0, UTC)


@pytest.mark.parametrize(
    ("moment", "count", "over"),
    [
        pytest.param(datetime(2026, 2, 13, 3, tzinfo=UTC), 1, datetime(2026, 2, 23, 17, tzinfo=UTC), id="over Tết"),
        pytest.param(datetime(2026, 2, 13, 18, tzinfo=UTC), 1, datetime(2026, 2, 23, 17, tzinfo=UTC), id="a Saturday"),
        pytest.param(datetime(2026, 4, 24, 3, tzinfo=UTC), 3, datetime(2026, 5, 4, 17, tzinfo=UTC), id="April"),
        pytest.param(datetime(2025, 3, 10, 3, tzinfo=UTC), 15, datetime(2025, 3, 31, 17, tzinfo=UTC), id="three weeks"),
    ],
)
def test_deadlines_pass_over_vietnams_holidays(moment: datetime, count: int, over: datetime) -> None:
    assert deadline_of(moment, count, holidays=read_holidays()) == over


def test_periods_are_counted_forward_and_from_a_known_moment() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2026, 3, 2), -1, holidays=())
    with pytest.raises(ValueError, match="zone"):
        deadline_of(datetime(2026, 3, 2), 1, holidays=())  # noqa: DTZ001


def test_every_year_has_the_holidays_of_the_law() -> None:
    """Labour Code 2019, article 112: eleven days, and since 2026 Vietnam Culture Day."""
    rows = [row for row in read_table("calendar/holidays.csv") if not row["name"].startswith("in ")]
    for year in range(2024, 2031):
        names = sorted(row["name"] for row in rows if row["day"].startswith(str(year)))
        assert len(names) == (11 if year < 2026 else 12), year
        assert names.count("Tết") == 5


def test_a_day_in_lieu_is_no_weekend() -> None:
    rows = [row for row in read_table("calendar/holidays.csv") if row["name"].startswith("in ")]
    assert rows
    assert {date.fromisoformat(row["day"]).weekday() for row in rows} <= set(range(5))
