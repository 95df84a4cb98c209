"""Errors of the protocols explained: what each means and what a service does about it. Pure data."""

from __future__ import annotations

from eid.oauth.inspection.results import Inspection, Value

_RFC6749 = "RFC 6749, section"

REFUSALS: dict[str, tuple[str, str]] = {
    "invalid_request": (
        "A parameter is missing, repeated or malformed. The description says which; correct the request.",
        f"{_RFC6749} 4.1.2.1",
    ),
    "unauthorized_client": ("This service may not use this grant. Ask for another registration.", f"{_RFC6749} 5.2"),
    "access_denied": ("The citizen said no. That is a decision: offer another way in.", f"{_RFC6749} 4.1.2.1"),
    "unsupported_response_type": ("Only response_type=code is served.", f"{_RFC6749} 4.1.2.1"),
    "invalid_scope": (
        "The scope openid is missing, or a scope is not registered for this service.",
        f"{_RFC6749} 4.1.2.1",
    ),
    "server_error": ("The provider failed. Let the citizen try again later.", f"{_RFC6749} 4.1.2.1"),
    "temporarily_unavailable": (
        "The provider cannot answer now. Wait as long as Retry-After says, and try again.",
        f"{_RFC6749} 4.1.2.1",
    ),
    "login_required": (
        "prompt=none was asked, and the citizen would have to sign in. Ask again without it.",
        "OpenID Connect Core, section 3.1.2.6",
    ),
    "consent_required": (
        "prompt=none was asked, and the citizen would have to agree. Ask again without it.",
        "OpenID Connect Core, section 3.1.2.6",
    ),
    "interaction_required": (
        "prompt=none was asked, and the citizen would have to do something.",
        "OpenID Connect Core, section 3.1.2.6",
    ),
    "request_not_supported": (
        "This service has no keys to sign request objects with.",
        "OpenID Connect Core, section 3.1.2.6",
    ),
    "request_uri_not_supported": (
        "Request objects by address are not fetched. Push the request.",
        "OpenID Connect Core, section 3.1.2.6",
    ),
    "invalid_request_uri": (
        "What was pushed is unknown, used or older than 90 seconds. Push it again.",
        "RFC 9101, section 7",
    ),
    "invalid_request_object": (
        "The request object does not hold. Paste it here to see which step fails.",
        "RFC 9101, section 7",
    ),
    "unmet_authentication_requirements": (
        "The level that you insist on cannot be reached.",
        "OpenID Connect Core Unmet Authentication Requirements 1.0",
    ),
    "invalid_authorization_details": (
        "A type or field of the authorization details is not known or not registered.",
        "RFC 9396, section 5",
    ),
    "invalid_target": (
        "A resource is not registered for this service, or was not named before.",
        "RFC 8707, section 2",
    ),
    "invalid_client": (
        "The service did not prove itself: another secret, method or key than registered.",
        f"{_RFC6749} 5.2",
    ),
    "invalid_grant": (
        "The code or refresh token is unknown, expired, used, revoked, or another service's; or redirect URI or verifier differ.",
        f"{_RFC6749} 5.2",
    ),
    "unsupported_grant_type": (
        "This grant_type is not served; the provider's description lists those that are.",
        f"{_RFC6749} 5.2",
    ),
    "authorization_pending": (
        "The citizen has not decided yet. Ask again after the interval.",
        "RFC 8628, section 3.5",
    ),
    "slow_down": ("You ask too often. Wait five seconds longer from now on.", "RFC 8628, section 3.5"),
    "expired_token": ("The time to decide is over. Begin anew.", "RFC 8628, section 3.5"),
    "use_dpop_nonce": ("Make the proof again with the nonce of the header DPoP-Nonce.", "RFC 9449, section 8"),
    "invalid_dpop_proof": (
        "The DPoP proof does not hold, or was used. Paste it here to see which step fails.",
        "RFC 9449, section 5",
    ),
    "invalid_token": (
        "The access token is unknown, expired, revoked, or shown without the key that it is bound to.",
        "RFC 6750, section 3.1",
    ),
    "insufficient_scope": (
        "The access token does not cover this. Ask for the scope at sign-in.",
        "RFC 6750, section 3.1",
    ),
    "insufficient_user_authentication": (
        "The sign-in behind the token does not suffice. Send the citizen with the acr_values or max_age of the challenge.",
        "RFC 9470, section 3",
    ),
}


def inspect_error(error: str) -> Inspection:
    """What an error code means; also one that no specification has, which a service must be able to meet."""
    about, clause = REFUSALS.get(
        error, ("No specification has this error. Treat it as a sign-in that failed.", f"{_RFC6749} 4.1.2.1")
    )
    return Inspection("error", (Value("error", error[:60], about, clause),))
