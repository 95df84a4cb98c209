"""A sign-in of one service from its first request to its last, as it would be played: each step with what is sent and answered,
and every refusal that the step can meet. Pure.

Values that only exist in a real sign-in are named and not made up: what stands in angle brackets.
"""

from __future__ import annotations

from urllib.parse import urlencode

from eid.late_dataclasses import frozen
from eid.oauth.client_assertions import ASSERTION_TYPE
from eid.oauth.examples import ExampleValues
from eid.oauth.inspection.parameters import ABOUT
from eid.oauth.inspection.refusals import REFUSALS
from eid.oauth.inspection.results import Value

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The example of RFC 7636, appendix B."""

_REQUEST_ERRORS = (
    "invalid_request", "unsupported_response_type", "invalid_scope", "invalid_target", "invalid_authorization_details",
    "unmet_authentication_requirements", "request_not_supported", "request_uri_not_supported", "invalid_request_object",
)  # fmt: skip
_ANSWER_ERRORS = ("access_denied", "login_required", "consent_required", "temporarily_unavailable")
_CLIENT_ERRORS = ("invalid_client", "invalid_request")
_PROOF_ERRORS = ("use_dpop_nonce", "invalid_dpop_proof")
_TOKEN_ERRORS = ("invalid_token", "insufficient_scope")


@frozen
class Played:
    """One step: a request, or an answer that comes through the browser."""

    name: str
    title: str
    method: str
    address: str
    sent: tuple[Value, ...]
    answered: tuple[Value, ...]
    refusals: tuple[tuple[str, str, str], ...]
    """Error, what it means, clause."""
    header: str = ""
    """By which the service, or its token, is proved."""


def play_sign_in(values: ExampleValues, *, asks_to_refresh: bool = False) -> tuple[Played, ...]:
    """Every step of a sign-in of this service, in order; the pushed request only where it must push."""
    steps = [_push(values)] if values.must_push else []
    steps += [_ask(values), _come_back(values), _redeem(values), _read_id_token(values), _read_userinfo(values)]
    steps += [_refresh(values)] if asks_to_refresh else []
    return (*steps, _introspect(values), _sign_out(values))


def request_parameters(values: ExampleValues) -> tuple[tuple[str, str], ...]:
    """The authorization request that such a service should send."""
    return (
        ("client_id", values.client_id),
        ("response_type", "code"),
        ("redirect_uri", values.redirect_uri),
        ("scope", values.scope),
        ("acr_values", values.level),
        ("state", "<state>"),
        ("nonce", "<nonce>"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    )


def _push(values: ExampleValues) -> Played:
    return Played(
        "pushed",
        "Push the request",
        "POST",
        f"{values.issuer}/oauth/par",
        _describe((*request_parameters(values), *_proof(values))),
        _describe((("request_uri", "<request_uri>"), ("expires_in", "90"))),
        _explain((*_REQUEST_ERRORS, *_CLIENT_ERRORS, *(_PROOF_ERRORS if values.must_bind else ()))),
        _header(values),
    )


def _ask(values: ExampleValues) -> Played:
    reference = (("client_id", values.client_id), ("request_uri", "<request_uri>"))
    pairs = reference if values.must_push else request_parameters(values)
    errors = ("invalid_request_uri",) if values.must_push else _REQUEST_ERRORS
    return Played(
        "authorization",
        "Send the citizen",
        "GET",
        f"{values.issuer}/oauth/authorize",
        _describe(pairs),
        (),
        _explain(errors),
    )


def _come_back(values: ExampleValues) -> Played:
    answered = (("code", "<code>"), ("state", "<state>"), ("iss", values.issuer))
    return Played(
        "callback",
        "The citizen comes back",
        "GET",
        values.redirect_uri,
        (),
        _describe(answered),
        _explain(_ANSWER_ERRORS),
    )


def _redeem(values: ExampleValues) -> Played:
    sent = (
        ("grant_type", "authorization_code"),
        ("code", "<code>"),
        ("redirect_uri", values.redirect_uri),
        ("code_verifier", "<code_verifier>"),
        *_proof(values),
    )
    answered = (
        ("access_token", "<access_token>"),
        ("token_type", "DPoP" if values.must_bind else "Bearer"),
        ("expires_in", "600"),
        ("id_token", "<id_token>"),
    )
    errors = (*_CLIENT_ERRORS, "invalid_grant", *(_PROOF_ERRORS if values.must_bind else ()))
    return Played(
        "token",
        "Redeem the code",
        "POST",
        f"{values.issuer}/oauth/token",
        _describe(sent),
        _describe(answered),
        _explain(errors),
        _header(values),
    )


def _read_id_token(values: ExampleValues) -> Played:
    claims = (
        ("alg", values.id_token_alg),
        ("iss", values.issuer),
        ("aud", values.client_id),
        ("sub", "<sub>"),
        ("iat", "<iat>"),
        ("exp", "<exp>"),
        ("auth_time", "<auth_time>"),
        ("nonce", "<nonce>"),
        ("acr", values.level),
        ("at_hash", "<at_hash>"),
        ("sid", "<sid>"),
    )
    return Played("id_token", "Verify the ID token", "", f"{values.issuer}/oauth/jwks.json", (), _describe(claims), ())


def _read_userinfo(values: ExampleValues) -> Played:
    errors = (*_TOKEN_ERRORS, *(_PROOF_ERRORS if values.must_bind else ()))
    scheme = "DPoP" if values.must_bind else "Bearer"
    return Played(
        "userinfo",
        "Read userinfo",
        "GET",
        f"{values.issuer}/oauth/userinfo",
        (),
        _describe((("sub", "<sub>"),)),
        _explain(errors),
        f"Authorization: {scheme} <access_token>",
    )


def _refresh(values: ExampleValues) -> Played:
    sent = (("grant_type", "refresh_token"), ("refresh_token", "<refresh_token>"), *_proof(values))
    return Played(
        "refresh",
        "Refresh",
        "POST",
        f"{values.issuer}/oauth/token",
        _describe(sent),
        _describe((("access_token", "<access_token>"), ("refresh_token", "<refresh_token>"))),
        _explain((*_CLIENT_ERRORS, "invalid_grant", "invalid_scope")),
        _header(values),
    )


def _introspect(values: ExampleValues) -> Played:
    return Played(
        "introspection",
        "Ask about a token",
        "POST",
        f"{values.issuer}/oauth/introspect",
        _describe((("token", "<access_token>"), *_proof(values))),
        _describe((("active", "true"), ("sub", "<sub>"), ("scope", values.scope), ("acr", values.level))),
        _explain(_CLIENT_ERRORS),
        _header(values),
    )


def _sign_out(values: ExampleValues) -> Played:
    sent = (("id_token_hint", "<id_token>"), ("post_logout_redirect_uri", f"{values.origin}/"), ("state", "<state>"))
    return Played(
        "logout",
        "Sign out",
        "GET",
        f"{values.issuer}/oauth/logout?{urlencode([('client_id', values.client_id)])}",
        _describe(sent),
        (),
        _explain(("invalid_request",)),
    )


def _proof(values: ExampleValues) -> tuple[tuple[str, str], ...]:
    """What stands in the form for the service to prove itself."""
    if values.auth_method == "client_secret_post":
        return (("client_id", values.client_id), ("client_secret", "<client_secret>"))
    if values.auth_method in ("private_key_jwt", "client_secret_jwt"):
        return (("client_assertion_type", ASSERTION_TYPE), ("client_assertion", "<client_assertion>"))
    return () if values.auth_method == "client_secret_basic" else (("client_id", values.client_id),)


def _header(values: ExampleValues) -> str:
    parts = ["Authorization: Basic <client_id:client_secret>"] if values.auth_method == "client_secret_basic" else []
    return " · ".join([*parts, *(["DPoP: <proof>"] if values.must_bind else [])])


def _describe(pairs: tuple[tuple[str, str], ...]) -> tuple[Value, ...]:
    return tuple(Value(name, value, *ABOUT.get(name, ("", ""))) for name, value in pairs)


def _explain(errors: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple((error, *REFUSALS[error]) for error in dict.fromkeys(errors))
