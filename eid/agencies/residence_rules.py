"""Residence as pure rules: where somebody lives, with whom, how long elsewhere (Law on Residence 68/2020/QH14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from eid.agencies.terms import add_months, add_years
from eid.agencies.values import EntitlementState
from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.population.life.kinds import Relation

LONGEST_STAY_YEARS = 2
"""A temporary residence is registered for two years at most, and may be extended (article 27, clause 2)."""

CONFIRMED_FOR_YEARS = 1
"""A confirmation of residence, form CT07, holds for a year (Circular 55/2021/TT-BCA, article 17, as changed by 66/2023)."""


@frozen
class Stay:
    """An address at which somebody is registered."""

    address: str
    """One line: house, commune, province as it is called today."""
    province: str
    """As provinces are numbered since 2025-07-01."""
    since: date | None
    """None where they lived there when the register was opened."""
    until: date | None = None
    """The last day of a temporary residence."""


@frozen
class HouseholdMember:
    """Somebody of a household, as the register has them."""

    pin: str
    full_name: str
    birth_date: date
    sex: str
    relation: Relation


@frozen
class ResidenceRecord:
    """Where somebody is registered today, and with whom."""

    person_id: int
    permanent: Stay
    temporary: Stay | None
    household: str
    """The number of the household; nothing of the dead, who are of none."""
    head: HouseholdMember | None
    relation: Relation | None
    """To the head."""
    members: tuple[HouseholdMember, ...]
    """Everybody of the household, the head first, the holder among them."""
    authority_name: str
    """Whose police keeps the register of where they live."""
    state: EntitlementState
    updated_at: datetime

    @property
    def current(self) -> Stay:
        """Where they live now: where they stay for a time, or else permanently (article 11 takes the first of the two)."""
        return self.temporary or self.permanent


def check_stay(registered_on: date, until: date) -> None:
    """Somebody can be registered there for so long. Raises Malformed: stay_term."""
    if not registered_on < until <= add_years(registered_on, LONGEST_STAY_YEARS):
        raise Malformed("stay_term", "A temporary residence is registered for two years at most.")


def default_end(registered_on: date) -> date:
    """The last day where nothing else is wished: a year later."""
    return add_months(registered_on, 12)


def confirmed_until(day: date) -> date:
    """The last day on which a confirmation of that day holds."""
    return add_years(day, CONFIRMED_FOR_YEARS)


def order_members(members: Iterable[HouseholdMember]) -> tuple[HouseholdMember, ...]:
    """The head first, then the spouse, then the others, the oldest first."""
    places = {Relation.HEAD: 0, Relation.SPOUSE: 1}
    return tuple(sorted(members, key=lambda each: (places.get(each.relation, 2), each.birth_date, each.pin)))
