"""A relying service asks a wallet for credentials: the question is opened, and a wallet reads it (OpenID4VP 1.0, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from joserfc.jwk import ECKey
from sqlalchemy import delete, func, select, update

from eid.clock import wall_now
from eid.config import current_settings
from eid.db import db
from eid.errors import Malformed, NotFound, TooManyAttempts
from eid.keystore import current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.client_tokens import ClientGrant
from eid.oauth.models import Client
from eid.presentations.authorization_requests import (
    MAX_WALLET_NONCE,
    Asked,
    Prefix,
    ResponseMode,
    find_dns_names,
    hash_client_id,
    sign_request,
    write_parameters,
)
from eid.presentations.dcql import parse_query
from eid.presentations.models import PresentationRequest, PresentationState
from eid.presentations.sealing import seal
from eid.presentations.types import find_asked_scopes
from eid.randomness import random_token

LIFE = timedelta(minutes=5)
"""From the question to its answer, and again from the answer until the service reads it."""
KEPT = timedelta(hours=1)
MAX_OPEN = 500
"""Questions of one service that nobody has answered yet."""
PATH = "/oauth/presentations"
SCHEME = "openid4vp://authorize"

CheckScopes = Callable[[Collection[str]], ClientGrant]
"""Who asks, with these scopes in its own name; raises OAuthError."""


@frozen
class OpenedPresentation:
    request_id: str
    verifier_id: str
    request_uri: str | None
    """None where the request is not signed, and stands in `wallet_uri` whole."""
    wallet_uri: str
    """What a wallet is opened with: a link on the same device, a QR code on another screen."""
    expires_at: datetime


def open_presentation(
    check_scopes: CheckScopes,
    *,
    query: Mapping[str, Any],
    purpose: str = "",
    redirect_uri: str | None = None,
    response_mode: ResponseMode = ResponseMode.DIRECT_POST_JWT,
    prefix: Prefix = Prefix.X509_HASH,
) -> OpenedPresentation:
    """Afterwards there is a question that one wallet may answer within five minutes; committed.

    1. The query is DCQL that is understood, about papers (dcql_malformed, dcql_unsupported, credential_type_unknown).
    2. The service may ask for each of these papers in its own name (OAuthError: insufficient_scope).
    3. Where the wallet is to lead its holder afterwards, that is an address of the service (redirect_uri_unknown).
    4. It does not ask without end (TooManyAttempts: presentations_open).
    """
    # (1)
    scopes = find_asked_scopes(parse_query(query))
    # (2)
    grant = check_scopes(scopes)
    client = db.session.scalars(select(Client).where(Client.client_id == grant.client_id)).one()
    # (3)
    if redirect_uri is not None and redirect_uri not in client.redirect_uris:
        raise Malformed("redirect_uri_unknown", "The address to return to is none of the service's.")
    # (4)
    now = wall_now()
    _check_open(client, now)
    key = _make_key() if response_mode is ResponseMode.DIRECT_POST_JWT else None
    request_id = random_token()
    request = PresentationRequest(
        request_id=request_id,
        client_id=client.id,
        client=client,
        verifier_id=_verifier_id(prefix, request_id),
        response_mode=str(response_mode),
        query=dict(query),
        purpose=purpose or client.purpose,
        nonce=random_token(),
        state=random_token(),
        redirect_uri=redirect_uri,
        encryption_key=None if key is None else _public(key),
        sealed_key=None if key is None else seal(dict(key.as_dict(private=True)), request_id),
        opened_at=now,
        expires_at=now + LIFE,
        outcome=PresentationState.OPEN,
    )
    db.session.add(request)
    opened = _describe(request, prefix)
    db.session.commit()
    return opened


def build_request_object(request_id: str, *, wallet_nonce: str | None) -> str:
    """The signed question; it may be read as often as a wallet likes until it is answered or ends. Committed.

    Raises NotFound: presentation_unknown; Malformed: wallet_nonce.
    """
    request, now = find_open_request(request_id), wall_now()
    if request.verifier_id.startswith(Prefix.REDIRECT_URI):
        raise _unknown()
    if wallet_nonce is not None and not 0 < len(wallet_nonce) <= MAX_WALLET_NONCE:
        raise Malformed("wallet_nonce", "The wallet's nonce is too long.")
    verifier = current_keystore().find_verifier_signer()
    signed = sign_request(
        build_asked(request),
        key=verifier.key,
        chain=[verifier.certificate],
        wallet_nonce=wallet_nonce,
        now=now,
        expires_at=request.expires_at,
    )
    request.fetched_at = request.fetched_at or now
    db.session.commit()
    return signed


def find_open_request(request_id: str) -> PresentationRequest:
    """A question that waits for its answer. Raises NotFound: presentation_unknown, also where it is answered or over."""
    request = db.session.scalar(
        select(PresentationRequest)
        .where(PresentationRequest.request_id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is None or request.answered_at is not None or request.expires_at <= wall_now():
        raise _unknown()
    return request


def build_asked(request: PresentationRequest) -> Asked:
    """What the wallet is asked."""
    return Asked(
        client_id=request.verifier_id,
        response_mode=ResponseMode(request.response_mode),
        response_uri=_response_uri(request.request_id),
        nonce=request.nonce,
        state=request.state,
        query=request.query,
        encryption_key=request.encryption_key,
        verifier=request.client.name,
        purpose=request.purpose,
    )


def _describe(request: PresentationRequest, prefix: Prefix) -> OpenedPresentation:
    request_uri, verifier_id = None, request.verifier_id
    if prefix is Prefix.REDIRECT_URI:
        parameters = write_parameters(build_asked(request))
    else:
        request_uri = f"{current_settings().public_url}{PATH}/{request.request_id}"
        parameters = urlencode({"client_id": verifier_id, "request_uri": request_uri, "request_uri_method": "post"})
    return OpenedPresentation(
        request.request_id, verifier_id, request_uri, f"{SCHEME}?{parameters}", request.expires_at
    )


def _verifier_id(prefix: Prefix, request_id: str) -> str:
    """Section 5.9.3."""
    if prefix is Prefix.REDIRECT_URI:
        return f"{prefix}:{_response_uri(request_id)}"
    certificate = current_keystore().find_verifier_signer().certificate
    return hash_client_id(certificate) if prefix is Prefix.X509_HASH else f"{prefix}:{find_dns_names(certificate)[0]}"


def _response_uri(request_id: str) -> str:
    return f"{current_settings().public_url}{PATH}/{request_id}/response"


def _make_key() -> ECKey:
    """A key of its own for each question (HAIP, section 5)."""
    return ECKey.generate_key("P-256", {"use": "enc", "alg": "ECDH-ES"}, auto_kid=True)


def _public(key: ECKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def _check_open(client: Client, now: datetime) -> None:
    """What is over is cleared away, so that nothing of anybody is kept for long."""
    db.session.execute(delete(PresentationRequest).where(PresentationRequest.expires_at < now - KEPT))
    over = PresentationRequest.expires_at <= now, PresentationRequest.sealed_result.is_not(None)
    db.session.execute(update(PresentationRequest).where(*over).values(sealed_result=None))
    mine = PresentationRequest.client_id == client.id, PresentationRequest.answered_at.is_(None)
    waiting = db.session.scalar(
        select(func.count()).where(*mine, PresentationRequest.expires_at > now).select_from(PresentationRequest)
    )
    if (waiting or 0) >= MAX_OPEN:
        raise TooManyAttempts(
            "presentations_open", "Too many questions of this service wait for an answer.", retry_at=now + LIFE
        )


def _unknown() -> NotFound:
    return NotFound("presentation_unknown", "There is no such question, or it is over.")
