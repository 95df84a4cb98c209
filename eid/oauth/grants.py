"""What a grant gives: access, refresh and ID tokens (RFC 6749, section 5.1; OpenID Connect Core, sections 3.1.3.3 and 11).

A grant begins with a code, whose row says for whom, for which client and how they signed in; its tokens stand and fall with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import insert

from eid.accounts.card_expiry import find_standing_of
from eid.accounts.lifecycle import AccountState
from eid.crypto.jwt import build_jwt
from eid.db import db, run, table_of
from eid.errors import OAuthError
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.access_claims import ACCESS_TOKEN_TYP, build_access_token_claims
from eid.oauth.claims import OPENID, build_id_token_claims
from eid.oauth.client_answers import sign_id_token
from eid.oauth.models import AccessToken, Client, RefreshToken, TokenFormat
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.release import Release
from eid.oauth.sender import BEARER, UNBOUND, Confirmation
from eid.oauth.subjects import build_session_identifier, build_subject
from eid.prepared import Prepared
from eid.randomness import random_token

ACCESS_TOKEN_LIFE = timedelta(minutes=10)
ID_TOKEN_LIFE = timedelta(minutes=10)
GRANT_LIFE = timedelta(days=30)
"""How long a grant can be refreshed, counted from its code: no refresh makes it longer."""

_INSERTION = Prepared(insert(table_of(AccessToken)).inline())


class Grant(Protocol):
    """What tokens are made of: the columns of an AuthorizationCode, whether as a model or as they were read."""

    @property
    def id(self) -> int: ...
    @property
    def person_id(self) -> int: ...
    @property
    def account_id(self) -> int: ...
    @property
    def session_id(self) -> int: ...
    @property
    def scopes(self) -> list[str]: ...
    @property
    def release(self) -> dict[str, Any] | None: ...
    @property
    def acr(self) -> str: ...
    @property
    def amr(self) -> list[str]: ...
    @property
    def authenticated_at(self) -> datetime: ...
    @property
    def issued_at(self) -> datetime: ...


@frozen
class Tokens:
    """The answer of RFC 6749, section 5.1, and OpenID Connect Core, section 3.1.3.3; what is None is not part of it."""

    access_token: str
    expires_in: int
    scope: str
    id_token: str | None
    refresh_token: str | None
    token_type: str = BEARER
    authorization_details: list[dict[str, Any]] | None = None
    """RFC 9396, section 7: as they were granted."""
    issued_token_type: str | None = None
    """RFC 8693, section 2.2.1."""


def record_tokens(
    client: Client,
    code: Grant,
    scopes: Sequence[str],
    *,
    issuer: str,
    nonce: str | None,
    refresh_token: str | None,
    now: datetime,
    confirmation: Confirmation = UNBOUND,
    resources: Sequence[str] = (),
    attributes: Mapping[str, Any] | None = None,
) -> Tokens:
    """Add an access token of these scopes for the grant that began with this code; the caller commits.

    It is bound to the key that is confirmed, and for these services; where none are named, for us. `attributes` are claims
    about the person that the ID token bears, too.
    """
    access_token = _build_access_token(
        client, code, scopes, issuer=issuer, now=now, confirmation=confirmation, resources=resources
    )
    inserted = {
        "token_digest": digest_of(access_token),
        "code_id": code.id,
        "client_id": client.id,
        "person_id": code.person_id,
        "account_id": code.account_id,
        "scopes": list(scopes),
        "resources": list(resources),
        "jkt": confirmation.jkt,
        "x5t_s256": confirmation.certificate,
        "acr": code.acr,
        "authenticated_at": code.authenticated_at,
        "issued_at": now,
        "expires_at": now + ACCESS_TOKEN_LIFE,
    }
    run(_INSERTION, inserted)
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
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
        alg=client.id_token_signed_response_alg,
    )
    return Tokens(
        access_token=access_token,
        expires_in=int(ACCESS_TOKEN_LIFE.total_seconds()),
        scope=" ".join(scopes),
        id_token=sign_id_token(client, {**(attributes or {}), **claims}) if OPENID in code.scopes else None,
        refresh_token=refresh_token,
        token_type=confirmation.token_type,
        authorization_details=(code.release["details"] or None) if code.release else None,
    )


def _build_access_token(
    client: Client,
    code: Grant,
    scopes: Sequence[str],
    *,
    issuer: str,
    now: datetime,
    confirmation: Confirmation,
    resources: Sequence[str],
) -> str:
    """What the client asked for at its registration: 256 random bits, or the claims of RFC 9068."""
    if client.access_token_format != TokenFormat.JWT:
        return random_token()
    keystore = current_keystore()
    claims = build_access_token_claims(
        issuer=issuer,
        subject=build_subject(keystore.find_secret(SecretUse.SUBJECTS), sector=client.sector, person_id=code.person_id),
        client_id=client.client_id,
        audience=list(resources) or [issuer],
        scopes=scopes,
        identifier=random_token(),
        acr=code.acr,
        authenticated_at=code.authenticated_at,
        issued_at=now,
        expires_at=now + ACCESS_TOKEN_LIFE,
        cnf=confirmation.cnf,
        details=Release.from_json(scopes, code.release).details,
    )
    return build_jwt(claims, key=keystore.find_signing_key(KeyUse.ID_TOKEN), typ=ACCESS_TOKEN_TYP)


def record_refresh_token(
    code: Grant,
    *,
    now: datetime,
    predecessor: RefreshToken | None = None,
    confirmation: Confirmation = UNBOUND,
) -> str:
    """Add a refresh token to the family that began with this code; the caller commits. Only its digest is kept."""
    token = random_token()
    db.session.add(
        RefreshToken(
            token_digest=digest_of(token),
            code_id=code.id,
            predecessor_id=None if predecessor is None else predecessor.id,
            jkt=confirmation.jkt,
            x5t_s256=confirmation.certificate,
            issued_at=now,
            expires_at=_end_of_grant(code),
        )
    )
    return token


def _end_of_grant(code: Grant) -> datetime:
    """A grant ends after thirty days, or with the consent that it rests on."""
    until = Release.from_json(code.scopes, code.release).until
    end: datetime = code.issued_at + GRANT_LIFE
    return end if until is None else min(end, until)


def check_account_active(person_id: int) -> None:
    """Raise invalid_grant otherwise: a lock that was decided while a code was on its way has not seen it."""
    check_standing(*find_standing_of(person_id))


def check_standing(state: str | None, is_card_expired: bool) -> None:
    """As check_account_active, for whoever has read how the account and its holder's card stand."""
    if state != AccountState.ACTIVE:
        raise invalid_grant(f"account {state}")
    if is_card_expired:
        raise invalid_grant("the holder's card has expired")


def check_no_details(parameters: Parameters) -> None:
    """Raise invalid_authorization_details where a token request names any: they are asked for and agreed to before the code.

    To overlook them would give more than is asked for (RFC 9396, section 6).
    """
    if parameters.find("authorization_details") is not None:
        raise OAuthError(
            "invalid_authorization_details", "Authorization details are asked for at the authorization endpoint."
        )


def invalid_grant(reason: str) -> OAuthError:
    """One sentence, whatever is wrong: who has a stolen code or token learns nothing from it."""
    return OAuthError("invalid_grant", "The grant is not valid for this request.", reason=reason)
