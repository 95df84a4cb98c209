"""Authorization codes: giving one, and redeeming one for tokens (RFC 6749, section 4.1.3; RFC 7636, section 4.6)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import Date, bindparam, exists, insert, select, update

from eid.accounts.card_expiry import has_card_expired_of
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.clock import wall_now, world_today
from eid.db import db, run, table_of
from eid.errors import OAuthError
from eid.oauth.acr import granted_acr
from eid.oauth.claims import OFFLINE_ACCESS
from eid.oauth.grants import (
    Tokens,
    check_no_details,
    check_standing,
    invalid_grant,
    record_refresh_token,
    record_tokens,
)
from eid.oauth.interactions import SignedIn
from eid.oauth.models import AuthorizationCode, Client
from eid.oauth.opaque import digest_of, encode_base64url
from eid.oauth.parameters import Parameters
from eid.oauth.release import Release
from eid.oauth.released import find_id_token_claims
from eid.oauth.requests import CheckedRequest
from eid.oauth.resources import select_resources
from eid.oauth.sender import UNBOUND, Confirmation
from eid.oauth.tokens import record_grant_revoked
from eid.prepared import Prepared
from eid.randomness import random_token

CODE_LIFE = timedelta(seconds=60)

_codes, _accounts = table_of(AuthorizationCode), table_of(Account).c
_INSERTION = Prepared(insert(_codes).inline())
_has_card_expired = has_card_expired_of(_codes.c.person_id, bindparam("today", type_=Date))
_REDEEMING = Prepared(
    update(_codes)
    .where(
        _codes.c.code_digest == bindparam("digest"),
        _codes.c.client_id == bindparam("client"),
        _codes.c.redeemed_at.is_(None),
        _codes.c.revoked_at.is_(None),
        _codes.c.expires_at > bindparam("now"),
        exists().where(_accounts.person_id == _codes.c.person_id, _accounts.state == AccountState.ACTIVE),
        ~_has_card_expired,
    )
    .values(redeemed_at=bindparam("now"))
    .returning(
        _codes.c.id,
        _codes.c.person_id,
        _codes.c.account_id,
        _codes.c.session_id,
        _codes.c.scopes,
        _codes.c.release,
        _codes.c.redirect_uri,
        _codes.c.code_challenge,
        _codes.c.nonce,
        _codes.c.dpop_jkt,
        _codes.c.resources,
        _codes.c.acr,
        _codes.c.amr,
        _codes.c.authenticated_at,
        _codes.c.issued_at,
    )
)
_STANDING = Prepared(
    select(
        _codes.c.id,
        _codes.c.client_id,
        _codes.c.redeemed_at,
        _codes.c.revoked_at,
        _codes.c.expires_at,
        _accounts.state,
        _has_card_expired.label("is_card_expired"),
    )
    .outerjoin(table_of(Account), _accounts.person_id == _codes.c.person_id)
    .where(_codes.c.code_digest == bindparam("digest"))
)
"""What says why a code was not redeemed: the same that is asked where it is."""


def record_code(
    client: Client, request: CheckedRequest, session: SignedIn, release: Release, *, now: datetime, level: str
) -> str:
    """Add a code bound to client, redirect URI, PKCE challenge and session; the caller commits. Only its digest is kept.

    `level` is the one that was reached recently enough.
    """
    code = random_token()
    run(_INSERTION, _columns(client, request, session, release, now, level, code))
    return code


def record_grant(
    client: Client,
    request: CheckedRequest,
    session: SignedIn,
    release: Release,
    *,
    now: datetime,
    level: str,
    code: str,
) -> AuthorizationCode:
    """Add the grant that begins with this code; the caller commits."""
    grant = AuthorizationCode(**_columns(client, request, session, release, now, level, code))
    db.session.add(grant)
    return grant


def _columns(
    client: Client,
    request: CheckedRequest,
    session: SignedIn,
    release: Release,
    now: datetime,
    level: str,
    code: str,
) -> dict[str, Any]:
    return {
        "code_digest": digest_of(code),
        "client_id": client.id,
        "person_id": session.person_id,
        "account_id": session.account_id,
        "session_id": session.id,
        "scopes": list(release.scopes),
        "release": release.to_json(),
        "redirect_uri": request.redirect_uri,
        "code_challenge": request.code_challenge,
        "nonce": request.nonce,
        "dpop_jkt": request.dpop_jkt,
        "resources": list(request.resources),
        "acr": granted_acr(level, request.essential_acr),
        "amr": list(session.amr),
        "authenticated_at": session.authenticated_at,
        "issued_at": now,
        "expires_at": now + CODE_LIFE,
    }


def redeem_code(client: Client, parameters: Parameters, *, issuer: str, confirmation: Confirmation = UNBOUND) -> Tokens:
    """Tokens for a code, once: of many redemptions at the same time exactly one succeeds.

    `confirmation` is the key that the request proves, to which the tokens are bound.

    1. The request names code and redirect URI (RFC 6749, section 4.1.3).
    2. The code exists and was given to this client; it was not redeemed before, it is not older than a minute, and neither it nor
       its account has ended. All that is asked by the statement that marks it redeemed; where it marks none, _refuse says why.
    3. The redirect URI is that of the authorization request.
    4. The verifier's SHA-256 is the challenge of the authorization request (RFC 7636, section 4.6).
    5. The request proves the key that the authorization request named (RFC 9449, section 10).
    6. Tokens are asked for no other services than were named in the authorization request (RFC 8707, section 2.2).

    Where 3 to 6 do not hold, the code is again as it was before.
    """
    now = wall_now()
    # (1)
    check_no_details(parameters)
    code, redirect_uri = _require(parameters, "code"), _require(parameters, "redirect_uri")
    # (2)
    digest, today = digest_of(code), world_today()
    found = run(_REDEEMING, {"digest": digest, "client": client.id, "now": now, "today": today}).one_or_none()
    if found is None:
        _refuse(client, digest, now=now, today=today)
    # (3) (4) (5) (6)
    try:
        resources = _check_request(parameters, found, redirect_uri, confirmation)
    except OAuthError:
        db.session.rollback()
        raise
    refresh_token = (
        record_refresh_token(found, now=now, confirmation=confirmation) if OFFLINE_ACCESS in found.scopes else None
    )
    tokens = record_tokens(
        client,
        found,
        found.scopes,
        issuer=issuer,
        nonce=found.nonce,
        refresh_token=refresh_token,
        now=now,
        confirmation=confirmation,
        resources=resources,
        attributes=find_id_token_claims(client, found),
    )
    db.session.commit()
    return tokens


def _refuse(client: Client, digest: bytes, *, now: datetime, today: date) -> NoReturn:
    """Why this code could not be redeemed. One that was redeemed before, somebody else has too: what it gave is worth nothing
    from now on (RFC 6749, section 4.1.2). That is committed, then raised."""
    found = run(_STANDING, {"digest": digest, "today": today}).one_or_none()
    if found is None or found.client_id != client.id:
        raise invalid_grant("unknown, or another client's")
    if found.redeemed_at is not None:
        record_grant_revoked(found.id, now=now)
        db.session.commit()
        raise invalid_grant("redeemed before")
    if found.expires_at <= now or found.revoked_at is not None:
        raise invalid_grant("expired or revoked")
    check_standing(found.state, found.is_card_expired)
    raise invalid_grant("not redeemable a moment ago")


def _check_request(parameters: Parameters, code: Any, redirect_uri: str, confirmation: Confirmation) -> list[str]:
    """The services that the tokens are for; steps 3 to 6 of redeem_code hold."""
    # (3)
    if redirect_uri != code.redirect_uri:
        raise invalid_grant("redirect_uri differs")
    # (4)
    _check_verifier(parameters.find_single("code_verifier") or "", code.code_challenge)
    # (5)
    if code.dpop_jkt not in (None, confirmation.jkt):
        raise invalid_grant("another DPoP key than that of the authorization request")
    # (6)
    return select_resources(parameters, code.resources)


def _check_verifier(verifier: str, challenge: str) -> None:
    """A verifier without a challenge is refused, too: somebody took the challenge away (RFC 9700, section 4.8.2)."""
    if not challenge and not verifier:
        return
    computed = encode_base64url(hashlib.sha256(verifier.encode()).digest())
    if not 43 <= len(verifier) <= 128 or not hmac.compare_digest(computed, challenge):
        raise invalid_grant("code_verifier missing or wrong")


def _require(parameters: Parameters, name: str) -> str:
    value = parameters.find_single(name)
    if value is None:
        raise OAuthError("invalid_request", "The parameter code or redirect_uri is missing.", reason=name)
    return value
