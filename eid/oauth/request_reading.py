"""Reading an authorization request, however it came: as parameters, or as a request object that its client signed."""

from __future__ import annotations

from collections.abc import Sequence

from eid.clock import wall_now
from eid.errors import Malformed, NotFound, OAuthError, Refused, Unavailable, VerificationFailed
from eid.keystore import KeyUse, current_keystore
from eid.oauth.client_keys import find_signature_keys
from eid.oauth.client_suspension import check_not_suspended
from eid.oauth.clients import read_client
from eid.oauth.hints import read_hinted_subject
from eid.oauth.models import Client
from eid.oauth.parameters import Parameters
from eid.oauth.profiles import rules_of
from eid.oauth.request_objects import verify_request_object
from eid.oauth.requests import (
    CheckedRequest,
    UncheckedRequest,
    check_client_named,
    check_redirect_uri,
    check_request,
)


def find_asking(parameters: Parameters) -> Client:
    """The client that the request names. Raises OAuthError for our own page: there is nobody to send it to; and Refused
    (client_suspended)."""
    try:
        client = read_client(check_client_named(parameters))
    except NotFound as unknown:
        raise OAuthError("invalid_request", "The service that sent you is not registered here.") from unknown
    check_not_suspended(client)
    return client


def read_request(
    client: Client, parameters: Parameters, *, issuer: str, is_pushed: bool = False, proven_jkt: str | None = None
) -> CheckedRequest:
    """The checked request of this client.

    1. Where there is a request object, what stands in it is the request, and nothing beside it (RFC 9101, section 6.3).
    2. The redirect URI is certain: until then, nothing is sent anywhere (RFC 6749, section 4.1.2.1).
    3. Every check of the table holds.
    4. An `id_token_hint` is an ID token of ours.
    """
    # (1)
    is_signed = parameters.find("request") is not None and has_keys(client)
    if is_signed:
        parameters = _open_request_object(client, parameters, issuer)
    # (2)
    redirect_uri = check_redirect_uri(parameters, client)
    # (3)
    request = check_request(
        UncheckedRequest(parameters, client, redirect_uri, issuer, is_pushed, is_signed, proven_jkt)
    )
    # (4)
    hint = parameters.find("id_token_hint")
    return request if hint is None else _with_hint(client, request, hint)


def has_keys(client: Client) -> bool:
    return client.jwks is not None or client.jwks_uri is not None


def _open_request_object(client: Client, parameters: Parameters, issuer: str) -> Parameters:
    """The parameters in the request object; raises OAuthError(invalid_request_object) for our own page, or for who pushed it."""
    token = parameters.find_single("request")
    if token is None or parameters.find("request_uri") is not None:
        raise OAuthError("invalid_request", "An authorization request has one request object.")
    return open_request_object(client, token, issuer=issuer)


def open_request_object(
    client: Client, token: str, *, issuer: str, required: Sequence[str] = (), alg: str | None = None
) -> Parameters:
    """The parameters in a request object that this client signed, with this one algorithm where one is named.

    `required` are claims that it must have, and it is then judged strictly. Raises OAuthError(invalid_request_object).
    """
    rules = rules_of(client.profile)
    try:
        return verify_request_object(
            token,
            keys=find_signature_keys(client, token),
            algorithms=[one for one in rules.signing_algorithms if alg in (None, one)],
            expected_client=client.client_id,
            expected_audience=issuer,
            is_strict=rules.must_bound_request_objects or bool(required),
            required=required,
            now=wall_now(),
        )
    except VerificationFailed as failure:
        reason = f"{failure.step} {failure.code} {failure.reason}".strip()
        raise OAuthError("invalid_request_object", failure.detail, reason=reason) from failure
    except (Malformed, Refused, Unavailable) as refusal:
        raise OAuthError(
            "invalid_request_object", "The client's keys cannot be read.", reason=refusal.code
        ) from refusal


def _with_hint(client: Client, request: CheckedRequest, hint: str) -> CheckedRequest:
    """The request with whom the client expects; a hint that is not ours is refused, not overlooked."""
    keys = current_keystore().find_known_jwks(KeyUse.ID_TOKEN)
    try:
        subject = read_hinted_subject(
            hint, keys=keys, expected_issuer=request.issuer, expected_audience=client.client_id
        )
    except VerificationFailed as failed:
        raise request.refusal("invalid_request", "The id_token_hint is no ID token of this client.") from failed
    if request.hinted_subject not in (None, subject):
        raise request.refusal("invalid_request", "The id_token_hint and the claims parameter name two people.")
    return request._replace(hinted_subject=subject)
