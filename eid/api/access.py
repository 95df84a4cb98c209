"""Who calls the JSON API: the access token of a request, and what it allows (RFC 6750, section 2.1)."""

from __future__ import annotations

from collections.abc import Collection

from flask import request

from eid.errors import OAuthError
from eid.oauth.client_tokens import ClientGrant, check_client_token
from eid.oauth.tokens import AccessGrant, bearer_challenge, check_access_token


def current_grant(scope: str = "") -> AccessGrant:
    """What the request's access token allows, with `scope` among it. Raises OAuthError with the challenge that is due.

    The token is taken from the Authorization header and from nowhere else: addresses and bodies end up in logs.
    """
    return check_access_token(_bearer_token(), scope)


def current_client(scopes: Collection[str]) -> ClientGrant:
    """What the client behind the request's token may do in its own name, with these scopes among it. Raises as current_grant."""
    return check_client_token(_bearer_token(), scopes)


def _bearer_token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise OAuthError("unauthorized", "An access token is needed.", status=401, challenge=bearer_challenge())
    return token.strip()
