"""OpenID4VP 1.0 for wallets: the signed request, by GET and POST (section 5.10), and where answers are posted (section 8.2)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from eid.callers import Caller, callable_by
from eid.db import writes
from eid.errors import Malformed
from eid.presentations.answering import receive_answer
from eid.presentations.asking import build_request_object
from eid.presentations.authorization_requests import MEDIA_TYPE

FORM = "application/x-www-form-urlencoded"

blueprint = Blueprint("openid4vp", __name__, url_prefix="/oauth/presentations")


@blueprint.get("/<request_id>")
@writes
@callable_by(Caller.ANYBODY)
def show_request(request_id: str) -> Response:
    return _write(build_request_object(request_id, wallet_nonce=None))


@blueprint.post("/<request_id>")
@callable_by(Caller.ANYBODY)
def show_request_to_wallet(request_id: str) -> Response:
    """With the wallet's nonce, where it sends one; what it says of itself changes nothing."""
    return _write(build_request_object(request_id, wallet_nonce=request.form.get("wallet_nonce")))


@blueprint.post("/<request_id>/response")
@callable_by(Caller.ANYBODY)
def take_answer(request_id: str) -> Response:
    if request.mimetype != FORM or any(len(request.form.getlist(name)) > 1 for name in request.form):
        raise Malformed("response_malformed", "The answer does not have the form that it must have.")
    response = jsonify(receive_answer(request_id, request.form.to_dict()))
    response.headers["Cache-Control"] = "no-store"
    return response


def _write(token: str) -> Response:
    response = Response(token, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response
