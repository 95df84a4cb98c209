"""What verifiers of credentials fetch to know whom to believe: the signed trust list, certificates of authorities, and their
revocation lists. Those of cards (CSCA) are at /trust.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, abort, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from eid.callers import Caller, callable_by
from eid.credentials.packs import find_verifier_pack
from eid.credentials.trust import (
    find_authority,
    find_revocation_list,
    find_trust_list,
    find_trust_list_of_several,
    write_authorities,
)
from eid.crypto.trust_list import JSON_MEDIA_TYPE, MEDIA_TYPE
from eid.crypto.verifier_pack import MEDIA_TYPE as PACK_MEDIA_TYPE

MAX_AGE = 300

FORMS = (MEDIA_TYPE, JSON_MEDIA_TYPE)

blueprint = Blueprint("credential_trust", __name__, url_prefix="/api/v1", description="Whom verifiers believe")


def _binary(media_type: str) -> dict[str, object]:
    """How an answer that is no JSON is described."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"200": {"description": "As it is now.", "content": content}, "404": "NOT_FOUND"}


@blueprint.get("/trust-list")
@blueprint.doc(
    summary="The signed list of whom to believe",
    description="Keys, certificates and status lists of every authority, and what of that is withdrawn: a JWT of `typ` "
    "eid-trust-list+jwt by the key whose thumbprint a verifier has pinned. For whoever accepts application/jose+json, signed by "
    "every key of it that anybody may have pinned.",
    responses={
        "200": {"description": "As it is now.", "content": {form: {"schema": {"type": "string"}} for form in FORMS}},
        "406": {"description": "Neither form is accepted."},
    },
)
@callable_by(Caller.ANYBODY)
def show_trust_list() -> Response:
    form = request.accept_mimetypes.best_match(FORMS) if request.accept_mimetypes else MEDIA_TYPE
    if form is None:
        abort(HTTPStatus.NOT_ACCEPTABLE)
    text = find_trust_list() if form == MEDIA_TYPE else find_trust_list_of_several()
    response = _cacheable(text.encode(), form)
    response.headers["Vary"] = "Accept"
    return response


class PackQuery(Schema):
    audience = fields.String(required=True, metadata={"description": "The client_id of the service that verifies."})


@blueprint.get("/verifier-pack")
@blueprint.arguments(PackQuery, location="query")
@blueprint.doc(
    summary="All that one service needs to verify without a network",
    description="The trust list, the status lists as they are now, and what each type of credential says, as one JWT of `typ` "
    "eid-verifier-pack+jwt by the key of the trust list. It holds for a day.",
    responses={
        "200": {"description": "Made now.", "content": {PACK_MEDIA_TYPE: {"schema": {"type": "string"}}}},
        "404": "NOT_FOUND",
    },
)
@callable_by(Caller.ANYBODY)
def show_verifier_pack(query: dict[str, str]) -> Response:
    response = Response(find_verifier_pack(query["audience"]), content_type=PACK_MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get("/trust/<authority>")
@blueprint.doc(
    summary="Certificates of an authority",
    description="`iaca`, who certifies issuers of credentials, `verifier-ca`, who certifies those who ask, or `wallet-ca`, who "
    "certifies the demo's wallet provider: every certificate "
    "that there was, PEM, the newest first.",
    responses=_binary("application/pem-certificate-chain"),
)
@callable_by(Caller.ANYBODY)
def show_authorities(authority: str) -> Response:
    return _cacheable(write_authorities(authority), "application/pem-certificate-chain")


@blueprint.get("/trust/<authority>/<int(max=9999):number>.cer")
@blueprint.doc(
    summary="One certificate of an authority, DER, by its number", responses=_binary("application/pkix-cert")
)
@callable_by(Caller.ANYBODY)
def show_certificate(authority: str, number: int) -> Response:
    return _cacheable(find_authority(authority, number).der, "application/pkix-cert")


@blueprint.get("/trust/<authority>/<int(max=9999):number>.crl")
@blueprint.doc(
    summary="The revocation list of an authority, by its number",
    description="RFC 5280, DER. Certificates name this address.",
    responses=_binary("application/pkix-crl"),
)
@callable_by(Caller.ANYBODY)
def show_revocation_list(authority: str, number: int) -> Response:
    return _cacheable(find_revocation_list(authority, number), "application/pkix-crl")


def _cacheable(content: bytes, media_type: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
