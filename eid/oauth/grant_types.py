"""What a client may ask the token endpoint for beyond the grants that every client has; each must be registered (RFC 7591,
section 2). Pure.
"""

from __future__ import annotations

from collections.abc import Collection

from eid.errors import Malformed, OAuthError
from eid.late_dataclasses import frozen
from eid.oauth.client_assertions import ALGORITHMS, STRICT_ALGORITHMS
from eid.oauth.models import STRICT_PROFILES, AuthMethod, Client, Profile

CODE = "authorization_code"
REFRESH = "refresh_token"
OWN_NAME = "client_credentials"
CIBA = "urn:openid:params:grant-type:ciba"
"""OpenID Connect Client-Initiated Backchannel Authentication Core 1.0, section 4."""
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
"""RFC 8628, section 3.4."""
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
"""RFC 8693, section 2.1."""
PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
"""OpenID4VCI 1.0, section 4.1.1; whoever was shown an offer may have it, registered or not."""

EXTRA_GRANT_TYPES = (CIBA, DEVICE_CODE, TOKEN_EXCHANGE)
GRANT_TYPES = (CODE, REFRESH, OWN_NAME, *EXTRA_GRANT_TYPES, PRE_AUTHORIZED)

POLL = "poll"
PING = "ping"
DELIVERY_MODES = (POLL, PING)


@frozen
class ExtraGrants:
    """Which further grants a client has, and how it wants to hear of an answer (CIBA Core, section 4)."""

    extra_grant_types: tuple[str, ...] = ()
    backchannel_token_delivery_mode: str | None = None
    backchannel_client_notification_endpoint: str | None = None
    backchannel_authentication_request_signing_alg: str | None = None


NO_EXTRA_GRANTS = ExtraGrants()


def list_grant_types(client: Client) -> list[str]:
    """All that this client may ask the token endpoint for, as `grant_types` of its registration."""
    codes = [CODE] if client.redirect_uris else []
    return [*codes, REFRESH, *([OWN_NAME] if client.own_scopes else []), *client.extra_grant_types]


def needs_redirect_uri(grants: ExtraGrants) -> bool:
    """A client that asks citizens on another device alone sends no browser anywhere."""
    return not {CIBA, DEVICE_CODE} & set(grants.extra_grant_types)


def check_may_use(client: Client, grant_type: str) -> None:
    """Raise OAuthError: unauthorized_client unless the client is registered for this grant (RFC 6749, section 5.2)."""
    if grant_type in EXTRA_GRANT_TYPES and grant_type not in client.extra_grant_types:
        raise OAuthError("unauthorized_client", "The client is not registered for this grant type.")


def check_extra_grants(grants: ExtraGrants, *, profile: Profile, auth_method: AuthMethod, has_keys: bool) -> None:
    """Raise Malformed unless such a client can have these grants.

    Codes: grant_type_unknown, grant_type_weak, client_public, backchannel_mode, backchannel_endpoint, backchannel_alg.
    """
    asked = set(grants.extra_grant_types)
    if not asked <= set(EXTRA_GRANT_TYPES):
        raise Malformed("grant_type_unknown", "One of these grant types does not exist or is every client's.")
    if DEVICE_CODE in asked and profile in STRICT_PROFILES:
        raise Malformed("grant_type_weak", "With profile fapi2 there is no device flow: its requests are not signed.")
    if asked & {CIBA, TOKEN_EXCHANGE} and auth_method is AuthMethod.NONE:
        raise Malformed("client_public", "A service that keeps no secret has neither of these grant types.")
    _check_backchannel(grants, profile, has_keys=has_keys)


def _check_backchannel(grants: ExtraGrants, profile: Profile, *, has_keys: bool) -> None:
    mode, endpoint = grants.backchannel_token_delivery_mode, grants.backchannel_client_notification_endpoint
    alg = grants.backchannel_authentication_request_signing_alg
    has_ciba = CIBA in grants.extra_grant_types
    if (mode in DELIVERY_MODES) != has_ciba or (mode is not None and mode not in DELIVERY_MODES):
        raise Malformed("backchannel_mode", "A client that asks citizens on the back channel has mode poll or ping.")
    if (endpoint is not None) != (mode == PING):
        raise Malformed("backchannel_endpoint", "In mode ping, and only there, a client has a notification endpoint.")
    allowed: Collection[str] = STRICT_ALGORITHMS if profile in STRICT_PROFILES else ALGORITHMS
    if alg is not None and not (has_ciba and has_keys and alg in allowed):
        raise Malformed("backchannel_alg", "Signed requests need keys, and an algorithm that the profile allows.")
