"""A verified document as programs read it: the `document` of `eid cards verify --json` and of the API. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eid.crypto.dg2 import Portrait, parse_dg2
from eid.crypto.mrz import NO_EXPIRY
from eid.crypto.passive_auth import VerifiedDocument
from eid.crypto.report import Step
from eid.crypto.x509 import write_name
from eid.errors import Malformed, VerificationFailed


def describe_verification(document: VerifiedDocument, steps: Sequence[Step]) -> dict[str, Any]:
    """The whole verdict on a verified document: the form of `eid cards verify --json`."""
    return {
        "verdict": "verified",
        "steps": [step.as_dict() for step in steps],
        "document": describe_document(document),
    }


def describe_refusal(refusal: VerificationFailed) -> dict[str, Any]:
    """The whole verdict on a document that was refused, in the same form."""
    return {"verdict": "refused", "steps": refusal.evidence["steps"], "document": None}


def describe_document(document: VerifiedDocument) -> dict[str, Any]:
    """What a verified document says, in JSON's types. Dates are as the document has them: YYMMDD in the zone."""
    mrz, details = document.mrz, document.details
    expires_on = mrz.expires_on()
    return {
        "document_code": mrz.document_code,
        "issuing_state": mrz.issuing_state,
        "document_number": mrz.document_number,
        "surname": mrz.surname,
        "given_names": mrz.given_names,
        "nationality": mrz.nationality,
        "birth_date": mrz.birth_date,
        "sex": mrz.sex,
        "expires_on": None if expires_on == NO_EXPIRY else expires_on.isoformat(),
        "pin": details.pin if details else None,
        "full_name": details.full_name if details else None,
        "data_groups": sorted(document.data_groups),
        "sod_sha256": document.sod_sha256.hex(),
        "signed_at": document.signed_at.isoformat() if document.signed_at else None,
        "signer": write_name(document.signer.raw_subject),
        "csca": write_name(document.anchor.raw_subject),
        "chip_proved": document.chip_proved,
    }


def find_portrait(document: VerifiedDocument) -> Portrait | None:
    """The portrait of DG2; None where there is none, or none in a form that is known here."""
    if 2 not in document.data_groups:
        return None
    try:
        return parse_dg2(document.data_groups[2])
    except Malformed:
        return None
