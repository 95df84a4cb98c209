"""Status lists for verifiers (draft-ietf-oauth-status-list-20, sections 8 and 9): one address a list, whose form follows
`Accept`, and the list of all of them.

Whoever has a copy asks with its ETag whether it still says the same.
"""

from __future__ import annotations

import gzip
from http import HTTPStatus
from typing import Any

from flask import Response, abort, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from eid.callers import Caller, callable_by
from eid.credentials.status_lists import FORMS, ServedList, find_served_list, list_status_list_uris

blueprint = Blueprint("status_lists", __name__, url_prefix="/api/v1/status-lists", description="Status of papers")


class Aggregation(Schema):
    status_lists = fields.List(fields.Url(), required=True, metadata={"description": "Addresses of status lists."})


@blueprint.get("")
@blueprint.response(HTTPStatus.OK, Aggregation)
@blueprint.doc(
    summary="Addresses of all status lists",
    description="Status List Aggregation, section 9: what to load before one is without a network.",
)
@callable_by(Caller.ANYBODY)
def list_status_lists() -> Any:
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    return {"status_lists": list_status_list_uris()}, headers


@blueprint.get("/<int(max=9999999999):list_id>")
@blueprint.doc(
    summary="A status list",
    description="A signed Token Status List of two bits a status: 0 valid, 1 invalid, 2 suspended. A JWT, or a CWT for whoever "
    "accepts that.",
    responses={
        "200": {
            "description": "The list as it is now.",
            "content": {form: {"schema": {"type": "string"}} for form in FORMS},
        },
        "304": {"description": "The copy with this ETag still says the same."},
        "404": "NOT_FOUND",
        "406": {"description": "Neither form is accepted."},
        "501": "NOT_IMPLEMENTED",
    },
)
@callable_by(Caller.ANYBODY)
def show_status_list(list_id: int) -> Response:
    if "time" in request.args:
        abort(HTTPStatus.NOT_IMPLEMENTED)
    form = request.accept_mimetypes.best_match(FORMS) if request.accept_mimetypes else FORMS[0]
    if form is None:
        abort(HTTPStatus.NOT_ACCEPTABLE)
    return _serve(find_served_list(list_id, form))


def _serve(found: ServedList) -> Response:
    """Section 8.1: CORS, and gzip for whoever accepts it."""
    response = Response(found.token, content_type=found.media_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.set_etag(f"{found.etag}-{FORMS.index(found.media_type)}", weak=True)
    if request.accept_encodings.quality("gzip"):
        response.set_data(gzip.compress(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response
