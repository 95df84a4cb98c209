"""The driving licence. Pure."""

from __future__ import annotations

from typing import Any

from eid.agencies.licence_rules import HeldClass
from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, write_day


def _class(held: HeldClass) -> dict[str, Any]:
    return {
        "class": str(held.licence_class),
        "first_issued_on": write_day(held.first_issued_on),
        "issued_on": write_day(held.issued_on),
        "expires_on": write_day(held.expires_on),
    }


PAPER = Paper(
    name="driving_licence",
    title="Driving licence",
    agency="Traffic police (simulated)",
    share_title="Your driving licence",
    attributes=(
        *HOLDER,
        Attribute("nationality", AttributeKind.TEXT, "Nationality", lambda record, holder: holder.nationality),
        Attribute("number", AttributeKind.TEXT, "Licence number", lambda record, holder: record.number),
        Attribute(
            "classes", AttributeKind.LIST, "Classes", lambda record, holder: [_class(held) for held in record.classes]
        ),
        Attribute("authority", AttributeKind.TEXT, "Issued by (province)", lambda record, holder: record.authority),
        Attribute("points", AttributeKind.NUMBER, "Points", lambda record, holder: record.points),
        Attribute("may_drive", AttributeKind.TRUTH, "May drive", lambda record, holder: record.may_drive),
        Attribute("licence_status", AttributeKind.TEXT, "Status", lambda record, holder: str(record.state)),
    ),
    adding=Adding("Licence number", lambda record: [record.number]),
)
