"""Every paper that there is, one line each; what each says is in eid.credentials.papers. Pure.

A new paper is one line here, one file there and one template, given an agency that answers for it (eid.agencies.offices).
"""

from __future__ import annotations

from eid.credentials.paper_kinds import TOKEN_LIFETIME, Adding, Attribute, AttributeKind, Holder, Paper
from eid.credentials.papers import (
    civil_status,
    criminal_record,
    disability,
    driving_licence,
    health_insurance,
    health_record,
    merit,
    newborn_card,
    poverty,
    residence,
    social_insurance,
    tax,
    vehicle,
    wallet,
)
from eid.errors import NotFound

__all__ = [
    "CATALOGUE",
    "DRIVING_LICENCE",
    "HEALTH_INSURANCE",
    "TAX",
    "TOKEN_LIFETIME",
    "VEHICLE",
    "Adding",
    "Attribute",
    "AttributeKind",
    "Holder",
    "Paper",
    "find_catalogued",
]

_PAPERS = (
    health_insurance.PAPER,
    newborn_card.PAPER,
    driving_licence.PAPER,
    vehicle.PAPER,
    tax.PAPER,
    social_insurance.PAPER,
    wallet.PAPER,
    disability.PAPER,
    poverty.PAPER,
    merit.PAPER,
    residence.PAPER,
    civil_status.PAPER,
    health_record.PAPER,
    criminal_record.PAPER,
)
"""In the order in which people see them."""

CATALOGUE: dict[str, Paper] = {paper.name: paper for paper in _PAPERS}

HEALTH_INSURANCE, DRIVING_LICENCE = health_insurance.PAPER, driving_licence.PAPER
VEHICLE, TAX = vehicle.PAPER, tax.PAPER


def find_catalogued(name: str) -> Paper:
    """The paper of this name. Raises NotFound: paper_kind_unknown."""
    if name not in CATALOGUE:
        raise NotFound("paper_kind_unknown", "There is no paper of this kind.")
    return CATALOGUE[name]
