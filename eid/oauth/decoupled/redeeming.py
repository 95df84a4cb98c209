"""Polling for the answer, and redeeming it for tokens (CIBA Core, section 10.1; RFC 8628, section 3.4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from eid.clock import wall_now
from eid.db import db
from eid.errors import OAuthError
from eid.oauth.claims import OFFLINE_ACCESS
from eid.oauth.decoupled.models import DecoupledQuestion, QuestionKind
from eid.oauth.decoupled.polling import Poll, PollAnswer, judge_poll
from eid.oauth.grant_types import CIBA, DEVICE_CODE, check_may_use
from eid.oauth.grants import (
    Tokens,
    check_account_active,
    check_no_details,
    invalid_grant,
    record_refresh_token,
    record_tokens,
)
from eid.oauth.models import AuthorizationCode, Client
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.released import find_id_token_claims
from eid.oauth.resources import select_resources
from eid.oauth.sender import UNBOUND, Confirmation

DETAILS = {
    PollAnswer.PENDING: "The citizen has not answered yet.",
    PollAnswer.SLOW_DOWN: "Wait five seconds longer between two questions from now on.",
    PollAnswer.EXPIRED: "This question is over; ask anew.",
    PollAnswer.DENIED: "The citizen did not agree.",
}


def redeem_auth_req_id(
    client: Client, parameters: Parameters, *, issuer: str, confirmation: Confirmation = UNBOUND
) -> Tokens:
    """Tokens for a question on the back channel that was approved. Raises as _redeem."""
    check_may_use(client, CIBA)
    return _redeem(client, parameters, QuestionKind.CIBA, "auth_req_id", issuer, confirmation)


def redeem_device_code(
    client: Client, parameters: Parameters, *, issuer: str, confirmation: Confirmation = UNBOUND
) -> Tokens:
    """Tokens for a question that was approved where its code was entered. Raises as _redeem."""
    check_may_use(client, DEVICE_CODE)
    return _redeem(client, parameters, QuestionKind.DEVICE, "device_code", issuer, confirmation)


def _redeem(
    client: Client,
    parameters: Parameters,
    kind: QuestionKind,
    name: str,
    issuer: str,
    confirmation: Confirmation,
) -> Tokens:
    """Tokens, once: of many polls at the same time exactly one succeeds.

    1. The request names a question of this client, of this kind. Its row is held.
    2. It is approved; else the client is told how it stands, and the poll is counted.
    3. Neither the grant nor its account has ended.
    4. Tokens are asked for no other services than were named in the question (RFC 8707, section 2.2).
    5. This transaction is the one that marks it redeemed.

    Raises OAuthError: authorization_pending, slow_down, expired_token, access_denied, invalid_grant, invalid_target.
    """
    now = wall_now()
    # (1)
    check_no_details(parameters)
    question = _hold(client, parameters, kind, name)
    # (2)
    _check_approved(question, now)
    # (3)
    code = db.session.get_one(AuthorizationCode, question.code_id, populate_existing=True, with_for_update=True)
    if code.revoked_at is not None:
        raise invalid_grant("revoked")
    check_account_active(code.person_id)
    # (4)
    resources = select_resources(parameters, code.resources)
    # (5)
    redeeming = (
        update(DecoupledQuestion)
        .where(DecoupledQuestion.id == question.id, DecoupledQuestion.redeemed_at.is_(None))
        .values(redeemed_at=now)
    )
    if db.session.execute(redeeming).rowcount != 1:  # type: ignore[attr-defined]
        raise invalid_grant("redeemed meanwhile")
    code.redeemed_at = now
    refresh_token = (
        record_refresh_token(code, now=now, confirmation=confirmation) if OFFLINE_ACCESS in code.scopes else None
    )
    tokens = record_tokens(
        client,
        code,
        code.scopes,
        issuer=issuer,
        nonce=None,
        refresh_token=refresh_token,
        now=now,
        confirmation=confirmation,
        resources=resources,
        attributes=find_id_token_claims(client, code),
    )
    db.session.commit()
    return tokens


def _hold(client: Client, parameters: Parameters, kind: QuestionKind, name: str) -> DecoupledQuestion:
    handle = parameters.find_single(name)
    if handle is None:
        raise OAuthError("invalid_request", f"The parameter {name} is missing.")
    query = select(DecoupledQuestion).where(
        DecoupledQuestion.handle_digest == digest_of(handle),
        DecoupledQuestion.client_id == client.id,
        DecoupledQuestion.kind == kind,
    )
    found = db.session.scalar(query.with_for_update(of=DecoupledQuestion).execution_options(populate_existing=True))
    if found is None:
        raise invalid_grant("unknown, or another client's")
    return found


def _check_approved(question: DecoupledQuestion, now: datetime) -> None:
    """Return where it can be redeemed; else count the poll, commit, and raise OAuthError with how it stands."""
    poll = Poll(question.verdict, question.interval, question.polled_at, question.expires_at, question.redeemed_at)
    answer, interval = judge_poll(poll, now=now)
    if answer is PollAnswer.REDEEM:
        return
    if answer is PollAnswer.SPENT:
        raise invalid_grant("redeemed before")
    question.polled_at, question.interval = now, interval
    db.session.commit()
    raise OAuthError(answer, DETAILS[answer])
