"""An authorization request looked at check by check: the very table that the provider goes through. Pure."""

from __future__ import annotations

from eid.errors import OAuthError
from eid.oauth.inspection.results import Check, Step, failed, passed, walk
from eid.oauth.parameters import Parameters
from eid.oauth.requests import (
    AUTHORIZATION_CHECKS,
    KnownClient,
    UncheckedRequest,
    check_client_named,
    check_redirect_uri,
)

CLIENT = Step("client", "The request names this service.", "RFC 6749, section 4.1.1")
REDIRECT_URI = Step("redirect_uri", "The redirect URI is registered, letter for letter.", "RFC 9700, section 2.1")

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step("check_parameters_once", "No parameter comes twice.", "RFC 6749, section 3.1"),
        Step("check_values_readable", "Every value can be read, and none is too long.", "RFC 6749, section 3.1"),
        Step(
            "check_no_request_object",
            "A request object comes only by value, and from a service with keys.",
            "OpenID Connect Core, section 3.1.2.6",
        ),
        Step("check_pushed", "The request was pushed, where that is demanded.", "RFC 9126, section 6"),
        Step("check_signed", "The request is signed, where that is demanded.", "RFC 9101, section 10.5"),
        Step("check_response_type", "The response_type is code.", "RFC 9700, section 2.1.2"),
        Step(
            "check_response_mode", "The response_mode is one of ours.", "OAuth 2.0 Multiple Response Types, section 2.1"
        ),
        Step(
            "check_scope",
            "The scopes have openid among them, and are registered for the service.",
            "OpenID Connect Core, section 3.1.2.1",
        ),
        Step("check_pkce", "PKCE is there, with S256.", "RFC 7636, sections 4.3 and 4.4.1"),
        Step(
            "check_prompt",
            "The prompt is one that there is, and none stands alone.",
            "OpenID Connect Core, section 3.1.2.1",
        ),
        Step("check_max_age", "The max_age is a number of seconds.", "OpenID Connect Core, section 3.1.2.1"),
        Step("check_claims", "The claims parameter can be read.", "OpenID Connect Core, section 5.5"),
        Step(
            "check_authorization_details",
            "The authorization details are of types that there are.",
            "RFC 9396, section 5",
        ),
        Step(
            "check_level",
            "The level that is insisted on can be reached.",
            "OpenID Connect Core Unmet Authentication Requirements 1.0",
        ),
        Step("check_dpop_jkt", "The dpop_jkt is a thumbprint, and that of the proof.", "RFC 9449, section 10"),
        Step("check_resources", "The resources are registered for the service.", "RFC 8707, section 2"),
    )
}
"""Every check of AUTHORIZATION_CHECKS, by its name."""


def inspect_parameters(
    client: KnownClient, parameters: Parameters, *, issuer: str, is_pushed: bool, is_signed: bool
) -> tuple[Check, ...]:
    """What the provider would say of this request of this client; each check of the table by itself, whatever the others say."""
    steps = tuple(STEPS[check.__name__] for check in AUTHORIZATION_CHECKS)
    try:
        named = check_client_named(parameters)
    except OAuthError as refusal:
        return walk((CLIENT, REDIRECT_URI, *steps), [CLIENT.name], refusal.detail)
    if named != client.client_id:
        return walk((CLIENT, REDIRECT_URI, *steps), [CLIENT.name], "The request is another service's.")
    try:
        redirect_uri = check_redirect_uri(parameters, client)
    except OAuthError as refusal:
        return (passed(CLIENT), *walk((REDIRECT_URI, *steps), [REDIRECT_URI.name], refusal.detail))
    request = UncheckedRequest(parameters, client, redirect_uri, issuer, is_pushed, is_signed)
    return (passed(CLIENT), passed(REDIRECT_URI), *(_judge(check, request) for check in AUTHORIZATION_CHECKS))


def _judge(check: object, request: UncheckedRequest) -> Check:
    step = STEPS[check.__name__]  # type: ignore[attr-defined]
    try:
        check(request)  # type: ignore[operator]
    except OAuthError as refusal:
        return failed(step, refusal.detail)
    return passed(step)
