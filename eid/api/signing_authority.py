"""What is asked of the signing authority: time stamps (RFC 3161, section 3.4), its certificate and its revocation list."""

from __future__ import annotations

from flask import Blueprint, Response, request

from eid.callers import Caller, callable_by
from eid.crypto.timestamps import MAX_REQUEST, QUERY_TYPE, REPLY_TYPE
from eid.errors import Malformed
from eid.signing.authority import CERTIFICATE_PATH, CRL_PATH, build_revocation_list, list_authorities
from eid.signing.timestamping import answer_timestamp_request

MAX_AGE = 300

blueprint = Blueprint("signing_authority", __name__)


@blueprint.post("/tsa")
@callable_by(Caller.ANYBODY)
def give_timestamp() -> Response:
    """Whatever a time-stamp request says, the answer is a time-stamp response; what is none is refused as any request."""
    if request.mimetype != QUERY_TYPE or (request.content_length or 0) > MAX_REQUEST:
        raise Malformed("timestamp_query", f"Post a request for a time stamp as {QUERY_TYPE}.")
    answer = Response(answer_timestamp_request(request.get_data()), content_type=REPLY_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get(CERTIFICATE_PATH)
@callable_by(Caller.ANYBODY)
def show_authority() -> Response:
    """RFC 5280, section 4.2.2.1: the newest certificate of the authority, DER."""
    return _published(list_authorities()[-1], "application/pkix-cert")


@blueprint.get(CRL_PATH)
@callable_by(Caller.ANYBODY)
def show_revocation_list() -> Response:
    """RFC 5280, section 4.2.1.13."""
    return _published(build_revocation_list(), "application/pkix-crl")


def _published(content: bytes, content_type: str) -> Response:
    answer = Response(content, content_type=content_type)
    answer.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return answer
