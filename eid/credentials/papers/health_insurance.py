"""The health insurance card. Pure."""

from __future__ import annotations

from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, write_day

PAPER = Paper(
    name="health_insurance",
    title="Health insurance card",
    agency="Social insurance (simulated)",
    share_title="Your health insurance card",
    attributes=(
        *HOLDER,
        Attribute("number", AttributeKind.TEXT, "Social insurance number", lambda record, holder: record.number),
        Attribute("card_code", AttributeKind.TEXT, "Card code", lambda record, holder: record.card_code),
        Attribute(
            "object_code", AttributeKind.TEXT, "Group of insured people", lambda record, holder: record.object_code
        ),
        Attribute(
            "benefit_level", AttributeKind.TEXT, "Benefit level", lambda record, holder: str(record.benefit_level)
        ),
        Attribute(
            "fund_share", AttributeKind.NUMBER, "Share that the fund pays", lambda record, holder: record.fund_share
        ),
        Attribute("facility", AttributeKind.TEXT, "Code of the first facility", lambda record, holder: record.facility),
        Attribute("facility_name", AttributeKind.TEXT, "First facility", lambda record, holder: record.facility_name),
        Attribute("valid_from", AttributeKind.DAY, "Valid from", lambda record, holder: write_day(record.valid_from)),
        Attribute("valid_to", AttributeKind.DAY, "Valid to", lambda record, holder: write_day(record.valid_to)),
        Attribute(
            "five_years_on",
            AttributeKind.DAY,
            "Five continuous years from",
            lambda record, holder: write_day(record.five_years_on),
        ),
    ),
    adding=Adding("Number of the health insurance card", lambda record: [record.number, record.card_code]),
)
