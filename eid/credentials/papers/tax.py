"""The tax registration and its dependants. Pure."""

from __future__ import annotations

from typing import Any

from eid.agencies.tax_rules import Dependant
from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, write_day


def _dependant(counted: Dependant) -> dict[str, Any]:
    return {
        "name": counted.full_name,
        "birthdate": write_day(counted.birth_date),
        "tax_code": counted.tax_code,
        "since": write_day(counted.since),
    }


PAPER = Paper(
    name="tax",
    title="Tax registration",
    agency="Tax authority (simulated)",
    share_title="Your tax code and dependants",
    attributes=(
        *HOLDER,
        Attribute("tax_code", AttributeKind.TEXT, "Tax code", lambda record, holder: record.tax_code),
        Attribute(
            "registered_on", AttributeKind.DAY, "Registered on", lambda record, holder: write_day(record.registered_on)
        ),
        Attribute("authority", AttributeKind.TEXT, "Registered in (province)", lambda record, holder: record.authority),
        Attribute(
            "dependants",
            AttributeKind.LIST,
            "Dependants",
            lambda record, holder: [_dependant(counted) for counted in record.dependants],
        ),
    ),
    adding=Adding("Tax code", lambda record: [record.tax_code]),
)
