"""Periods of working days: Monday to Friday without public holidays, as days are counted in Vietnam.

Civil Code 2015, articles 147 and 148: a period begins on the day after what starts it, and ends with the end of its last day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, timezone

_VIETNAM = timezone(timedelta(hours=7))
_DAY = timedelta(days=1)
_SATURDAY = 5


def is_working_day(day: date, *, holidays: Collection[date]) -> bool:
    """Whether offices work on this day; a Saturday worked in exchange for another day does not count."""
    return day.weekday() < _SATURDAY and day not in holidays


def add_working_days(day: date, count: int, *, holidays: Collection[date]) -> date:
    """The last of so many working days after this day; the day itself for none. Raises ValueError for a negative count."""
    if count < 0:
        raise ValueError("working days are counted forward")
    while count:
        day += _DAY
        count -= is_working_day(day, holidays=holidays)
    return day


def deadline_of(moment: datetime, count: int, *, holidays: Collection[date]) -> datetime:
    """When so many working days from this moment are over: midnight in Vietnam after the last of them; aware, UTC.

    Raises ValueError for a moment without a zone, or a negative count.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is not a time")
    last = add_working_days(moment.astimezone(_VIETNAM).date(), count, holidays=holidays)
    return datetime.combine(last + _DAY, time(), _VIETNAM).astimezone(UTC)
