"""Fishing permits: an agency that gives everybody the same one, as simple as an agency can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from eid.agencies.office import Office
from eid.agencies.values import EntitlementState
from eid.events import PersonDied


@dataclass(frozen=True)
class PermitRecord:
    person_id: int
    number: str
    waters: str
    state: EntitlementState
    updated_at: datetime


def find_fishing_permit(person_id: int, *, hold: bool = False) -> PermitRecord:
    """The permit; `hold` has nothing to hold. Raises NotFound: paper_unknown, where there is none."""
    return PermitRecord(person_id, "F-1", "Hồ Mẫu", EntitlementState.VALID, datetime(2026, 1, 1, tzinfo=UTC))


def end_permit_of_dead(died: PersonDied) -> None:
    """Handles PersonDied."""


OFFICE = Office("fishing_permit", find_fishing_permit, end_permit_of_dead)
