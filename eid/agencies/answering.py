"""Agencies answer: what a citizen asks through the service is looked up, and what is said is signed with the agency's own key.

The answer is a JWT (RFC 7519) from the agency to the service, good for a minute: for which request it is, what the paper says,
and the digest of the record behind it. The service believes it only after verifying it (eid.credentials.agency_answers).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from eid.agencies.conduct import Agency, Asker, find_agency_of
from eid.agencies.service import ANSWERS
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.jwt import build_jwt
from eid.errors import Refused
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen

TYP = "eid-answer+jwt"
LIFETIME = timedelta(minutes=1)


@frozen
class AgencyRequest:
    """What is asked of an agency about somebody."""

    paper: str
    person_id: int
    asker: Asker
    attributes: tuple[str, ...]
    purpose: str = ""


@frozen
class SignedAnswer:
    """What an agency said, not verified."""

    unverified_record: Any
    token: str


def answer_request(request: AgencyRequest, write: Callable[[Any], Mapping[str, Any]]) -> SignedAnswer:
    """The agency's answer; what it is about cannot change until this transaction ends.

    `write` fills in the paper's form: from the agency's record to what the paper says.
    Raises Refused: agency_refuses, whom its code of conduct does not name; NotFound: paper_unknown; Unavailable: agency_missing,
    key_missing.
    """
    agency = find_agency_of(request.paper)
    if request.asker not in agency.answers_to:
        raise Refused("agency_refuses", "The agency does not answer this to whoever asks.")
    record, now = ANSWERS[request.paper](request.person_id, hold=True), wall_now()
    claims = {
        "iss": issuer_of(agency),
        "aud": current_settings().public_url,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "request": write_request(request),
        "state": str(record.state),
        "record": digest_record(record),
        "says": {name: said for name, said in write(record).items() if name in request.attributes},
    }
    key = current_keystore().find_agency_keys(agency.name).find_signing_key(KeyUse.ANSWERS)
    return SignedAnswer(record, build_jwt(claims, key=key, typ=TYP))


def issuer_of(agency: Agency) -> str:
    """The `iss` of its answers, under which its keys are published."""
    return f"{current_settings().public_url}/api/v1/agencies/{agency.name}"


def find_agency_jwks(agency: Agency) -> list[dict[str, object]]:
    """The public keys that this agency's answers are verified with."""
    return current_keystore().find_agency_keys(agency.name).find_published_jwks(KeyUse.ANSWERS)


def write_request(request: AgencyRequest) -> dict[str, Any]:
    """The request as an answer names it; the person by the register's own number, which nobody outside knows."""
    return {
        "paper": request.paper,
        "person": request.person_id,
        "asker": str(request.asker),
        "attributes": list(request.attributes),
        "purpose": request.purpose,
    }


def digest_record(record: Any) -> str:
    """SHA-256 of everything that the agency's record holds, in hexadecimal, as the value writes itself."""
    return hashlib.sha256(repr(record).encode()).hexdigest()
