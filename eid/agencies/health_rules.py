"""The electronic health book as pure rules: its groups, and what a facility may write into it (Decisions 1332 and 31/QĐ-BYT).

Diagnoses bear a code of ICD-10. What the drugs and procedures cost, and the tables of Decision 130/QĐ-BYT, are not here.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum

from eid.agencies.values import EntitlementState
from eid.errors import Malformed
from eid.late_dataclasses import frozen

ICD10 = re.compile(r"[A-Z][0-9]{2}(\.[0-9]{1,2})?")
FACILITY = re.compile(r"[0-9]{2}-[0-9]{3}")
MOST_DOSES = 10
LONGEST_TEXT = 120
VISITS_TOLD = 10
"""So many visits, the newest, are told; the facilities keep the others."""


class AllergyKind(StrEnum):
    DRUG = "drug"
    FOOD = "food"
    OTHER = "other"


class VisitKind(StrEnum):
    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"


class VisitResult(StrEnum):
    RECOVERED = "recovered"
    BETTER = "better"
    UNCHANGED = "unchanged"


@frozen
class Allergy:
    kind: AllergyKind
    agent: str
    manifestation: str


@frozen
class Disease:
    """Something that somebody has or had for long."""

    icd10: str
    name: str
    since: date


@frozen
class Facility:
    """Who wrote an entry, and thereby signed it."""

    code: str
    """Province and number, as in 79-001."""
    name: str


@frozen
class Vaccination:
    vaccine: str
    antigen: str
    dose: int
    """The first is 1."""
    given_on: date
    facility: Facility


@frozen
class Drug:
    name: str
    use: str


@frozen
class Visit:
    kind: VisitKind
    came_on: date
    left_on: date
    reason: str
    icd10: str
    diagnosis: str
    result: VisitResult
    drugs: tuple[Drug, ...]
    facility: Facility


@frozen
class HealthRecord:
    """Somebody's health book today."""

    person_id: int
    insurance_number: str | None
    address: str
    legal_representative: str | None
    """A parent, of those under 18."""
    allergies: tuple[Allergy, ...]
    diseases: tuple[Disease, ...]
    vaccinations: tuple[Vaccination, ...]
    """The oldest first."""
    visits: tuple[Visit, ...]
    """The newest first."""
    state: EntitlementState
    updated_at: datetime


def check_vaccination(given: Vaccination, *, born: date, today: date) -> None:
    """A facility may write this. Raises Malformed: facility, dose, text, health_date."""
    _check_facility(given.facility)
    _check_texts(given.vaccine, given.antigen)
    if not 1 <= given.dose <= MOST_DOSES:
        raise Malformed("dose", "The dose is a number from 1 to 10.")
    _check_days(born, given.given_on, today)


def check_visit(visit: Visit, *, born: date, today: date) -> None:
    """A facility may write this. Raises Malformed: facility, icd10, text, health_date."""
    _check_facility(visit.facility)
    if not ICD10.fullmatch(visit.icd10):
        raise Malformed("icd10", "A diagnosis bears a code of ICD-10, as in J06.9.")
    _check_texts(visit.reason, visit.diagnosis, *(drug.name for drug in visit.drugs))
    _check_days(born, visit.came_on, visit.left_on, today)


def _check_facility(facility: Facility) -> None:
    if not FACILITY.fullmatch(facility.code):
        raise Malformed("facility", "A facility is named by province and number, as in 79-001.")


def _check_texts(*texts: str) -> None:
    if not all(text.strip() and len(text) <= LONGEST_TEXT for text in texts):
        raise Malformed("text", "Something that must be written is missing or too long.")


def _check_days(*days: date) -> None:
    if list(days) != sorted(days):
        raise Malformed("health_date", "The date lies before the birth or in the future.")
