"""The identity card (căn cước điện tử) as something that a wallet keeps: what it says about its holder. Pure.

It is kept in wallets and shown from there, and not among the papers that services fetch as tokens: what they may know of an
identity, the scopes `identity` and `profile` say.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import date, datetime

from eid.agencies.values import EntitlementState
from eid.credentials.paper_kinds import HOLDER, Attribute, AttributeKind, Paper, recorded
from eid.late_dataclasses import frozen

AGES = {
    14: "Is 14 or older",
    16: "Is 16 or older",
    18: "Is 18 or older",
    21: "Is 21 or older",
    60: "Is 60 or older",
}
"""Of which an identity and a licence say whether their holder has reached them, and how that is called."""


@frozen
class IdentityRecord:
    """An identity card today."""

    person_id: int
    pin: str
    family_name: str
    given_name: str
    """Middle and given name."""
    nationality: str
    """ISO 3166-1 alpha-3."""
    place_of_birth: str
    address: str
    document_number: str
    issued_on: date
    expires_on: date | None
    portrait: bytes
    """JPEG, as in DG2."""
    ages: tuple[bool, ...]
    """Of each of AGES, whether it is reached today."""
    state: EntitlementState
    updated_at: datetime


def _picture(record: IdentityRecord, _holder: object) -> str:
    return f"data:image/jpeg;base64,{b64encode(record.portrait).decode()}"


def _age(at: int, age: int, label: str) -> Attribute:
    return Attribute(f"age_over_{age}", AttributeKind.TRUTH, label, lambda record, _: record.ages[at])


IDENTITY = Paper(
    name="identity",
    title="Identity card",
    agency="Police (simulated)",
    share_title="Your identity card, to keep it",
    attributes=(
        *HOLDER,
        recorded("pin", AttributeKind.TEXT, "Personal identification number"),
        recorded("family_name", AttributeKind.TEXT, "Family name"),
        recorded("given_name", AttributeKind.TEXT, "Middle and given name"),
        recorded("nationality", AttributeKind.TEXT, "Nationality"),
        recorded("place_of_birth", AttributeKind.TEXT, "Place of birth"),
        recorded("address", AttributeKind.TEXT, "Place of residence"),
        recorded("document_number", AttributeKind.TEXT, "Number of the card"),
        recorded("issued_on", AttributeKind.DAY, "Issued on"),
        recorded("expires_on", AttributeKind.DAY, "Valid to"),
        Attribute("portrait", AttributeKind.TEXT, "Portrait", _picture),
        *(_age(at, age, label) for at, (age, label) in enumerate(AGES.items())),
    ),
)
