"""What a client shows to prove itself at the token endpoint (RFC 6749, section 2.3.1). Pure; eid.oauth.clients judges it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import unquote_plus

from eid.errors import OAuthError
from eid.oauth.parameters import Parameters

CHALLENGE = 'Basic realm="eid", charset="UTF-8"'


@dataclass(frozen=True)
class ClientCredentials:
    """Unverified."""

    method: str
    """client_secret_basic, client_secret_post or none."""
    client_id: str
    secret: str = ""


def parse_client_credentials(authorization: str, parameters: Parameters) -> ClientCredentials:
    """The one way in which the request authenticates its client. Raises OAuthError(invalid_client or invalid_request)."""
    named = parameters.find_single("client_id")
    secret = parameters.find_single("client_secret")
    if authorization:
        basic = parse_basic(authorization)
        if secret is not None or (named is not None and named != basic.client_id):
            raise OAuthError("invalid_request", "A client authenticates itself in one way only.")
        return basic
    if named is None:
        raise refuse_client("The client did not say who it is.")
    return (
        ClientCredentials("none", named) if secret is None else ClientCredentials("client_secret_post", named, secret)
    )


def parse_basic(authorization: str) -> ClientCredentials:
    """HTTP Basic, whose two parts are form-encoded before they are joined (RFC 6749, section 2.3.1)."""
    scheme, _, value = authorization.partition(" ")
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        decoded = ""
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise refuse_client("The Authorization header holds no client credentials.")
    return ClientCredentials("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))


def refuse_client(detail: str = "The client could not be authenticated.", *, reason: str = "") -> OAuthError:
    """RFC 6749, section 5.2: 401, with a challenge for the scheme that the client may have used."""
    return OAuthError("invalid_client", detail, reason=reason, status=401, challenge=CHALLENGE)
