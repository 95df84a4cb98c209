"""The day that parts those who are old enough from those who are not."""

from datetime import date, timedelta

import pytest

from eid.population.numbers import age_on, years_before

DAYS = [date(2026, 7, 31), date(2026, 8, 29), date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 28), date(2028, 2, 29)]
DAYS += [date(2116, 2, 29), date(2027, 12, 31), date(2027, 1, 1)]


@pytest.mark.parametrize("years", [14, 16, 18, 130])
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_birthday_parts_the_ages_on_every_day_of_the_calendar(day: date, years: int) -> None:
    for days in range(-40, 40):
        born = day.replace(year=day.year - years, day=min(day.day, 28)) + timedelta(days=days)
        assert (born <= years_before(day, years)) == (age_on(born, day) >= years), born
