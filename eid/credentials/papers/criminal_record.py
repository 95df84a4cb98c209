"""The criminal-record certificate, form no. 1: the newest that was issued. Form no. 2 is nothing that services get. Pure."""

from __future__ import annotations

from typing import Any

from eid.agencies.criminal_record_rules import Conviction
from eid.credentials.paper_kinds import HOLDER, Attribute, AttributeKind, Paper, recorded, write_day

TEXT, DAY = AttributeKind.TEXT, AttributeKind.DAY


def _conviction(each: Conviction) -> dict[str, Any]:
    return {"decided_on": write_day(each.decided_on), "offence": each.offence}


PAPER = Paper(
    name="criminal_record",
    title="Criminal-record certificate",
    agency="Police of the province (simulated)",
    share_title="Your criminal-record certificate, form no. 1",
    attributes=(
        *HOLDER,
        Attribute("nationality", TEXT, "Nationality", lambda record, holder: holder.nationality),
        recorded("number", TEXT, "Number of the certificate"),
        recorded("issued_on", DAY, "Issued on"),
        recorded("valid_until", DAY, "Valid until"),
        Attribute("authority", TEXT, "Issued by (province)", lambda record, holder: record.authority_name),
        recorded("purpose", TEXT, "What it is for"),
        recorded("conclusion", TEXT, "Conclusion"),
        Attribute(
            "convictions",
            AttributeKind.LIST,
            "Convictions that stand",
            lambda record, holder: [_conviction(each) for each in record.convictions],
        ),
    ),
)
