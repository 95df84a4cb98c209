"""What stands in a health book, made up from who somebody is: the same person has the same every time, and nothing is kept. Pure.

Chance is counted, not consumed: each allergy, disease, dose and year of visits has a chance of its own, so that a book grows
with the days and nothing in it ever changes. No shares by age are public; these are made up but for the rate of visits, 2.3 a
person and year (230 million a year).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from eid.agencies.health_rules import (
    Allergy,
    AllergyKind,
    Disease,
    Drug,
    Facility,
    Vaccination,
    Visit,
    VisitKind,
    VisitResult,
)
from eid.agencies.insurance_rules import facility_name
from eid.agencies.synthesis import FACILITIES
from eid.agencies.terms import add_years
from eid.agencies.vaccination_plan import CHILDREN, COVID_CAMPAIGN, due_on
from eid.late_dataclasses import frozen

SHARE_OF_ALLERGIC = 0.08
SHARE_OF_DOSES = 0.95
FIRST_YEAR_OF_VISITS = 2025
VISITS_A_YEAR = (18, 24, 21, 14, 10, 7, 6)
"""Of a hundred people, how many come not at all in a year, once, twice …: 2.2 times on average."""
_SHARE_OF_INPATIENTS = 0.07

_ALLERGIES = (
    (AllergyKind.DRUG, "Penicillin", "phát ban"),
    (AllergyKind.DRUG, "Aspirin", "nổi mề đay"),
    (AllergyKind.DRUG, "Sulfamid", "ngứa, phát ban"),
    (AllergyKind.FOOD, "Tôm, cua", "nổi mề đay"),
    (AllergyKind.FOOD, "Lạc", "sưng môi"),
    (AllergyKind.OTHER, "Phấn hoa", "hắt hơi, chảy nước mũi"),
    (AllergyKind.OTHER, "Bụi nhà", "khó thở nhẹ"),
)

_DISEASES = (
    # ICD-10, name, age from which, share of all who ever have it
    ("J45.9", "Hen phế quản", 4, 0.04),
    ("K29.7", "Viêm dạ dày", 22, 0.12),
    ("E78.5", "Rối loạn chuyển hóa lipid", 35, 0.18),
    ("I10", "Tăng huyết áp", 40, 0.27),
    ("E11.9", "Đái tháo đường típ 2", 42, 0.09),
    ("M17.9", "Thoái hóa khớp gối", 50, 0.15),
)
_ONSET_YEARS = 30

_TROUBLES = (
    ("Ho, đau họng", "J06.9", "Nhiễm trùng hô hấp trên cấp", (("Paracetamol 500 mg", "ngày 3 viên, chia 3 lần"),)),
    ("Ho kéo dài", "J20.9", "Viêm phế quản cấp",
     (("Amoxicillin 500 mg", "ngày 3 viên, 7 ngày"), ("Acetylcystein 200 mg", "ngày 3 gói"))),
    ("Đau bụng", "K29.7", "Viêm dạ dày", (("Omeprazol 20 mg", "ngày 1 viên, trước ăn sáng"),)),
    ("Tiêu chảy", "A09", "Tiêu chảy nhiễm trùng", (("Oresol", "uống theo lượng mất"),)),
    ("Đau lưng", "M54.5", "Đau thắt lưng", (("Ibuprofen 400 mg", "ngày 2 viên, sau ăn"),)),
    ("Ngứa da", "L30.9", "Viêm da", (("Cetirizin 10 mg", "ngày 1 viên"),)),
    ("Khám sức khỏe", "Z00.0", "Khám sức khỏe tổng quát", ()),
)  # fmt: skip


@frozen
class Patient:
    """Whose book it is, as the register first had them: what is corrected later changes no entry."""

    person_id: int
    birth_date: date
    birth_province: str
    """Where children are vaccinated."""
    province: str
    """Where they are treated."""


def draw_allergies(patient: Patient) -> tuple[Allergy, ...]:
    rng = _chance_of(patient, "allergies")
    if rng.random() >= SHARE_OF_ALLERGIC:
        return ()
    return tuple(Allergy(*each) for each in rng.sample(_ALLERGIES, 1 + (rng.random() < 0.2)))


def draw_diseases(patient: Patient, today: date) -> tuple[Disease, ...]:
    """What somebody has by today, the oldest first."""
    found = []
    for icd10, name, from_age, share in _DISEASES:
        rng = _chance_of(patient, icd10)
        falls_ill, late = rng.random() < share, int(_ONSET_YEARS * 365 * rng.random())
        since = add_years(patient.birth_date, from_age) + timedelta(days=late)
        if falls_ill and since <= today:
            found.append(Disease(icd10, name, since))
    return tuple(sorted(found, key=lambda each: each.since))


def draw_vaccinations(patient: Patient, today: date) -> tuple[Vaccination, ...]:
    """What somebody was given by today, the oldest first."""
    given = [*_draw_childrens(patient), *_draw_against_covid(patient)]
    return tuple(sorted((each for each in given if each.given_on <= today), key=lambda each: each.given_on))


def draw_visits(patient: Patient, today: date) -> tuple[Visit, ...]:
    """Where somebody was treated by today, the oldest first."""
    years = range(max(FIRST_YEAR_OF_VISITS, patient.birth_date.year), today.year + 1)
    drawn = (visit for year in years for visit in _draw_years_visits(patient, year))
    kept = [visit for visit in drawn if patient.birth_date < visit.came_on and visit.left_on <= today]
    return tuple(sorted(kept, key=lambda each: each.came_on))


def _draw_childrens(patient: Patient) -> Iterator[Vaccination]:
    facility = _draw_facility(patient, patient.birth_province, "vaccinations")
    for planned in CHILDREN:
        due = due_on(planned, patient.birth_date)
        rng = _chance_of(patient, "dose", planned.vaccine, planned.dose)
        if due >= planned.since and rng.random() < SHARE_OF_DOSES:
            late = timedelta(days=rng.randrange(14) if planned.months else rng.randrange(2))
            yield Vaccination(planned.vaccine, planned.antigen, planned.dose, due + late, facility)


def _draw_against_covid(patient: Patient) -> Iterator[Vaccination]:
    facility = _draw_facility(patient, patient.province, "covid")
    if add_years(patient.birth_date, 18) > COVID_CAMPAIGN[0]:
        return
    for dose, about in enumerate(COVID_CAMPAIGN, 1):
        rng = _chance_of(patient, "covid", dose)
        if rng.random() >= (SHARE_OF_DOSES, SHARE_OF_DOSES, 0.75)[dose - 1]:
            return
        yield Vaccination("Vắc xin COVID-19", "SARS-CoV-2", dose, about + timedelta(days=rng.randrange(40)), facility)


def _draw_years_visits(patient: Patient, year: int) -> Iterator[Visit]:
    rng = _chance_of(patient, "visits", year)
    for _ in range(rng.choices(range(len(VISITS_A_YEAR)), VISITS_A_YEAR)[0]):
        came_on = date(year, 1, 1) + timedelta(days=rng.randrange(365))
        reason, icd10, diagnosis, drugs = rng.choice(_TROUBLES)
        stays = rng.randrange(2, 9) if rng.random() < _SHARE_OF_INPATIENTS and drugs else 0
        yield Visit(
            VisitKind.INPATIENT if stays else VisitKind.OUTPATIENT,
            came_on,
            came_on + timedelta(days=stays),
            reason,
            icd10,
            diagnosis,
            rng.choice((VisitResult.RECOVERED, VisitResult.BETTER)) if drugs else VisitResult.UNCHANGED,
            tuple(Drug(*each) for each in drugs),
            _draw_facility(patient, patient.province, "visits"),
        )


def _draw_facility(patient: Patient, province: str, what: str) -> Facility:
    code = f"{province}-{_chance_of(patient, 'facility', what).randrange(1, FACILITIES + 1):03d}"
    return Facility(code, facility_name(code))


def _chance_of(patient: Patient, *what: object) -> Random:
    return Random(":".join(map(str, ("health", patient.person_id, *what))))  # noqa: S311 - a made-up country
