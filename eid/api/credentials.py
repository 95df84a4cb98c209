"""OpenID4VCI 1.0 for wallets: what the issuer says of itself, offers, nonces, credentials at once and later, and what wallets
tell of them; and what a verifier of an SD-JWT VC fetches.

Errors are those of sections 8.3.1, 9.3 and 11.3, in the form of RFC 6749, never encrypted; of these answers only descriptions
may be kept.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import force_locale, gettext

from eid.api.access import current_grant
from eid.api.oauth import let_other_origins_read
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.credentials.encryption import ReadRequest, decrypt_request, encrypt_answer, read_request
from eid.credentials.issuance import WalletAnswer, issue_credentials, issue_deferred_credentials, make_nonce
from eid.credentials.issuer_metadata import build_issuer_metadata, sign_issuer_metadata
from eid.credentials.service import check_level, find_published_keys
from eid.credentials.type_metadata import find_type_metadata
from eid.credentials.wallet_events import record_wallet_event
from eid.credentials.wallet_grants import check_granted
from eid.credentials.wallet_requests import (
    parse_credential_request,
    parse_deferred_request,
    parse_notification,
    refused,
)
from eid.oauth.offers.making import find_offer
from eid.oauth.tokens import AccessGrant

MAX_AGE = 300
SIGN_IN_MAX_AGE = timedelta(days=1)
"""A copy that a wallet keeps is made for who signed in lately, not for who once left a refresh token with it (RFC 9470)."""
JWT = "application/jwt"

blueprint = Blueprint("credentials", __name__)
blueprint.after_request(let_other_origins_read)


@blueprint.get("/.well-known/openid-credential-issuer")
@callable_by(Caller.ANYBODY)
def show_issuer() -> Response:
    """Section 12.2.2: what this issuer offers and where, signed for whoever prefers that."""
    metadata = build_issuer_metadata(_translate)
    if request.accept_mimetypes.best_match(["application/json", JWT]) != JWT:
        return _cacheable(jsonify(metadata))
    return _cacheable(Response(sign_issuer_metadata(metadata), content_type=JWT))


@blueprint.get("/.well-known/jwt-vc-issuer")
@callable_by(Caller.ANYBODY)
def show_issuer_keys() -> Response:
    """SD-JWT VC, section 5: the keys that credentials are verified with."""
    return _cacheable(jsonify({"issuer": current_settings().public_url, "jwks": {"keys": find_published_keys()}}))


@blueprint.get("/api/v1/credential-types/<paper>")
@callable_by(Caller.ANYBODY)
def show_type(paper: str) -> Response:
    """SD-JWT VC, section 6: what a credential of this `vct` says."""
    return _cacheable(jsonify(find_type_metadata(paper)))


@blueprint.get("/oauth/credential-offers/<token>")
@callable_by(Caller.ANYBODY)
def show_offer(token: str) -> Response:
    """Section 4.1.3: the offer behind a credential_offer_uri, for whoever knows its address."""
    return _private(find_offer(token))


@blueprint.post("/oauth/nonce")
@callable_by(Caller.ANYBODY)
def give_nonce() -> Response:
    """Section 7."""
    return _private({"c_nonce": make_nonce()})


@blueprint.post("/oauth/credentials")
@callable_by(Caller.BEARER)
def give_credentials() -> Response:
    """Section 8: the access token first, then the request, then its proofs."""
    grant, sent = _wallet_grant(), _read_body()
    wanted = parse_credential_request(sent.body)
    configuration = check_granted(grant, wanted)
    check_level(grant, configuration.paper, max_age=SIGN_IN_MAX_AGE)
    return _answer(issue_credentials(grant, configuration, wanted), sent)


@blueprint.post("/oauth/deferred-credentials")
@callable_by(Caller.BEARER)
def give_deferred_credentials() -> Response:
    """Section 9."""
    grant, sent = _wallet_grant(), _read_body()
    return _answer(issue_deferred_credentials(grant, parse_deferred_request(sent.body)), sent)


@blueprint.post("/oauth/notifications")
@callable_by(Caller.BEARER)
def take_notification() -> Response:
    """Section 11."""
    grant = _wallet_grant()
    record_wallet_event(grant, parse_notification(request.get_json(silent=True)))
    return Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})


def _wallet_grant() -> AccessGrant:
    """What the access token allows. One in the address is refused, also beside one in the header: addresses end up in logs."""
    grant = current_grant()
    if "access_token" in request.args:
        raise refused("invalid_request", "An access token belongs into the Authorization header.")
    return grant


def _read_body() -> ReadRequest:
    """Section 10: encrypted or not, as its media type says."""
    if request.mimetype == JWT:
        return decrypt_request(request.get_data(as_text=True))
    return read_request(request.get_json(silent=True))


def _answer(answer: WalletAnswer, sent: ReadRequest) -> Response:
    found, is_plain = answer.to_json(), sent.answer_key is None
    response = jsonify(found) if is_plain else Response(encrypt_answer(found, sent), content_type=JWT)
    response.status_code = HTTPStatus.ACCEPTED if answer.transaction_id is not None else HTTPStatus.OK
    response.headers["Cache-Control"] = "no-store"
    return response


def _translate(message: str, locale: str) -> str:
    with force_locale(locale):
        return str(gettext(message))


def _private(body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response


def _cacheable(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response.headers["Vary"] = "Accept"
    return response
