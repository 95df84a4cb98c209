"""The authorization endpoint: from a request to a code (RFC 6749, section 4.1; OpenID Connect Core, section 3.1.2).

A request that can be answered at once is; any other is kept, so that it survives signing in, and answered by one decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from eid.accounts.authenticators import check_passcode
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, NotFound, OAuthError, VerificationFailed
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.claims import Scope, select_scopes
from eid.oauth.clients import find_client
from eid.oauth.codes import record_code
from eid.oauth.consents import check_granted, find_consent, record_consent
from eid.oauth.hints import read_hinted_subject
from eid.oauth.interactions import SignedIn, Step, must_sign_in_again, next_step
from eid.oauth.models import AuthorizationRequest, Client
from eid.oauth.parameters import Parameters, parse_parameters
from eid.oauth.redirects import origin_of
from eid.oauth.requests import (
    CheckedRequest,
    UncheckedRequest,
    check_client_named,
    check_redirect_uri,
    check_request,
)
from eid.oauth.responses import AuthorizationResponse, build_code_response
from eid.oauth.subjects import build_subject
from eid.randomness import random_token

REQUEST_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class Interaction:
    """What the citizen has to do before the request can be answered."""

    step: Step
    request_id: str
    request: CheckedRequest
    client: Client
    again: bool = False
    """To sign in anew, although somebody is signed in."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What is asked for, as the citizen reads it."""
        return select_scopes(self.request.scopes)

    @property
    def required(self) -> frozenset[str]:
        """The names of the scopes that cannot be withheld."""
        return frozenset(self.client.required_scopes)

    @property
    def client_origin(self) -> str:
        """Where the consent form leads in the end."""
        return origin_of(self.request.redirect_uri)


Outcome = AuthorizationResponse | Interaction


def open_authorization(pairs: Iterable[tuple[str, str]], *, session: SignedIn | None, issuer: str) -> Outcome:
    """The answer to a request that arrives, or what the citizen has to do first; the request is then kept for ten minutes.

    Raises OAuthError, with an answer for the client from the moment that client and redirect URI are certain.
    """
    now = wall_now()
    client, request = _check(parse_parameters(pairs), issuer)
    step, granted, again = _judge(client, request, session, now)
    if step is Step.ANSWER and session is not None:
        return _issue(client, request, session, granted, now)
    kept = _record_kept(client, request, now)
    kept.session_id = session.id if session and step is Step.CONSENT else None
    found = Interaction(step, kept.id, request, client, again)
    db.session.commit()
    return found


def keep_authorization(pairs: Iterable[tuple[str, str]], *, issuer: str) -> str:
    """The id of a request that came by POST, kept without asking who is signed in: a browser does not say so then.

    Cookies with SameSite=Lax do not come with a form of another site, only with the GET that follows it.
    """
    client, request = _check(parse_parameters(pairs), issuer)
    request_id: str = _record_kept(client, request, wall_now()).id
    db.session.commit()
    return request_id


def continue_authorization(request_id: str, *, session: SignedIn | None) -> Outcome:
    """The answer to a kept request, or what the citizen still has to do. The first session that meets it owns it.

    Raises NotFound where there is no such request any more, or where another session owns it.
    """
    now = wall_now()
    kept = _find_kept(request_id, session, now)
    request = CheckedRequest.from_json(kept.request)
    step, granted, again = _judge(kept.client, request, session, kept.opened_at)
    if step is Step.ANSWER and session is not None:
        _record_answered(kept, now)
        return _issue(kept.client, request, session, granted, now)
    found = Interaction(step, request_id, request, kept.client, again)
    if session is not None and step is Step.CONSENT and kept.session_id is None:
        kept.session_id = session.id
        db.session.commit()
    return found


def approve_authorization(
    request_id: str, *, session: SignedIn | None, granted: Sequence[str], passcode: str
) -> Outcome:
    """The citizen lets the service have these scopes: the consent is remembered and a code is given.

    1. The request is there, is this session's, and only the consent is missing.
    2. Everything that is required was granted.
    3. The passcode is right (its tries are counted).
    4. Nobody has answered the request meanwhile.
    """
    # (1)
    before = continue_authorization(request_id, session=session)
    if not isinstance(before, Interaction) or before.step is not Step.CONSENT or session is None:
        return before
    # (2)
    scopes = check_granted(before.client, before.request.scopes, granted)
    # (3)
    check_passcode(session.account_id, passcode)
    # (4)
    now = wall_now()
    kept = _find_kept(request_id, session, now)
    _record_answered(kept, now)
    record_consent(session.person_id, kept.client, asked=before.request.scopes, granted=scopes, now=now)
    return _issue(kept.client, before.request, session, scopes, now)


