"""The card of a child under six, which a parent or guardian holds. Pure."""

from __future__ import annotations

from eid.credentials.paper_kinds import HOLDER, AttributeKind, Paper, recorded

PAPER = Paper(
    name="newborn_card",
    title="Card of a child under six",
    agency="Social insurance (simulated)",
    share_title="The card of a child under six",
    attributes=(
        *HOLDER,
        recorded("number", AttributeKind.TEXT, "Social insurance number"),
        recorded("card_code", AttributeKind.TEXT, "Card code"),
        recorded("facility", AttributeKind.TEXT, "Code of the first facility"),
        recorded("facility_name", AttributeKind.TEXT, "First facility"),
        recorded("valid_from", AttributeKind.DAY, "Valid from"),
        recorded("valid_to", AttributeKind.DAY, "Valid to"),
        recorded("mother", AttributeKind.TEXT, "Mother"),
        recorded("father", AttributeKind.TEXT, "Father"),
    ),
    is_held_by_guardian=True,
)
