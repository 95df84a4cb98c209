"""The provider's addresses that programs call: pushed requests, questions for other devices, token, userinfo, keys and discovery.

Any web page may call them from its own origin (no cookie is looked at here); the authorization endpoint is a page and is not
among them (RFC 9700, section 2.6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus

from flask import Blueprint, Flask, Request, Response, jsonify, request

from eid.api.access import current_grant, offer_nonce, read_sender, shown_in
from eid.api.client_certificates import find_called_base, find_client_certificate
from eid.api.published import PublishedDocument, PublishedFront
from eid.callers import Caller, callable_by
from eid.config import EXTENSION as SETTINGS
from eid.config import current_settings
from eid.db import writes
from eid.errors import OAuthError
from eid.flask_context import current_request
from eid.keystore import Keystore, KeyUse, current_keystore
from eid.oauth import grant_types
from eid.oauth.claims import known_scopes
from eid.oauth.client_auth import NO_ATTESTATION, ShownAttestation, parse_client_credentials
from eid.oauth.client_authentication import check_client_authentication
from eid.oauth.client_limits import check_request_limit
from eid.oauth.client_methods import find_supported_methods
from eid.oauth.client_tokens import issue_client_token
from eid.oauth.codes import redeem_code
from eid.oauth.decoupled.opening import open_backchannel_question, open_device_question
from eid.oauth.decoupled.redeeming import redeem_auth_req_id, redeem_device_code
from eid.oauth.grants import Tokens
from eid.oauth.metadata import build_metadata
from eid.oauth.models import Client
from eid.oauth.offers.taking import redeem_pre_authorized_code
from eid.oauth.offers.wallets import find_anonymous_wallet
from eid.oauth.parameters import Parameters, parse_parameters
from eid.oauth.proofs import record_named_key, record_sender
from eid.oauth.pushed import push_authorization
from eid.oauth.refresh import redeem_refresh_token
from eid.oauth.token_exchange import exchange_token
from eid.oauth.token_status import INTROSPECTION_TYPE, describe_token, revoke_token, sign_description
from eid.oauth.userinfo import read_userinfo, read_userinfo_jwt

KEYS_MAX_AGE = 3600
"""Seconds for which anybody may keep the keys: a new key is published at least that long before it signs."""

GRANTS: dict[str, Callable[..., Tokens]] = {
    grant_types.CODE: redeem_code,
    grant_types.REFRESH: redeem_refresh_token,
    grant_types.OWN_NAME: issue_client_token,
    grant_types.CIBA: redeem_auth_req_id,
    grant_types.DEVICE_CODE: redeem_device_code,
    grant_types.TOKEN_EXCHANGE: exchange_token,
    grant_types.PRE_AUTHORIZED: redeem_pre_authorized_code,
}

blueprint = Blueprint("oauth", __name__)

_ATTESTATION, _ATTESTATION_POP = "HTTP_OAUTH_CLIENT_ATTESTATION", "HTTP_OAUTH_CLIENT_ATTESTATION_POP"
"""Headers as WSGI has them."""
_KEYS = "/oauth/jwks.json"
_METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
_keys, _metadata = PublishedDocument(KEYS_MAX_AGE), PublishedDocument(KEYS_MAX_AGE)


@blueprint.post("/oauth/token")
@callable_by(Caller.CLIENT)
def give_tokens() -> Response:
    """RFC 6749, section 3.2: client authentication first, then the grant."""
    client, parameters = _authenticated_form(may_be_anonymous=True)
    redeem = _find_grant_type(parameters)
    confirmation = record_sender(client, read_sender(current_request()))
    tokens = redeem(client, parameters, issuer=current_settings().public_url, confirmation=confirmation)
    return jsonify({name: value for name, value in vars(tokens).items() if value is not None})


@blueprint.post("/oauth/par")
@callable_by(Caller.CLIENT)
def push_request() -> tuple[Response, int]:
    """RFC 9126, section 2."""
    client, parameters = _authenticated_form()
    proven = record_named_key(read_sender(current_request()))
    pushed = push_authorization(client, parameters, issuer=current_settings().public_url, proven_jkt=proven)
    return jsonify(asdict(pushed)), HTTPStatus.CREATED


@blueprint.post("/oauth/backchannel")
@callable_by(Caller.CLIENT)
def ask_on_back_channel() -> Response:
    """CIBA Core, section 7."""
    client, parameters = _authenticated_form()
    return jsonify(asdict(open_backchannel_question(client, parameters, issuer=current_settings().public_url)))


@blueprint.post("/oauth/device")
@callable_by(Caller.CLIENT)
def ask_on_another_device() -> Response:
    """RFC 8628, section 3.1."""
    client, parameters = _authenticated_form()
    return jsonify(asdict(open_device_question(client, parameters, issuer=current_settings().public_url)))


@blueprint.post("/oauth/revoke")
@callable_by(Caller.CLIENT)
def end_token() -> Response:
    """RFC 7009. There is nothing in the answer, so nothing says of what kind it is: libraries refuse what calls itself HTML."""
    revoke_token(*_authenticated_form(is_counted=False))
    response = Response(status=200)
    del response.headers["Content-Type"]
    return response


@blueprint.post("/oauth/introspect")
@callable_by(Caller.CLIENT)
def show_token() -> Response:
    """RFC 7662; signed for whoever asks for that (RFC 9701, section 4)."""
    client, parameters = _authenticated_form()
    issuer = current_settings().public_url
    found = describe_token(client, parameters, issuer=issuer)
    if INTROSPECTION_TYPE not in request.accept_mimetypes.values():
        return jsonify(found)
    return Response(sign_description(client, found, issuer=issuer), content_type=INTROSPECTION_TYPE)


@blueprint.get("/oauth/userinfo")
@writes
@callable_by(Caller.BEARER)
def show_userinfo() -> Response:
    """OpenID Connect Core, section 5.3."""
    return _answer_userinfo()


@blueprint.post("/oauth/userinfo")
@callable_by(Caller.BEARER)
def give_userinfo() -> Response:
    """The same, for clients that prefer to post; the token is in the header all the same."""
    return _answer_userinfo()


@blueprint.get(_KEYS)
@callable_by(Caller.ANYBODY)
def show_keys() -> Response:
    """RFC 7517, section 5: the keys that ID tokens are signed with."""
    keys = current_keystore().find_published_jwks(KeyUse.ID_TOKEN)
    return _keys.answer([key["kid"] for key in keys], lambda: {"keys": keys})


@blueprint.get(_METADATA[0])
@callable_by(Caller.ANYBODY)
def show_openid_configuration() -> Response:
    """OpenID Connect Discovery 1.0, section 4."""
    return _answer_metadata()


@blueprint.get(_METADATA[1])
@callable_by(Caller.ANYBODY)
def show_authorization_server() -> Response:
    """RFC 8414, section 3."""
    return _answer_metadata()


blueprint.after_app_request(offer_nonce)


_READABLE = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce"),
]


@blueprint.after_request
def let_other_origins_read(response: Response) -> Response:
    for name, value in _READABLE:
        response.headers.add(name, value)
    if current_request().method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, DPoP, OAuth-Client-Attestation, OAuth-Client-Attestation-PoP"
        )
        response.headers["Access-Control-Max-Age"] = str(KEYS_MAX_AGE)
    if all(name != "Cache-Control" for name, _ in response.headers):
        response.headers.add("Cache-Control", "no-store")
    return response


def _authenticated_form(*, is_counted: bool = True, may_be_anonymous: bool = False) -> tuple[Client, Parameters]:
    """The parameters of a form, and the client that proved itself with it, whose request counts against its limit; an assertion
    may name the address that was called. Who redeems a pre-authorized code need not be anybody."""
    sent = current_request()
    parameters = _form_parameters(sent)
    if may_be_anonymous and _is_anonymous(sent, parameters):
        return find_anonymous_wallet(), parameters
    credentials = parse_client_credentials(
        sent.environ.get("HTTP_AUTHORIZATION", ""), parameters, find_client_certificate(sent), _shown_attestation(sent)
    )
    address = find_called_base(sent) + sent.path if credentials.assertion else ""
    client = check_client_authentication(credentials, issuer=current_settings().public_url, address=address)
    if is_counted:
        check_request_limit(client)
    return client, parameters


def _shown_attestation(sent: Request) -> ShownAttestation:
    attestations, proofs = shown_in(sent, _ATTESTATION), shown_in(sent, _ATTESTATION_POP)
    return ShownAttestation(attestations, proofs) if attestations or proofs else NO_ATTESTATION


def _is_anonymous(sent: Request, parameters: Parameters) -> bool:
    """OpenID4VCI 1.0, section 6.1: nothing is said of a client."""
    if parameters.find_single("grant_type") != grant_types.PRE_AUTHORIZED:
        return False
    named = any(name in parameters.values for name in ("client_id", "client_secret", "client_assertion"))
    return not named and not {"HTTP_AUTHORIZATION", _ATTESTATION} & sent.environ.keys()


def _form_parameters(sent: Request) -> Parameters:
    """The parameters of a form in the body (RFC 6749, section 3.2). Secrets in an address are refused, not overlooked."""
    if sent.mimetype != "application/x-www-form-urlencoded" or sent.query_string:
        raise OAuthError("invalid_request", "Send the parameters in the body, as application/x-www-form-urlencoded.")
    parameters = parse_parameters(sent.form.items(multi=True))
    if parameters.repeated:
        raise OAuthError("invalid_request", "A parameter came more than once.")
    return parameters


def _answer_userinfo() -> Response:
    grant = current_grant("openid")
    if not grant.is_answered_by_jwt:
        return jsonify(read_userinfo(grant))
    return Response(read_userinfo_jwt(grant, issuer=current_settings().public_url), content_type="application/jwt")


def install_published_front(app: Flask, keystore: Keystore) -> None:
    """From now on plain questions for keys and discovery are answered before Flask makes a request of them.

    Not where requests are counted by their address: there, each has to be seen.
    """
    documents: dict[str, Callable[[], object]] = dict.fromkeys(
        _METADATA, lambda: (app.extensions[SETTINGS], known_scopes())
    )
    documents[_KEYS] = lambda: keystore.signing_keys.find_published_keys(KeyUse.ID_TOKEN)
    app.wsgi_app = PublishedFront(app, documents)  # type: ignore[method-assign]


def _answer_metadata() -> Response:
    settings, methods = current_settings(), find_supported_methods()
    issuer, certificate_url = settings.public_url, settings.client_certificate_url
    made_of = (issuer, methods, known_scopes(), certificate_url)
    return _metadata.answer(made_of, lambda: build_metadata(issuer, methods=methods, certificate_url=certificate_url))


def _find_grant_type(parameters: Parameters) -> Callable[..., Tokens]:
    grant_type = parameters.find_single("grant_type")
    if grant_type is None:
        raise OAuthError("invalid_request", "The parameter grant_type is missing.")
    if grant_type not in GRANTS:
        raise OAuthError("unsupported_grant_type", "The grant_type is none of those that the metadata lists.")
    return GRANTS[grant_type]
