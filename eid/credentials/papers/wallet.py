"""The social-security account: with whom it is, and its number, covered unless somebody is given it by name. Pure."""

from __future__ import annotations

from eid.credentials.paper_kinds import HOLDER, AttributeKind, Paper, recorded

PAPER = Paper(
    name="wallet",
    title="Social-security account",
    agency="Social security (simulated)",
    share_title="Your account for social payments",
    attributes=(
        *HOLDER,
        recorded("institution", AttributeKind.TEXT, "Code of the institution"),
        recorded("institution_name", AttributeKind.TEXT, "Institution"),
        recorded("account_kind", AttributeKind.TEXT, "Kind of account"),
        recorded("account_masked", AttributeKind.TEXT, "Account number, covered but for four digits"),
        recorded("account_holder", AttributeKind.TEXT, "Name on the account"),
        recorded("linked_on", AttributeKind.DAY, "Linked on"),
        recorded("account_number", AttributeKind.TEXT, "Whole account number", is_only_by_name=True),
    ),
)
