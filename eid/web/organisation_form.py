"""Form TK02 as it comes from a page, the citizen's or the desk's."""

from __future__ import annotations

from eid.accounts.organisation_rules import OrganisationForm
from eid.web.forms import given, given_date

FIELDS = frozenset({"kind", "code", "name", "foreign_name", "short_name", "founded_on", "head_office", "others"})


def read_organisation() -> OrganisationForm:
    """What the form says of the organisation. Raises Malformed: date_malformed."""
    return OrganisationForm(
        kind=given("kind"),
        code=given("code"),
        name=given("name", 400),
        foreign_name=given("foreign_name", 400),
        short_name=given("short_name", 400),
        founded_on=given_date("founded_on"),
        address=given("head_office", 600),
    )


def read_others() -> str:
    """The other representatives, one a line."""
    return given("others", 4000)
