"""The certificate of a poor or near-poor household. Pure."""

from __future__ import annotations

from typing import Any

from eid.agencies.entitlement_rules import HouseholdMember
from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, recorded, write_day


def _member(member: HouseholdMember) -> dict[str, Any]:
    said = {"name": member.full_name, "birthdate": write_day(member.birth_date), "relation": member.relation}
    return {name: value for name, value in said.items() if value}


PAPER = Paper(
    name="poverty",
    title="Certificate of a poor household",
    agency="Commune (simulated)",
    share_title="That your household is poor or near-poor",
    attributes=(
        *HOLDER,
        recorded("number", AttributeKind.TEXT, "Number of the certificate"),
        recorded("kind", AttributeKind.TEXT, "Poor or near-poor"),
        recorded("valid_from", AttributeKind.DAY, "Valid from"),
        recorded("valid_to", AttributeKind.DAY, "Valid to"),
        recorded("authority", AttributeKind.TEXT, "Decided in (province)"),
        recorded("commune", AttributeKind.TEXT, "Decided in (commune)"),
        Attribute(
            "members",
            AttributeKind.LIST,
            "Members of the household",
            lambda record, holder: [_member(member) for member in record.members],
        ),
    ),
    adding=Adding("Number of the certificate", lambda record: [record.number]),
)
