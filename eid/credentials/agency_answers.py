"""What an agency said, verified before a paper is made of it, and the reference to it that stays with what was issued."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from eid.agencies.answering import (
    TYP,
    AgencyRequest,
    SignedAnswer,
    answer_request,
    digest_record,
    find_agency_jwks,
    issuer_of,
    write_request,
)
from eid.agencies.conduct import find_agency_of
from eid.agencies.values import EntitlementState
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.jwt import verify_jwt
from eid.errors import Unavailable, VerificationFailed
from eid.late_dataclasses import frozen


@frozen
class AnswerReference:
    """Which answer a paper was made of."""

    agency: str
    kid: str
    answered_at: datetime
    digest: str
    """SHA-256 of the signed answer, in hexadecimal."""

    def columns(self) -> dict[str, Any]:
        """Those of IssuedPaper that hold it."""
        return {
            "answer_agency": self.agency,
            "answer_kid": self.kid,
            "answered_at": self.answered_at,
            "answer_digest": self.digest,
        }


@frozen
class VerifiedAnswer:
    """What an agency said, of which everything holds."""

    record: Any
    content: Mapping[str, Any]
    state: EntitlementState
    reference: AnswerReference


def find_verified_answer(request: AgencyRequest, write: Callable[[Any], Mapping[str, Any]]) -> VerifiedAnswer:
    """The agency's answer to this request, verified.

    Raises as answer_request, and Unavailable: agency_answer where it does not hold.
    """
    answer = answer_request(request, write)
    try:
        return verify_answer(answer, expected_request=request)
    except VerificationFailed as failure:
        raise Unavailable(
            "agency_answer",
            "What the agency answered cannot be believed; nothing is made of it.",
            reason=f"{request.paper}: {failure.step}: {failure.code}",
        ) from failure


def verify_answer(answer: SignedAnswer, *, expected_request: AgencyRequest) -> VerifiedAnswer:
    """The answer of which all of this holds; else VerificationFailed with the step.

    1. The agency of the paper signed it with a key that it publishes, to this service, a minute ago at most (as verify_jwt).
    2. It answers this request and no other (step request).
    3. The record that came with it is the one that was signed (step record).
    4. It says what was asked for, and no more (step content).
    """
    agency = find_agency_of(expected_request.paper)
    # (1)
    verified = verify_jwt(
        answer.token,
        keys=find_agency_jwks(agency),
        expected_typ=TYP,
        expected_issuer=issuer_of(agency),
        expected_audience=current_settings().public_url,
        now=wall_now(),
    )
    claims = verified.claims
    # (2)
    if claims.get("request") != write_request(expected_request):
        raise VerificationFailed("request", "answer_request", "The answer is to another request.")
    # (3)
    record = answer.unverified_record
    if claims.get("record") != digest_record(record) or claims.get("state") != str(record.state):
        raise VerificationFailed("record", "answer_record", "The record is not the one that was signed.")
    # (4)
    content = claims.get("says")
    if not isinstance(content, Mapping) or not set(content) <= set(expected_request.attributes):
        raise VerificationFailed("content", "answer_content", "The answer says what was not asked for.")
    reference = AnswerReference(
        agency=agency.name,
        kid=str(verified.header["kid"]),
        answered_at=datetime.fromtimestamp(claims["iat"], UTC),
        digest=hashlib.sha256(answer.token.encode()).hexdigest(),
    )
    return VerifiedAnswer(record, content, EntitlementState(claims["state"]), reference)
