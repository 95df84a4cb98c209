"""A wallet answers (OpenID4VP 1.0, section 8.2), what it shows is verified, and the service reads the result, once."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from eid.audit import ActorKind, record_act, record_disclosure
from eid.clock import wall_now
from eid.credentials.models import IssuedPaper
from eid.db import db
from eid.errors import Conflict, NotFound, Refused, VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.client_tokens import ClientGrant
from eid.oauth.models import Client
from eid.oauth.opaque import digest_of
from eid.presentations.answers import Answer, read_answer
from eid.presentations.asking import LIFE, build_asked, find_open_request
from eid.presentations.dcql import parse_query
from eid.presentations.models import PresentationRequest, PresentationState
from eid.presentations.sealing import seal, unseal
from eid.presentations.standing import check_standing
from eid.presentations.trust import find_trust
from eid.presentations.verification import VerifiedPresentation, verify_presentations
from eid.randomness import random_token


@frozen
class PresentationProgress:
    """How far it is with a question; `over` where nobody answered in time, `read` where the result is gone."""

    state: str
    refusal: Mapping[str, Any] | None
    expires_at: datetime


def receive_answer(request_id: str, form: Mapping[str, str]) -> dict[str, str]:
    """Afterwards the question is answered, for good, and who holds a credential of ours can read who asked; committed.

    Returns what the wallet is told: where to lead its holder, if anywhere. What cannot be read as an answer leaves the question
    open. Raises NotFound: presentation_unknown; Malformed and VerificationFailed as read_answer, verify_presentations and
    check_standing.
    """
    request, now = find_open_request(request_id), wall_now()
    asked = build_asked(request)
    key = None if request.sealed_key is None else unseal(request.sealed_key, request_id)
    answer = read_answer(form, asked=asked, key=key)
    if answer.error:
        _close(request, now, PresentationState.DECLINED, {"step": "holder", "code": answer.error, "detail": ""})
        record_act("decline_presentation", actor_kind=ActorKind.CLIENT, actor=request.client.client_id)
        return _lead_back(request)
    try:
        presented, own = _verify(request, answer, now)
    except VerificationFailed as failure:
        known = {"step": failure.step, "code": failure.code, "detail": failure.detail}
        _close(request, now, PresentationState.REFUSED, known)
        db.session.commit()
        raise
    request.sealed_result = seal({"credentials": _write(presented)}, request_id)
    _close(request, now, PresentationState.VERIFIED, None)
    _record(request, presented, own)
    return _lead_back(request)


def _verify(
    request: PresentationRequest, answer: Answer, now: datetime
) -> tuple[tuple[VerifiedPresentation, ...], Mapping[str, IssuedPaper]]:
    trust, query = find_trust(), parse_query(request.query)
    presented = verify_presentations(
        answer.presentations, query=query, asked=build_asked(request), trust=trust, now=now
    )
    return presented, check_standing(presented, trust=trust, now=now)


def _close(
    request: PresentationRequest, now: datetime, outcome: PresentationState, refusal: dict[str, Any] | None
) -> None:
    request.answered_at, request.outcome, request.refusal = now, outcome, refusal
    request.sealed_key = None
    request.expires_at = now + LIFE


def _lead_back(request: PresentationRequest) -> dict[str, str]:
    """Section 8.2: the code is known to the wallet's browser alone, so that whoever brings it is who answered (14.2)."""
    if request.redirect_uri is None:
        db.session.commit()
        return {}
    code = random_token()
    request.response_code_digest = digest_of(code)
    db.session.commit()
    separator = "&" if "?" in request.redirect_uri else "?"
    return {"redirect_uri": f"{request.redirect_uri}{separator}{urlencode({'response_code': code})}"}


def _record(
    request: PresentationRequest, presented: Sequence[VerifiedPresentation], own: Mapping[str, IssuedPaper]
) -> None:
    """Their holders read it among the disclosures: who, when, what for, and which attributes, never their values."""
    for one in presented:
        issued = own.get(one.query_id)
        if issued is not None:
            record_disclosure(
                "present_credential",
                actor_kind=ActorKind.CLIENT,
                actor=request.client.client_id,
                person_id=issued.person_id,
                paper=issued.paper,
                attributes=sorted({str(place[-1]) for place in one.shown.revealed}),
                purpose=request.purpose,
            )


def _write(presented: Sequence[VerifiedPresentation]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in presented:
        found.setdefault(one.query_id, []).append(
            {
                "format": one.shown.format,
                "type": one.shown.type,
                "issuer": one.issuer,
                "claims": dict(one.claims),
                "expires_at": None if one.expires_at is None else one.expires_at.isoformat(),
            }
        )
    return found


def find_progress(client: ClientGrant, request_id: str) -> PresentationProgress:
    """How far it is with a question of this service. Raises NotFound: presentation_unknown."""
    request = _find_own(client, request_id)
    return PresentationProgress(_state_of(request), request.refusal, request.expires_at)


def take_result(client: ClientGrant, request_id: str, *, response_code: str | None) -> dict[str, Any]:
    """What was shown, verified, to the service that asked; it is gone with that. Committed.

    Where the wallet led its holder back, `response_code` must be the one that their browser brought: so a service that keeps
    the question's id in its own session learns nothing of whoever was lured into answering for another session.

    Raises NotFound: presentation_unknown; Conflict: presentation_open, presentation_over, presentation_read,
    presentation_declined; Refused: response_code; VerificationFailed, as the answer was refused.
    """
    request = _find_own(client, request_id)
    if request.response_code_digest is not None:
        given = digest_of(response_code or "")
        if not hmac.compare_digest(given, request.response_code_digest):
            raise Refused("response_code", "The answer was given in another browser, or in another session.")
    _check_readable(request)
    assert request.sealed_result is not None
    result = unseal(request.sealed_result, request_id)
    request.sealed_result, request.read_at = None, wall_now()
    db.session.commit()
    return result


def _check_readable(request: PresentationRequest) -> None:
    state = _state_of(request)
    if state == PresentationState.REFUSED:
        known = request.refusal or {}
        raise VerificationFailed(str(known["step"]), str(known["code"]), str(known["detail"]))
    reasons = {
        "open": "Nobody has answered yet.",
        "over": "Nobody answered in time, or the result was not read in time.",
        "read": "The result was read already.",
        "declined": "The holder showed nothing.",
    }
    if state in reasons:
        raise Conflict(f"presentation_{state}", reasons[state])


def _state_of(request: PresentationRequest) -> str:
    if request.read_at is not None:
        return "read"
    if request.expires_at <= wall_now():
        return "over"
    return str(request.outcome)


def _find_own(client: ClientGrant, request_id: str) -> PresentationRequest:
    query = (
        select(PresentationRequest)
        .join(Client)
        .where(PresentationRequest.request_id == request_id, Client.client_id == client.client_id)
    )
    request = db.session.scalar(query.with_for_update(of=PresentationRequest).execution_options(populate_existing=True))
    if request is None:
        raise NotFound("presentation_unknown", "There is no such question, or it is over.")
    return request
