"""Credentials from wallets, for relying services: they ask, show a code or a link, and read what was shown, verified."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from eid.api.access import current_client
from eid.callers import Caller, callable_by
from eid.clock import wall_now
from eid.lazily import Later
from eid.presentations.answering import find_progress, take_result
from eid.presentations.asking import open_presentation
from eid.presentations.authorization_requests import Prefix, ResponseMode

if TYPE_CHECKING:
    from eid.credentials import qr_drawing
else:
    qr_drawing = Later("eid.credentials.qr_drawing")

LONGEST_QR = 1500
"""Characters; longer ones are read from a link alone."""

blueprint = Blueprint("presentations", __name__, url_prefix="/api/v1", description="Credentials from wallets")

_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"dpop": []}]
_NO_STORE = {"Cache-Control": "no-store"}
_RESPONSES = {"401": "UNAUTHORIZED", "403": "FORBIDDEN", "404": "NOT_FOUND"}


class Question(Schema):
    query = fields.Dict(
        required=True, metadata={"description": "dcql_query of OpenID4VP 1.0, about papers that this service issues."}
    )
    purpose = fields.String(
        validate=validate.Length(max=300),
        metadata={"description": "Why you ask, for the holder; without it, the purpose of your registration."},
    )
    redirect_uri = fields.String(
        metadata={
            "description": "One of your registered addresses, where the wallet leads its holder on the same device; "
            "`response_code` is added to it. Without it the holder looks at another screen."
        }
    )
    response_mode = fields.Enum(ResponseMode, by_value=True, load_default=ResponseMode.DIRECT_POST_JWT)
    client_id_prefix = fields.Enum(Prefix, by_value=True, load_default=Prefix.X509_HASH)


class OpenedQuestion(Schema):
    id = fields.String(required=True, metadata={"description": "Keep it in the session of whoever you asked."})
    client_id = fields.String(required=True, metadata={"description": "By which the wallet knows who asks."})
    request_uri = fields.Url(
        required=True,
        allow_none=True,
        metadata={"description": "Where the signed request is; null where it is by value."},
    )
    wallet_uri = fields.String(required=True, metadata={"description": "A link that opens a wallet on this device."})
    qr = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The same as a QR code, an image as a data: URI; null where it is too long for one."},
    )
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})


class Progress(Schema):
    state = fields.String(
        required=True, validate=validate.OneOf(["open", "verified", "refused", "declined", "over", "read"])
    )
    refusal = fields.Dict(required=True, allow_none=True, metadata={"description": "step, code and detail."})
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds until nothing of it is left."})


class ResultRequest(Schema):
    response_code = fields.String(
        metadata={"description": "What the holder's browser brought to your redirect_uri, where you gave one."}
    )


class ShownCredential(Schema):
    format = fields.String(required=True)
    type = fields.String(required=True, metadata={"description": "vct, or document type."})
    issuer = fields.String(required=True)
    claims = fields.Dict(required=True, metadata={"description": "What was shown; of an mdoc by name space."})
    expires_at = fields.String(required=True, allow_none=True)


class Result(Schema):
    credentials = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(ShownCredential)),
        required=True,
        metadata={"description": "By the ids of your query."},
    )


@blueprint.post("/presentations")
@blueprint.arguments(Question)
@blueprint.response(HTTPStatus.CREATED, OpenedQuestion)
@blueprint.doc(
    summary="Ask a wallet for credentials",
    description="OpenID4VP 1.0 with DCQL. The access token is your own (grant_type client_credentials) and covers the scope of "
    "each paper that the query asks for.",
    security=_SECURITY,
    responses={"401": "UNAUTHORIZED", "403": "FORBIDDEN", "429": "TOO_MANY_REQUESTS"},
)
@callable_by(Caller.BEARER)
def ask(question: dict[str, Any]) -> Any:
    prefix = question.pop("client_id_prefix")
    opened = open_presentation(current_client, prefix=prefix, **question)
    body = {
        "id": opened.request_id,
        "client_id": opened.verifier_id,
        "request_uri": opened.request_uri,
        "wallet_uri": opened.wallet_uri,
        "qr": _draw(opened.wallet_uri),
        "expires_in": _seconds_until(opened.expires_at),
    }
    return body, _NO_STORE


@blueprint.get("/presentations/<request_id>")
@blueprint.response(HTTPStatus.OK, Progress)
@blueprint.doc(summary="How far it is with a question", security=_SECURITY, responses=_RESPONSES)
@callable_by(Caller.BEARER)
def show_progress(request_id: str) -> Any:
    found = find_progress(current_client(()), request_id)
    body = {"state": found.state, "refusal": found.refusal, "expires_in": _seconds_until(found.expires_at)}
    return body, _NO_STORE


@blueprint.post("/presentations/<request_id>/result")
@blueprint.arguments(ResultRequest)
@blueprint.response(HTTPStatus.OK, Result)
@blueprint.doc(
    summary="What was shown, once",
    security=_SECURITY,
    responses=_RESPONSES
    | {"409": "CONFLICT", "422": {"description": "What came does not hold; `step` and `code` say why."}},
)
@callable_by(Caller.BEARER)
def give_result(given: dict[str, Any], request_id: str) -> Any:
    found = take_result(current_client(()), request_id, response_code=given.get("response_code"))
    return found, _NO_STORE


def _seconds_until(at: Any) -> int:
    return max(0, int((at - wall_now()).total_seconds()))


def _draw(text: str) -> str | None:
    if len(text) > LONGEST_QR:
        return None
    return "data:image/svg+xml;base64," + base64.b64encode(qr_drawing.draw_svg_file(text)).decode()
