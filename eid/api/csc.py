"""The Cloud Signature Consortium's API 2.0, by which services have documents signed: by an access token of scope `service`.

A person grants that scope on the consent page; what is signed is approved on their phone, each time (sections 8.3 and 13.5).
"""

from __future__ import annotations

from base64 import b64encode
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request

from eid.api.access import current_grant
from eid.callers import Caller, callable_by
from eid.clock import wall_now
from eid.config import current_settings
from eid.oauth.clients import find_client
from eid.signing import csc_wire
from eid.signing.remote import (
    Service,
    ask_for_signatures,
    find_signing_credential,
    list_signing_credentials,
    sign_digests,
    take_activation,
)
from eid.signing.scope import SERVICE
from eid.signing.timestamping import issue_timestamp_token

blueprint = Blueprint("csc", __name__, url_prefix="/csc/v2")


@blueprint.route("/info", methods=["GET", "POST"])
@callable_by(Caller.ANYBODY)
def show_info() -> Response:
    """Section 11.1."""
    return jsonify(csc_wire.describe_service(issuer=current_settings().public_url))


@blueprint.post("/credentials/list")
@callable_by(Caller.BEARER)
def show_credentials() -> Response:
    """Section 11.4: the person is the one whose token it is."""
    service, body = _service(), _body()
    if body.get("userID") is not None:
        raise csc_wire.invalid("userID parameter MUST be null")
    wishes, found = csc_wire.parse_wishes(body), list_signing_credentials(service)
    answer: dict[str, Any] = {"credentialIDs": [each.credential_id for each in found]}
    if body.get("onlyValid") is True:
        answer["onlyValid"] = True
    if body.get("credentialInfo") is True:
        described = [_describe(service, each.credential_id, wishes) for each in found]
        answer["credentialInfos"] = [
            {"credentialID": each.credential_id, **info} for each, info in zip(found, described, strict=True)
        ]
    return jsonify(answer)


@blueprint.post("/credentials/info")
@callable_by(Caller.BEARER)
def show_credential() -> Response:
    """Section 11.5."""
    service, body = _service(), _body()
    return jsonify(_describe(service, csc_wire.parse_credential_id(body), csc_wire.parse_wishes(body)))


@blueprint.post("/credentials/authorize")
@callable_by(Caller.BEARER)
def authorize() -> tuple[Response, int]:
    """Section 11.6: the phone is asked; the number is for the service's screen to show."""
    service, body = _service(), _body()
    opened = ask_for_signatures(service, csc_wire.parse_authorize(body))
    answer = {
        "handle": opened.handle,
        "expiresIn": int((opened.expires_at - wall_now()).total_seconds()),
        "matchingNumber": f"{opened.number:02}",
    }
    return jsonify(answer), HTTPStatus.ACCEPTED


@blueprint.post("/credentials/authorizeCheck")
@callable_by(Caller.BEARER)
def check_authorize() -> tuple[Response, int]:
    """Section 11.7."""
    service, handle = _service(), csc_wire.parse_handle(_body())
    found = take_activation(service, handle)
    if found.sad is None:
        return jsonify(handle=handle), HTTPStatus.ACCEPTED
    return jsonify(SAD=found.sad, expiresIn=found.expires_in), HTTPStatus.OK


@blueprint.post("/signatures/signHash")
@callable_by(Caller.BEARER)
def sign_hash() -> Response:
    """Section 11.10."""
    service, body = _service(), _body()
    signatures = sign_digests(service, csc_wire.parse_sign_hash(body))
    return jsonify(signatures=[b64encode(each).decode() for each in signatures])


@blueprint.post("/signatures/timestamp")
@callable_by(Caller.BEARER)
def timestamp() -> Response:
    """Section 11.13."""
    _service()
    digest, algorithm, nonce = csc_wire.parse_timestamp(_body())
    return jsonify(timestamp=b64encode(issue_timestamp_token(digest, algorithm, nonce)).decode())


@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _service() -> Service:
    grant = current_grant(SERVICE)
    name = find_client(grant.client_id).name
    return Service(grant.client_id, name, grant.purpose, grant.account_id, grant.person_id)


def _body() -> Any:
    return csc_wire.parse_body(request.get_json(silent=True))


def _describe(service: Service, credential_id: str, wishes: csc_wire.CredentialWishes) -> dict[str, Any]:
    found, issuers = find_signing_credential(service, credential_id)
    return csc_wire.describe_credential(found, issuers, wishes, now=wall_now())
