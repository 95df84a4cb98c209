"""The certificate of somebody of merit, or of a relative. Pure."""

from __future__ import annotations

from eid.credentials.paper_kinds import HOLDER, Adding, AttributeKind, Paper, recorded

PAPER = Paper(
    name="merit",
    title="Certificate of merit",
    agency="Home affairs (simulated)",
    share_title="What merit you were recognised for",
    attributes=(
        *HOLDER,
        recorded("number", AttributeKind.TEXT, "Number of the certificate"),
        recorded("kind", AttributeKind.TEXT, "Kind of merit"),
        recorded("decided_on", AttributeKind.DAY, "Decided on"),
        recorded("authority", AttributeKind.TEXT, "Decided in (province)"),
    ),
    adding=Adding("Number of the certificate", lambda record: [record.number]),
)
