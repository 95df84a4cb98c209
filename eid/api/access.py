"""Who calls the JSON API: the access token of a request, and what it allows (RFC 6750, section 2.1)."""

from __future__ import annotations

from flask import request

from eid.errors import OAuthError
from eid.oauth.tokens import AccessGrant, bearer_challenge, check_access_token


def current_grant(scope: str = "") -> AccessGrant:
    """What the request's access token allows, with `scope` among it. Raises OAuthError with the challenge that is due.

    The token is taken from the Authorization header and from nowhere else: addresses and bodies end up in logs.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise OAuthError("unauthorized", "An access token is needed.", status=401, challenge=bearer_challenge())
    return check_access_token(token.strip(), scope)
