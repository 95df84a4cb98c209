"""The electronic health book: each of its groups is shared, or withheld, by itself. Pure."""

from __future__ import annotations

from typing import Any

from eid.agencies.health_rules import Allergy, Disease, Facility, Vaccination, Visit
from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, recorded, write_day

TEXT, LIST = AttributeKind.TEXT, AttributeKind.LIST


def _allergy(each: Allergy) -> dict[str, Any]:
    return {"type": str(each.kind), "agent": each.agent, "manifestation": each.manifestation}


def _disease(each: Disease) -> dict[str, Any]:
    return {"icd10": each.icd10, "name": each.name, "since": write_day(each.since)}


def _signed_by(facility: Facility) -> dict[str, Any]:
    return {"facility": facility.code, "facility_name": facility.name}


def _vaccination(each: Vaccination) -> dict[str, Any]:
    what = {"vaccine": each.vaccine, "antigen": each.antigen, "dose": each.dose, "date": write_day(each.given_on)}
    return what | _signed_by(each.facility)


def _visit(each: Visit) -> dict[str, Any]:
    return {
        "kind": str(each.kind),
        "came_on": write_day(each.came_on),
        "left_on": write_day(each.left_on),
        "reason": each.reason,
        "icd10": each.icd10,
        "diagnosis": each.diagnosis,
        "result": str(each.result),
        "drugs": [{"name": drug.name, "use": drug.use} for drug in each.drugs],
    } | _signed_by(each.facility)


PAPER = Paper(
    name="health_record",
    title="Health book",
    agency="Health authority (simulated)",
    share_title="Your health book",
    attributes=(
        *HOLDER,
        recorded("insurance_number", TEXT, "Social insurance number"),
        recorded("address", TEXT, "Address"),
        recorded("legal_representative", TEXT, "Legal representative"),
        Attribute("allergies", LIST, "Allergies", lambda record, holder: [_allergy(each) for each in record.allergies]),
        Attribute(
            "diseases", LIST, "Disease history", lambda record, holder: [_disease(each) for each in record.diseases]
        ),
        Attribute(
            "vaccinations",
            LIST,
            "Vaccinations",
            lambda record, holder: [_vaccination(each) for each in record.vaccinations],
        ),
        Attribute(
            "visits", LIST, "Visits to facilities", lambda record, holder: [_visit(each) for each in record.visits]
        ),
    ),
    adding=Adding(),
    shown=("name", "birthdate", "gender", "insurance_number", "allergies", "diseases"),
)
