"""The social insurance book: periods of contribution and what they add up to. Pure."""

from __future__ import annotations

from typing import Any

from eid.agencies.social_insurance_rules import ContributionPeriod
from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, recorded


def _period(period: ContributionPeriod) -> dict[str, Any]:
    """Months are yyyy-mm; one that goes on has no `to`."""
    said = {
        "employer": period.employer,
        "employer_code": period.employer_code,
        "from": f"{period.from_month:%Y-%m}",
        "to": f"{period.to_month:%Y-%m}" if period.to_month else None,
        "monthly_base": period.monthly_base,
        "months_paid": period.months_paid,
    }
    return {name: value for name, value in said.items() if value is not None}


PAPER = Paper(
    name="social_insurance",
    title="Social insurance book",
    agency="Social insurance (simulated)",
    share_title="Your social insurance and its periods",
    attributes=(
        *HOLDER,
        recorded("number", AttributeKind.TEXT, "Social insurance number"),
        Attribute(
            "periods",
            AttributeKind.LIST,
            "Periods of contribution",
            lambda record, holder: [_period(period) for period in record.periods],
        ),
        recorded("years", AttributeKind.NUMBER, "Whole years paid"),
        recorded("months", AttributeKind.NUMBER, "Months beyond whole years"),
        recorded("unemployment_months", AttributeKind.NUMBER, "Months paid for unemployment"),
    ),
    adding=Adding("Social insurance number", lambda record: [record.number]),
)
