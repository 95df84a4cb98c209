"""Dynamic registration of clients: RFC 7591, section 3, and the management of what was registered: RFC 7592, section 2."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request

from eid.callers import Caller, callable_by
from eid.errors import OAuthError
from eid.oauth.dynamic_management import change_dynamic_client, end_dynamic_client, read_dynamic_client
from eid.oauth.dynamic_metadata import refuse_registration_token
from eid.oauth.dynamic_registration import register_dynamic_client
from eid.oauth.metadata import REGISTRATION

blueprint = Blueprint("client_registration", __name__, url_prefix=REGISTRATION)


@blueprint.post("")
@callable_by(Caller.BEARER)
def register() -> tuple[Response, int]:
    """RFC 7591, section 3.1: with an initial access token, or with a software statement."""
    return jsonify(register_dynamic_client(_body(), token=_bearer_token())), HTTPStatus.CREATED


@blueprint.get("/<client_id>")
@callable_by(Caller.BEARER)
def show(client_id: str) -> Response:
    return jsonify(read_dynamic_client(client_id, token=_managing_token()))


@blueprint.put("/<client_id>")
@callable_by(Caller.BEARER)
def change(client_id: str) -> Response:
    return jsonify(change_dynamic_client(client_id, _body(), token=_managing_token()))


@blueprint.delete("/<client_id>")
@callable_by(Caller.BEARER)
def end(client_id: str) -> tuple[str, int]:
    end_dynamic_client(client_id, token=_managing_token())
    return "", HTTPStatus.NO_CONTENT


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """RFC 7591, section 3.2.1: nobody stores what has a secret in it."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _body() -> Mapping[str, Any]:
    try:
        document = json.loads(request.get_data()) if request.is_json else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise OAuthError("invalid_client_metadata", "Send the metadata as one JSON object, as application/json.")
    return document


def _bearer_token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise refuse_registration_token()
    return token.strip()


def _managing_token() -> str:
    token = _bearer_token()
    if not token:
        raise refuse_registration_token()
    return token
