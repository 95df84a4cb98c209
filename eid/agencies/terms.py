"""Terms in years and months from a day (Civil Code 2015, Article 148): where the last month is too short, its last day counts."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes the 28th where there is none."""
    return add_months(day, 12 * years)
