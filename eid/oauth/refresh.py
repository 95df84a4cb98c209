"""Refreshing: new tokens for a refresh token, which is replaced each time (RFC 6749, section 6; RFC 9700, section 4.14.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from eid.clock import wall_now
from eid.db import db
from eid.errors import OAuthError
from eid.oauth.grants import (
    Tokens,
    check_account_active,
    check_no_details,
    invalid_grant,
    record_refresh_token,
    record_tokens,
)
from eid.oauth.models import AuthMethod, AuthorizationCode, Client, RefreshToken
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.profiles import rules_of
from eid.oauth.resources import select_resources
from eid.oauth.sender import UNBOUND, Confirmation
from eid.oauth.tokens import record_grant_revoked

GRACE = timedelta(seconds=30)
"""For as long after its first use may a token be used again, by a client that lost the answer or asked twice at once."""


def redeem_refresh_token(
    client: Client, parameters: Parameters, *, issuer: str, confirmation: Confirmation = UNBOUND
) -> Tokens:
    """New tokens and the next refresh token; the old one is spent. With profile fapi2 it is not: it stays the one there is.

    1. The token exists and was given to this client.
    2. Neither its time nor its grant nor its account has ended.
    3. It is the newest of its family, or the one before it and used a moment ago; else somebody else has it too, and the
       whole grant is revoked.
    4. Tokens that were bound to a key stay bound. A public client proves the very key of before, which is all that binds the
       refresh token to it; any other has proved itself already and may change its key (RFC 9449, section 5).
    5. Nothing is asked for that was not granted (RFC 6749, section 6; RFC 8707, section 2.2).
    """
    now = wall_now()
    # (1)
    check_no_details(parameters)
    token = parameters.find_single("refresh_token")
    if token is None:
        raise OAuthError("invalid_request", "The parameter refresh_token is missing.")
    found = db.session.execute(
        select(RefreshToken, AuthorizationCode)
        .join(AuthorizationCode, AuthorizationCode.id == RefreshToken.code_id)
        .where(RefreshToken.token_digest == digest_of(token), AuthorizationCode.client_id == client.id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise invalid_grant("unknown, or another client's")
    refresh_token, code = found
    # (2)
    if refresh_token.expires_at <= now or code.revoked_at is not None:
        raise invalid_grant("expired or revoked")
    check_account_active(code.person_id)
    # (3)
    _check_not_replayed(refresh_token, now)
    # (4)
    _check_still_bound(client, refresh_token.confirmation, confirmation)
    # (5)
    scopes, resources = _check_scopes(parameters, code.scopes), select_resources(parameters, code.resources)
    tokens = record_tokens(
        client,
        code,
        scopes,
        issuer=issuer,
        nonce=None,
        refresh_token=_record_successor(client, code, refresh_token, confirmation, now),
        now=now,
        confirmation=confirmation,
        resources=resources,
    )
    db.session.commit()
    return tokens


def _record_successor(
    client: Client, code: AuthorizationCode, spent: RefreshToken, confirmation: Confirmation, now: datetime
) -> str | None:
    """The next refresh token; None where the client keeps the one that it has."""
    if not rules_of(client.profile).rotates_refresh_tokens:
        return None
    spent.rotated_at = spent.rotated_at or now
    return record_refresh_token(code, now=now, predecessor=spent, confirmation=confirmation)


def _check_still_bound(client: Client, before: Confirmation, now: Confirmation) -> None:
    if before != UNBOUND and now == UNBOUND:
        raise invalid_grant("no key is proved any more")
    if client.auth_method == AuthMethod.NONE and before.jkt not in (None, now.jkt):
        raise invalid_grant("a public client with another key")


def _check_not_replayed(token: RefreshToken, now: datetime) -> None:
    """Raise invalid_grant, with the whole grant revoked and committed, where a spent token comes back."""
    if token.rotated_at is None:
        return
    used_successors = select(RefreshToken.id).where(
        RefreshToken.predecessor_id == token.id, RefreshToken.rotated_at.is_not(None)
    )
    is_in_grace = now - token.rotated_at <= GRACE and db.session.scalar(used_successors.limit(1)) is None
    if not is_in_grace:
        record_grant_revoked(token.code_id, now=now)
        db.session.commit()
        raise invalid_grant("refresh token used again")


def _check_scopes(parameters: Parameters, granted: Sequence[str]) -> list[str]:
    """The scopes asked for, which are all of the granted ones where none are named."""
    asked = (parameters.find_single("scope") or " ".join(granted)).split()
    if not set(asked) <= set(granted):
        raise OAuthError("invalid_scope", "Something is asked for that was not granted.")
    return [scope for scope in granted if scope in asked]
