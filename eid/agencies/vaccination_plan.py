"""The doses of the national immunisation programme, by age and by the year in which each was taken up. Pure.

Ages are those of Circulars 38/2017/TT-BYT and 10/2024/TT-BYT. Entries begin with the electronic register, in the middle of 2017.
"""

from __future__ import annotations

from datetime import date, timedelta

from eid.agencies.terms import add_months
from eid.late_dataclasses import frozen

ELECTRONIC_SINCE = date(2017, 6, 1)


@frozen
class PlannedDose:
    vaccine: str
    antigen: str
    dose: int
    months: int
    """The age at which it is due."""
    since: date = ELECTRONIC_SINCE
    """Who was due before is not given it."""
    days: int = 0


_SIX = "bạch hầu, ho gà, uốn ván, viêm gan B, Hib"

CHILDREN = (
    PlannedDose("Viêm gan B sơ sinh", "viêm gan B", 1, 0),
    PlannedDose("BCG", "lao", 1, 0, days=7),
    PlannedDose("DPT-VGB-Hib", _SIX, 1, 2),
    PlannedDose("DPT-VGB-Hib", _SIX, 2, 3),
    PlannedDose("DPT-VGB-Hib", _SIX, 3, 4),
    PlannedDose("bOPV", "bại liệt", 1, 2),
    PlannedDose("bOPV", "bại liệt", 2, 3),
    PlannedDose("bOPV", "bại liệt", 3, 4),
    PlannedDose("IPV", "bại liệt", 1, 5, since=date(2018, 8, 1)),
    PlannedDose("IPV", "bại liệt", 2, 9, since=date(2021, 7, 1)),
    PlannedDose("Rota", "tiêu chảy do vi rút Rota", 1, 2, since=date(2024, 6, 13)),
    PlannedDose("Rota", "tiêu chảy do vi rút Rota", 2, 3, since=date(2024, 6, 13)),
    PlannedDose("Sởi", "sởi", 1, 9),
    PlannedDose("MR", "sởi, rubella", 1, 18),
    PlannedDose("DPT", "bạch hầu, ho gà, uốn ván", 4, 18),
    PlannedDose("Viêm não Nhật Bản", "viêm não Nhật Bản", 1, 12),
    PlannedDose("Viêm não Nhật Bản", "viêm não Nhật Bản", 2, 12, days=14),
    PlannedDose("Viêm não Nhật Bản", "viêm não Nhật Bản", 3, 24),
    PlannedDose("Td", "uốn ván, bạch hầu", 1, 84, since=date(2024, 6, 13)),
)

COVID_CAMPAIGN = (date(2021, 8, 15), date(2021, 10, 10), date(2022, 2, 20))
"""About when grown-ups were given the doses against COVID-19."""


def due_on(planned: PlannedDose, birth_date: date) -> date:
    """The day on which somebody born then is due."""
    return add_months(birth_date, planned.months) + timedelta(days=planned.days)
