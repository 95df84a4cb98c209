"""Every paper that there is: who holds its data, what it says, at which level it may be shown, how long its token holds. Pure.

A new paper is one entry here and one template, given an agency that answers for it (eid.agencies.service.ANSWERS).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from eid.accounts.levels import AuthenticationLevel
from eid.agencies.licence_rules import HeldClass
from eid.agencies.tax_rules import Dependant
from eid.agencies.vehicle_rules import HeldVehicle
from eid.errors import NotFound

TOKEN_LIFETIME = timedelta(minutes=5)


class AttributeKind(StrEnum):
    """The JSON type of an attribute; a day is text, yyyy-mm-dd."""

    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    TRUTH = "truth"
    LIST = "list"


@dataclass(frozen=True)
class Holder:
    """What a paper says about who it belongs to."""

    full_name: str
    birth_date: date
    sex: str
    """M or F."""
    nationality: str


@dataclass(frozen=True)
class Attribute:
    """One thing that a paper says; `read` takes the agency's record and the holder, and gives it or None."""

    name: str
    kind: AttributeKind
    label: str
    """In plain words, a message of the translations."""
    read: Callable[[Any, Holder], Any]


@dataclass(frozen=True)
class Adding:
    """How a citizen asks for a paper, which then is in their account when the agency agrees with what they write."""

    number_label: str = ""
    """What the number is that they write, in plain words, a message of the translations; nothing where there is none."""
    read_numbers: Callable[[Any], Sequence[str]] | None = None
    """From the agency's record to the numbers of which they must write one; None where there is none."""


@dataclass(frozen=True)
class Paper:
    name: str
    """Also its scope, and the claim under which a token says what it says."""
    title: str
    """In plain words, a message of the translations, as are agency and share_title."""
    agency: str
    share_title: str
    """What the citizen reads when a service asks for it."""
    attributes: tuple[Attribute, ...]
    level: AuthenticationLevel = AuthenticationLevel.LOA2
    """What a sign-in must have reached before a service is given it."""
    lifetime: timedelta = TOKEN_LIFETIME
    adding: Adding | None = None
    """None: it is in the account without being asked for."""

    @property
    def typ(self) -> str:
        """The media type of a compact token, as its header bears it (RFC 8725, section 3.11)."""
        return f"eid-{self.name}+jwt"

    @property
    def attribute_names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _class(held: HeldClass) -> dict[str, Any]:
    return {
        "class": str(held.licence_class),
        "first_issued_on": _day(held.first_issued_on),
        "issued_on": _day(held.issued_on),
        "expires_on": _day(held.expires_on),
    }


_HOLDER = (
    Attribute("name", AttributeKind.TEXT, "Full name", lambda record, holder: holder.full_name),
    Attribute("birthdate", AttributeKind.DAY, "Date of birth", lambda record, holder: _day(holder.birth_date)),
    Attribute("gender", AttributeKind.TEXT, "Sex", lambda record, holder: {"M": "male", "F": "female"}[holder.sex]),
)
"""Who the paper belongs to: without it a token would fit whoever brings it."""

HEALTH_INSURANCE = Paper(
    name="health_insurance",
    title="Health insurance card",
    agency="Social insurance (simulated)",
    share_title="Your health insurance card",
    attributes=(
        *_HOLDER,
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
        Attribute("valid_from", AttributeKind.DAY, "Valid from", lambda record, holder: _day(record.valid_from)),
        Attribute("valid_to", AttributeKind.DAY, "Valid to", lambda record, holder: _day(record.valid_to)),
        Attribute(
            "five_years_on",
            AttributeKind.DAY,
            "Five continuous years from",
            lambda record, holder: _day(record.five_years_on),
        ),
    ),
)

DRIVING_LICENCE = Paper(
    name="driving_licence",
    title="Driving licence",
    agency="Traffic police (simulated)",
    share_title="Your driving licence",
    attributes=(
        *_HOLDER,
        Attribute("nationality", AttributeKind.TEXT, "Nationality", lambda record, holder: holder.nationality),
        Attribute("number", AttributeKind.TEXT, "Licence number", lambda record, holder: record.number),
        Attribute(
            "classes", AttributeKind.LIST, "Classes", lambda record, holder: [_class(held) for held in record.classes]
        ),
        Attribute("authority", AttributeKind.TEXT, "Issued by (province)", lambda record, holder: record.authority),
        Attribute("points", AttributeKind.NUMBER, "Points", lambda record, holder: record.points),
        Attribute("may_drive", AttributeKind.TRUTH, "May drive", lambda record, holder: record.may_drive),
        Attribute("licence_status", AttributeKind.TEXT, "Status", lambda record, holder: str(record.state)),
    ),
)


def _vehicle(held: HeldVehicle) -> dict[str, Any]:
    return {
        "plate": held.plate,
        "kind": str(held.kind),
        "brand": held.brand,
        "model": held.model,
        "colour": held.colour,
        "engine_number": held.engine_number,
        "chassis_number": held.chassis_number,
        "seats": held.seats,
        "first_registered_on": _day(held.first_registered_on),
        "registered_on": _day(held.registered_on),
    }


VEHICLE = Paper(
    name="vehicle",
    title="Vehicle registration",
    agency="Traffic police (simulated)",
    share_title="Your vehicle registrations",
    attributes=(
        *_HOLDER,
        Attribute(
            "vehicles",
            AttributeKind.LIST,
            "Vehicles",
            lambda record, holder: [_vehicle(held) for held in record.vehicles],
        ),
    ),
    adding=Adding("Number plate", lambda record: [held.plate for held in record.vehicles]),
)


def _dependant(counted: Dependant) -> dict[str, Any]:
    return {
        "name": counted.full_name,
        "birthdate": _day(counted.birth_date),
        "tax_code": counted.tax_code,
        "since": _day(counted.since),
    }


TAX = Paper(
    name="tax",
    title="Tax registration",
    agency="Tax authority (simulated)",
    share_title="Your tax code and dependants",
    attributes=(
        *_HOLDER,
        Attribute("tax_code", AttributeKind.TEXT, "Tax code", lambda record, holder: record.tax_code),
        Attribute(
            "registered_on", AttributeKind.DAY, "Registered on", lambda record, holder: _day(record.registered_on)
        ),
        Attribute("authority", AttributeKind.TEXT, "Registered in (province)", lambda record, holder: record.authority),
        Attribute(
            "dependants",
            AttributeKind.LIST,
            "Dependants",
            lambda record, holder: [_dependant(counted) for counted in record.dependants],
        ),
    ),
    adding=Adding("Tax code", lambda record: [record.tax_code]),
)

CATALOGUE: dict[str, Paper] = {paper.name: paper for paper in (HEALTH_INSURANCE, DRIVING_LICENCE, VEHICLE, TAX)}


def find_catalogued(name: str) -> Paper:
    """The paper of this name. Raises NotFound: paper_kind_unknown."""
    if name not in CATALOGUE:
        raise NotFound("paper_kind_unknown", "There is no paper of this kind.")
    return CATALOGUE[name]
