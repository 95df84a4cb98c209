"""Residence: where somebody lives for good and for a time, and with whom. Pure."""

from __future__ import annotations

from typing import Any

from eid.agencies.residence_rules import HouseholdMember, Stay
from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, recorded, write_day


def _member(each: HouseholdMember) -> dict[str, Any]:
    return {
        "name": each.full_name,
        "birthdate": write_day(each.birth_date),
        "gender": {"M": "male", "F": "female"}[each.sex],
        "pin": each.pin,
        "relation": str(each.relation),
    }


def _of_stay(stay: Stay | None, what: str) -> Any:
    return None if stay is None else getattr(stay, what)


PAPER = Paper(
    name="residence",
    title="Residence",
    agency="Police of the commune (simulated)",
    share_title="Where you live and with whom",
    attributes=(
        *HOLDER,
        Attribute(
            "permanent_address",
            AttributeKind.TEXT,
            "Permanent residence",
            lambda record, holder: record.permanent.address,
        ),
        Attribute(
            "permanent_since",
            AttributeKind.DAY,
            "Permanent residence since",
            lambda record, holder: write_day(record.permanent.since),
        ),
        Attribute(
            "temporary_address",
            AttributeKind.TEXT,
            "Temporary residence",
            lambda record, holder: _of_stay(record.temporary, "address"),
        ),
        Attribute(
            "temporary_since",
            AttributeKind.DAY,
            "Temporary residence since",
            lambda record, holder: write_day(_of_stay(record.temporary, "since")),
        ),
        Attribute(
            "temporary_until",
            AttributeKind.DAY,
            "Temporary residence until",
            lambda record, holder: write_day(_of_stay(record.temporary, "until")),
        ),
        Attribute(
            "current_address", AttributeKind.TEXT, "Current residence", lambda record, holder: record.current.address
        ),
        recorded("household", AttributeKind.TEXT, "Number of the household"),
        Attribute(
            "head_of_household",
            AttributeKind.TEXT,
            "Head of the household",
            lambda record, holder: None if record.head is None else record.head.full_name,
        ),
        recorded("relation", AttributeKind.TEXT, "Relation to the head of the household"),
        Attribute(
            "members",
            AttributeKind.LIST,
            "Members of the household",
            lambda record, holder: [_member(each) for each in record.members],
        ),
    ),
    adding=Adding(),
    shown=(
        *("name", "birthdate", "gender", "permanent_address", "temporary_address", "temporary_until"),
        *("current_address", "household", "head_of_household", "relation"),
    ),
)
