"""The provider's addresses that programs call: token, userinfo, keys and discovery.

Any web page may call them from its own origin (no cookie is looked at here); the authorization endpoint is a page and is not
among them (RFC 9700, section 2.6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from eid.api.access import current_grant
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.errors import OAuthError
from eid.keystore import KeyUse, current_keystore
from eid.oauth.client_auth import parse_client_credentials
from eid.oauth.client_tokens import issue_client_token
from eid.oauth.clients import check_client_authentication
from eid.oauth.codes import redeem_code
from eid.oauth.grants import Tokens
from eid.oauth.metadata import build_metadata
from eid.oauth.models import Client
from eid.oauth.parameters import Parameters, parse_parameters
from eid.oauth.refresh import redeem_refresh_token
from eid.oauth.token_status import describe_token, revoke_token
from eid.oauth.userinfo import read_userinfo

KEYS_MAX_AGE = 3600
"""Seconds for which anybody may keep the keys: a new key is published at least that long before it signs."""

GRANT_TYPES: dict[str, Callable[..., Tokens]] = {
    "authorization_code": redeem_code,
    "refresh_token": redeem_refresh_token,
    "client_credentials": issue_client_token,
}

blueprint = Blueprint("oauth", __name__)


@blueprint.post("/oauth/token")
@callable_by(Caller.CLIENT)
def give_tokens() -> Response:
    """RFC 6749, section 3.2: client authentication first, then the grant."""
    client, parameters = _authenticated_form()
    redeem = _find_grant_type(parameters)
    tokens = redeem(client, parameters, issuer=current_settings().public_url)
    given = {name: value for name, value in asdict(tokens).items() if value is not None}
    return jsonify(token_type="Bearer", **given)


@blueprint.post("/oauth/revoke")
@callable_by(Caller.CLIENT)
def end_token() -> Response:
    """RFC 7009."""
    revoke_token(*_authenticated_form())
    return Response(status=200)


@blueprint.post("/oauth/introspect")
@callable_by(Caller.CLIENT)
def show_token() -> Response:
    """RFC 7662."""
    return jsonify(describe_token(*_authenticated_form(), issuer=current_settings().public_url))


@blueprint.get("/oauth/userinfo")
@callable_by(Caller.BEARER)
def show_userinfo() -> Response:
    """OpenID Connect Core, section 5.3."""
    return jsonify(read_userinfo(current_grant("openid")))


@blueprint.post("/oauth/userinfo")
@callable_by(Caller.BEARER)
def give_userinfo() -> Response:
    """The same, for clients that prefer to post; the token is in the header all the same."""
    return jsonify(read_userinfo(current_grant("openid")))


@blueprint.get("/oauth/jwks.json")
@callable_by(Caller.ANYBODY)
def show_keys() -> Response:
    """RFC 7517, section 5: the keys that ID tokens are signed with."""
    response = jsonify(keys=[current_keystore().find_signing_key(KeyUse.ID_TOKEN).public_jwk()])
    return _cacheable(response, KEYS_MAX_AGE)


@blueprint.get("/.well-known/openid-configuration")
@callable_by(Caller.ANYBODY)
def show_openid_configuration() -> Response:
    """OpenID Connect Discovery 1.0, section 4."""
    return _cacheable(jsonify(build_metadata(current_settings().public_url)), KEYS_MAX_AGE)


@blueprint.get("/.well-known/oauth-authorization-server")
@callable_by(Caller.ANYBODY)
def show_authorization_server() -> Response:
    """RFC 8414, section 3."""
    return _cacheable(jsonify(build_metadata(current_settings().public_url)), KEYS_MAX_AGE)


@blueprint.after_request
def let_other_origins_read(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = str(KEYS_MAX_AGE)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _authenticated_form() -> tuple[Client, Parameters]:
    """The parameters of a form, and the client that proved itself with it."""
    parameters = _form_parameters()
    credentials = parse_client_credentials(request.headers.get("Authorization", ""), parameters)
    return check_client_authentication(credentials), parameters


def _form_parameters() -> Parameters:
    """The parameters of a form in the body (RFC 6749, section 3.2). Secrets in an address are refused, not overlooked."""
    if request.mimetype != "application/x-www-form-urlencoded" or request.query_string:
        raise OAuthError("invalid_request", "Send the parameters in the body, as application/x-www-form-urlencoded.")
    parameters = parse_parameters(request.form.items(multi=True))
    if parameters.repeated:
        raise OAuthError("invalid_request", "A parameter came more than once.")
    return parameters


def _find_grant_type(parameters: Parameters) -> Callable[..., Tokens]:
    grant_type = parameters.find_single("grant_type")
    if grant_type is None:
        raise OAuthError("invalid_request", "The parameter grant_type is missing.")
    if grant_type not in GRANT_TYPES:
        raise OAuthError(
            "unsupported_grant_type", "The grant_type is authorization_code, refresh_token or client_credentials."
        )
    return GRANT_TYPES[grant_type]


def _cacheable(response: Response, seconds: int) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.add_etag()
    response.make_conditional(request)
    return response
