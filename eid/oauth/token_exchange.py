"""Token exchange (RFC 8693): a citizen's access token becomes a narrower one, for one other service, in which the client acts.

What is given may do no more than what it was given for, ends no later, and ends with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from eid.accounts.card_expiry import has_expired_card
from eid.audit import ActorKind, record_disclosure
from eid.clock import wall_now
from eid.crypto.jwt import build_jwt
from eid.db import db
from eid.errors import OAuthError
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.access_claims import ACCESS_TOKEN_TYP, build_access_token_claims
from eid.oauth.asking import PASSING_ON, list_scope_items
from eid.oauth.claims import OFFLINE_ACCESS
from eid.oauth.grant_types import TOKEN_EXCHANGE, check_may_use
from eid.oauth.grants import ACCESS_TOKEN_LIFE, Tokens, check_no_details
from eid.oauth.models import AccessToken, AuthorizationCode, Client
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.release import Release
from eid.oauth.sender import UNBOUND, Confirmation
from eid.oauth.subjects import build_subject
from eid.randomness import random_token

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"


def exchange_token(
    client: Client, parameters: Parameters, *, issuer: str, confirmation: Confirmation = UNBOUND
) -> Tokens:
    """A token for one service, in which this client acts for the citizen; committed.

    1. The client is registered for this. It shows one access token, and no actor's: who acts is who authenticates.
    2. The token is this client's, was not exchanged itself, and opens something now.
    3. A token that is bound to a key is exchanged by who proves that key, as wherever it is shown.
    4. It is asked for one service, we ourselves or one that the citizen agreed to.
    5. Nothing is asked for beyond the scopes of the token.

    Raises OAuthError: unauthorized_client, invalid_request, invalid_target, invalid_scope.
    """
    # (1)
    check_may_use(client, TOKEN_EXCHANGE)
    check_no_details(parameters)
    shown = _read_shown(parameters)
    # (2)
    now = wall_now()
    token, grant = _find_subject(client, shown, now)
    # (3)
    if token.confirmation not in (UNBOUND, confirmation):
        raise _refuse_token("bound to another key")
    # (4)
    release = Release.from_json(token.scopes, grant.release)
    resource = _find_resource(parameters, release, issuer)
    # (5)
    scopes = _check_scopes(parameters, token.scopes)
    given = _record_exchanged(client, token, release, scopes, resource, issuer=issuer, now=now, bound=confirmation)
    record_disclosure(
        "exchange_token",
        actor_kind=ActorKind.CLIENT,
        actor=client.client_id,
        person_id=token.person_id,
        purpose=client.purpose,
        attributes=[item for item in list_scope_items(scopes) if release.allows(item)],
        resource=resource,
    )
    db.session.commit()
    return given


def _read_shown(parameters: Parameters) -> str:
    """The token to be exchanged. Raises OAuthError: invalid_request (RFC 8693, section 2.2.2)."""
    token = parameters.find_single("subject_token")
    if token is None or parameters.find_single("subject_token_type") not in (ACCESS_TOKEN, JWT):
        raise OAuthError("invalid_request", "subject_token is an access token, and subject_token_type says so.")
    if parameters.find("actor_token") is not None or parameters.find("actor_token_type") is not None:
        raise OAuthError("invalid_request", "There is no actor_token: who acts is the client that authenticates.")
    if parameters.find("requested_token_type") not in (None, ACCESS_TOKEN, JWT):
        raise OAuthError("invalid_request", "Only access tokens are given in exchange.")
    return token


def _find_subject(client: Client, shown: str, now: datetime) -> tuple[AccessToken, AuthorizationCode]:
    """The token and its grant, whose row is held: a revocation comes before this, or sees what is given."""
    query = (
        select(AccessToken, AuthorizationCode)
        .join(AuthorizationCode, AuthorizationCode.id == AccessToken.code_id)
        .where(AccessToken.token_digest == digest_of(shown), AccessToken.client_id == client.id)
        .with_for_update(of=(AuthorizationCode, AccessToken))
    )
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise _refuse_token("unknown, or another client's")
    token, grant = row
    if token.parent_id is not None:
        raise _refuse_token("was given in exchange itself")
    if token.revoked_at is not None or token.expires_at <= now or has_expired_card(token.person_id):
        raise _refuse_token("expired or revoked")
    return token, grant


def _find_resource(parameters: Parameters, release: Release, issuer: str) -> str:
    """RFC 8693, section 2.2.2: invalid_target. `audience` names what `resource` does, by its address."""
    named = [*parameters.resources, *filter(None, [parameters.find_single("audience")])]
    targets = list(dict.fromkeys(named))
    if len(targets) != 1:
        raise OAuthError("invalid_target", "A token is exchanged for one resource.")
    [target] = targets
    if target != issuer and PASSING_ON + target not in (release.items or ()):
        raise OAuthError("invalid_target", "The citizen did not agree to this resource.")
    return target


def _check_scopes(parameters: Parameters, granted: Sequence[str]) -> list[str]:
    """Those of the token that are asked for; without any, all but the one for refreshing."""
    usual = [scope for scope in granted if scope != OFFLINE_ACCESS]
    asked = (parameters.find_single("scope") or " ".join(usual)).split()
    if not asked or not set(asked) <= set(usual):
        raise OAuthError("invalid_scope", "Something is asked for that the token does not cover.")
    return [scope for scope in usual if scope in asked]


def _record_exchanged(
    client: Client,
    token: AccessToken,
    release: Release,
    scopes: Sequence[str],
    resource: str,
    *,
    issuer: str,
    now: datetime,
    bound: Confirmation,
) -> Tokens:
    """Add the token; the caller commits."""
    expires_at = min(now + ACCESS_TOKEN_LIFE, token.expires_at)
    exchanged = AccessToken(
        code_id=token.code_id,
        client_id=client.id,
        person_id=token.person_id,
        account_id=token.account_id,
        scopes=list(scopes),
        resources=[resource],
        parent_id=token.id,
        actor=client.client_id,
        jkt=bound.jkt,
        x5t_s256=bound.certificate,
        acr=token.acr,
        authenticated_at=token.authenticated_at,
        issued_at=now,
        expires_at=expires_at,
    )
    given = _build_exchanged(client, exchanged, release, issuer)
    exchanged.token_digest = digest_of(given)
    db.session.add(exchanged)
    seconds = int((expires_at - now).total_seconds())
    return Tokens(given, seconds, " ".join(scopes), None, None, bound.token_type, issued_token_type=ACCESS_TOKEN)


def _build_exchanged(client: Client, exchanged: AccessToken, release: Release, issuer: str) -> str:
    """The token as a JWT (RFC 9068), because whom it is for can look up nothing here."""
    keystore = current_keystore()
    secret = keystore.find_secret(SecretUse.SUBJECTS)
    claims = build_access_token_claims(
        issuer=issuer,
        subject=build_subject(secret, sector=client.sector, person_id=exchanged.person_id),
        client_id=client.client_id,
        audience=exchanged.resources,
        scopes=exchanged.scopes,
        identifier=random_token(),
        acr=exchanged.acr,
        authenticated_at=exchanged.authenticated_at,
        issued_at=exchanged.issued_at,
        expires_at=exchanged.expires_at,
        cnf=exchanged.confirmation.cnf,
        details=release.details if exchanged.resources == [issuer] else (),
        actor=exchanged.actor,
    )
    return build_jwt(claims, key=keystore.find_signing_key(KeyUse.ID_TOKEN), typ=ACCESS_TOKEN_TYP)


def _refuse_token(reason: str) -> OAuthError:
    """RFC 8693, section 2.2.2: one sentence for a token that is invalid for any reason."""
    return OAuthError("invalid_request", "The subject_token is not valid for this request.", reason=reason)