def deny_authorization(request_id: str, *, session: SignedIn | None) -> AuthorizationResponse:
    """The citizen said no: the client is told so, and the request is over. Nothing is remembered."""
    now = wall_now()
    kept = _find_kept(request_id, session, now)
    _record_answered(kept, now)
    request = CheckedRequest.from_json(kept.request)
    person_id = session.person_id if session else None
    record_act(
        "deny_authorization",
        actor_kind=ActorKind.PERSON,
        actor=person_id or "",
        person_id=person_id,
        client=kept.client.client_id,
    )
    db.session.commit()
    refusal = request.refusal("access_denied", "The citizen did not agree.")
    assert isinstance(refusal.answer, AuthorizationResponse)
    return refusal.answer


def _check(parameters: Parameters, issuer: str) -> tuple[Client, CheckedRequest]:
    """Client and redirect URI first: until both are certain, nothing is sent anywhere (RFC 6749, section 4.1.2.1)."""
    try:
        client = find_client(check_client_named(parameters))
    except NotFound as unknown:
        raise OAuthError("invalid_request", "The service that sent you is not registered here.") from unknown
    redirect_uri = check_redirect_uri(parameters, client)
    request = check_request(UncheckedRequest(parameters, client, redirect_uri, issuer))
    hint = parameters.find("id_token_hint")
    return client, request if hint is None else _with_hint(client, request, hint)


def _with_hint(client: Client, request: CheckedRequest, hint: str) -> CheckedRequest:
    """The request with whom the client expects; a hint that is not ours is refused, not overlooked."""
    keys = [current_keystore().find_signing_key(KeyUse.ID_TOKEN).public_jwk()]
    try:
        subject = read_hinted_subject(
            hint, keys=keys, expected_issuer=request.issuer, expected_audience=client.client_id
        )
    except VerificationFailed as failed:
        raise request.refusal("invalid_request", "The id_token_hint is no ID token of this client.") from failed
    return replace(request, hinted_subject=subject)


def _judge(
    client: Client, request: CheckedRequest, session: SignedIn | None, opened_at: datetime
) -> tuple[Step, tuple[str, ...], bool]:
    """What has to happen next, the scopes that are granted already, and whether who is signed in has to do so again."""
    if session is None:
        return next_step(request, session=None, subject="", consented=False, opened_at=opened_at), (), False
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    subject = build_subject(secret, sector=client.sector, person_id=session.person_id)
    granted = find_consent(session.person_id, client, request.scopes)
    step = next_step(request, session=session, subject=subject, consented=granted is not None, opened_at=opened_at)
    return step, granted or (), must_sign_in_again(request, session, subject, opened_at)


def find_client_origin(request_id: str) -> str:
    """Where the forms on the way of a kept request lead in the end. Raises NotFound."""
    found = db.session.get(AuthorizationRequest, request_id[:43])
    if found is None:
        raise NotFound("authorization_request_over", "This sign-in is over. Go back to the service and start again.")
    return origin_of(CheckedRequest.from_json(found.request).redirect_uri)


def _record_kept(client: Client, request: CheckedRequest, now: datetime) -> AuthorizationRequest:
    kept = AuthorizationRequest(
        id=random_token(),
        client_id=client.id,
        request=request.to_json(),
        opened_at=now,
        expires_at=now + REQUEST_LIFE,
    )
    db.session.add(kept)
    return kept


def _find_kept(request_id: str, session: SignedIn | None, now: datetime) -> AuthorizationRequest:
    """The kept request, its row locked. One sentence for every reason for which there is none."""
    query = (
        select(AuthorizationRequest)
        .where(AuthorizationRequest.id == request_id)
        .with_for_update(of=AuthorizationRequest)
    )
    kept = db.session.scalar(query.execution_options(populate_existing=True))
    reason = "unknown"
    if kept is not None:
        reason = "answered" if kept.answered_at else "expired" if kept.expires_at <= now else ""
        if not reason and kept.session_id is not None and (session is None or session.id != kept.session_id):
            reason = "of another session"
    if kept is None or reason:
        raise NotFound(
            "authorization_request_over", "This sign-in is over. Go back to the service and start again.", reason=reason
        )
    return kept


def _record_answered(kept: AuthorizationRequest, now: datetime) -> None:
    """The request is answered by this transaction and by no other; raises Conflict where another was faster."""
    answering = (
        update(AuthorizationRequest)
        .where(AuthorizationRequest.id == kept.id, AuthorizationRequest.answered_at.is_(None))
        .values(answered_at=now)
    )
    if db.session.execute(answering).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("authorization_answered", "This sign-in was already answered.")


def _issue(
    client: Client, request: CheckedRequest, session: SignedIn, scopes: Sequence[str], now: datetime
) -> AuthorizationResponse:
    """A code for the client, with what led to it; commits."""
    code = record_code(client, request, session, scopes, now=now)
    record_act(
        "issue_code",
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        client=client.client_id,
        purpose=client.purpose,
        scopes=list(scopes),
    )
    db.session.commit()
    return build_code_response(redirect_uri=request.redirect_uri, state=request.state, issuer=request.issuer, code=code)
