"""Terms in months and years."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from eid.agencies.terms import add_months, add_years

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(days, st.integers(0, 600))
def test_a_term_of_months_ends_in_the_month_that_it_must(day: date, months: int) -> None:
    """Civil Code 2015, Article 148: the same day, or the last day of a month that lacks it."""
    end = add_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end.day < day.day and add_months(end.replace(day=1), 1).replace(day=1) > end)


@given(days, st.integers(0, 600), st.integers(0, 600))
def test_a_longer_term_never_ends_earlier(day: date, shorter: int, longer: int) -> None:
    assert add_months(day, min(shorter, longer)) <= add_months(day, max(shorter, longer))


def test_a_year_from_a_leap_day_ends_on_the_last_of_february() -> None:
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
