"""What a grant gives: access, refresh and ID tokens (RFC 6749, section 5.1; OpenID Connect Core, sections 3.1.3.3 and 11).

A grant begins with a code, whose row says for whom, for which client and how they signed in; its tokens stand and fall with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from eid.accounts.lifecycle import AccountState
from eid.accounts.service import find_account
from eid.crypto.jwt import build_jwt
from eid.db import db
from eid.errors import NotFound, OAuthError
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.claims import build_id_token_claims
from eid.oauth.models import AccessToken, AuthorizationCode, Client, RefreshToken
from eid.oauth.opaque import digest_of
from eid.oauth.subjects import build_session_identifier, build_subject
from eid.randomness import random_token

ACCESS_TOKEN_LIFE = timedelta(minutes=10)
ID_TOKEN_LIFE = timedelta(minutes=10)
GRANT_LIFE = timedelta(days=30)
"""How long a grant can be refreshed, counted from its code: no refresh makes it longer."""


@dataclass(frozen=True)
class Tokens:
    """The answer of RFC 6749, section 5.1, and OpenID Connect Core, section 3.1.3.3; what is None is not part of it."""

    access_token: str
    expires_in: int
    scope: str
    id_token: str | None
    refresh_token: str | None


def record_tokens(
    client: Client,
    code: AuthorizationCode,
    scopes: Sequence[str],
    *,
    issuer: str,
    nonce: str | None,
    refresh_token: str | None,
    now: datetime,
) -> Tokens:
    """Add an access token of these scopes for the grant that began with this code; the caller commits."""
    access_token = random_token()
    db.session.add(
        AccessToken(
            token_digest=digest_of(access_token),
            code_id=code.id,
            client_id=client.id,
            person_id=code.person_id,
            account_id=code.account_id,
            scopes=list(scopes),
            acr=code.acr,
            authenticated_at=code.authenticated_at,
            issued_at=now,
            expires_at=now + ACCESS_TOKEN_LIFE,
        )
    )
    keystore = current_keystore()
    secret = keystore.find_secret(SecretUse.SUBJECTS)
    claims = build_id_token_claims(
        issuer=issuer,
        subject=build_subject(secret, sector=client.sector, person_id=code.person_id),
        client_id=client.client_id,
        session_identifier=build_session_identifier(secret, client_id=client.client_id, session_id=code.session_id),
        access_token=access_token,
        nonce=nonce,
        acr=code.acr,
        amr=code.amr,
        authenticated_at=code.authenticated_at,
        issued_at=now,
        expires_at=now + ID_TOKEN_LIFE,
    )
    return Tokens(
        access_token=access_token,
        expires_in=int(ACCESS_TOKEN_LIFE.total_seconds()),
        scope=" ".join(scopes),
        id_token=build_jwt(claims, key=keystore.find_signing_key(KeyUse.ID_TOKEN), typ="JWT"),
        refresh_token=refresh_token,
    )


def record_refresh_token(code: AuthorizationCode, *, now: datetime, predecessor: RefreshToken | None = None) -> str:
    """Add a refresh token to the family that began with this code; the caller commits. Only its digest is kept."""
    token = random_token()
    db.session.add(
        RefreshToken(
            token_digest=digest_of(token),
            code_id=code.id,
            predecessor_id=None if predecessor is None else predecessor.id,
            issued_at=now,
            expires_at=code.issued_at + GRANT_LIFE,
        )
    )
    return token


def check_account_active(person_id: int) -> None:
    """Raise invalid_grant otherwise: a lock that was decided while a code was on its way has not seen it."""
    try:
        account = find_account(person_id)
    except NotFound as none:
        raise invalid_grant("no account") from none
    if account.state != AccountState.ACTIVE:
        raise invalid_grant(f"account {account.state}")


def invalid_grant(reason: str) -> OAuthError:
    """One sentence, whatever is wrong: who has a stolen code or token learns nothing from it."""
    return OAuthError("invalid_grant", "The grant is not valid for this request.", reason=reason)
