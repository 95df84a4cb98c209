"""OpenID4VCI 1.0 for wallets: the issuer's metadata, nonces, credentials; and what a verifier of an SD-JWT VC fetches.

Errors are those of section 8.3.1, in the form of RFC 6749, and none of these answers may be kept but the descriptions.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from eid.api.access import current_grant
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.credentials.catalogue import find_catalogued
from eid.credentials.issuance import (
    find_offered,
    find_offered_configurations,
    issue_credentials,
    make_nonce,
    type_of,
)
from eid.credentials.proofs import MAX_PROOFS, parse_credential_request
from eid.credentials.service import check_level, find_published_keys
from eid.oauth.tokens import check_scope

MAX_AGE = 300
SIGN_IN_MAX_AGE = timedelta(days=1)
"""A copy that a wallet keeps is made for who signed in lately, not for who once left a refresh token with it (RFC 9470)."""

blueprint = Blueprint("credentials", __name__)


@blueprint.get("/.well-known/openid-credential-issuer")
@callable_by(Caller.ANYBODY)
def show_issuer() -> Response:
    """Section 12.2: what this issuer offers and where."""
    issuer = current_settings().public_url
    return _cacheable(
        {
            "credential_issuer": issuer,
            "credential_endpoint": f"{issuer}/oauth/credentials",
            "nonce_endpoint": f"{issuer}/oauth/nonce",
            "batch_credential_issuance": {"batch_size": MAX_PROOFS},
            "credential_configurations_supported": find_offered_configurations(),
        }
    )


@blueprint.get("/.well-known/jwt-vc-issuer")
@callable_by(Caller.ANYBODY)
def show_issuer_keys() -> Response:
    """SD-JWT VC, section 5: the keys that credentials are verified with."""
    return _cacheable({"issuer": current_settings().public_url, "jwks": {"keys": find_published_keys()}})


@blueprint.get("/api/v1/credential-types/<paper>")
@callable_by(Caller.ANYBODY)
def show_type(paper: str) -> Response:
    """SD-JWT VC, section 6: what a credential of this `vct` says, and that all of it can be withheld."""
    kind = find_catalogued(paper)
    claims = [{"path": [attribute.name], "sd": "always"} for attribute in kind.attributes]
    return _cacheable({"vct": type_of(kind), "name": kind.title, "claims": claims})


@blueprint.post("/oauth/nonce")
@callable_by(Caller.ANYBODY)
def give_nonce() -> Response:
    """Section 7."""
    return _private({"c_nonce": make_nonce()})


@blueprint.post("/oauth/credentials")
@callable_by(Caller.BEARER)
def give_credentials() -> Response:
    """Section 8: the access token first, then the request, then its proofs."""
    grant = current_grant()
    wanted = parse_credential_request(request.get_json(silent=True))
    paper = find_offered(wanted.configuration)
    check_scope(grant, paper.name)
    check_level(grant, paper, max_age=SIGN_IN_MAX_AGE)
    issued = issue_credentials(grant, paper, wanted)
    return _private({"credentials": [{"credential": each.credential} for each in issued]})


def _private(body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response


def _cacheable(body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
