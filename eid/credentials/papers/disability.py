"""The certificate of disability. Pure."""

from __future__ import annotations

from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, recorded

PAPER = Paper(
    name="disability",
    title="Certificate of disability",
    agency="Commune (simulated)",
    share_title="Your certificate of disability",
    attributes=(
        *HOLDER,
        recorded("number", AttributeKind.TEXT, "Number of the certificate"),
        Attribute(
            "kinds",
            AttributeKind.LIST,
            "Kinds of disability",
            lambda record, holder: [str(kind) for kind in record.kinds],
        ),
        recorded("degree", AttributeKind.TEXT, "Degree of disability"),
        recorded("decided_on", AttributeKind.DAY, "Decided on"),
        recorded("authority", AttributeKind.TEXT, "Decided in (province)"),
    ),
    adding=Adding("Number of the certificate", lambda record: [record.number]),
)
