"""Social insurance as pure rules: periods of contribution, what a salary is counted at, what the months add up to.

Law on Social Insurance 41/2024/QH15, in force since 2025-07-01, articles 31 to 34: an employee is insured from the first month of
a contract, the salary counts between the reference level and twenty times it, and the employer pays month by month.
What a pension then is, is not decided here.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from eid.agencies.values import EntitlementState
from eid.errors import Malformed
from eid.late_dataclasses import frozen

REFERENCE_LEVEL = 2_340_000
"""Đồng a month, the basic salary since 2024-07-01 (Decree 73/2024/NĐ-CP), which the reference level is (article 7)."""

HIGHEST_BASE = 20 * REFERENCE_LEVEL

UNEMPLOYMENT_SINCE = date(2009, 1, 1)
"""Contributions for unemployment began with this month (Law on Social Insurance of 2006, article 140)."""


class ParticipationStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


@frozen
class ContributionPeriod:
    """A time with one employer; months are their first days."""

    employer: str
    employer_code: str
    from_month: date
    to_month: date | None
    """The last month; None while it goes on."""
    monthly_base: int
    """Đồng of salary a month that contributions are counted from."""
    months_paid: int


@frozen
class SocialInsuranceRecord:
    """What somebody has paid into social insurance until today."""

    person_id: int
    number: str
    periods: tuple[ContributionPeriod, ...]
    unemployment_months: int
    state: EntitlementState
    updated_at: datetime

    @property
    def total_months(self) -> int:
        return sum(period.months_paid for period in self.periods)

    @property
    def years(self) -> int:
        """Whole years that were paid."""
        return self.total_months // 12

    @property
    def months(self) -> int:
        """Months beyond the whole years."""
        return self.total_months % 12


def month_of(day: date) -> date:
    """The first day of the month of this day."""
    return day.replace(day=1)


def count_months(first: date, last: date) -> int:
    """Months from the one to the other, both counted; none where the last is before the first."""
    return max(0, (last.year - first.year) * 12 + last.month - first.month + 1)


def check_base(monthly_base: int) -> None:
    """Raise Malformed: salary_base, unless contributions can be counted from this salary (article 31)."""
    if not REFERENCE_LEVEL <= monthly_base <= HIGHEST_BASE:
        raise Malformed("salary_base", "The salary that counts is between the reference level and twenty times it.")


def check_month(month: date, *, begun: date, today: date) -> None:
    """Raise Malformed: contribution_month, unless the month is one of a period that began then, and is not in the future."""
    if month != month_of(month) or not begun <= month <= month_of(today):
        raise Malformed(
            "contribution_month", "A month is paid from the first one of the employment to the present one."
        )
