"""What verifiers of credentials fetch to know whom to believe: certificates of authorities, and their revocation lists.

These of cards (CSCA) are at /trust.
"""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from eid.callers import Caller, callable_by
from eid.credentials.trust import find_authority, find_revocation_list, write_authorities

MAX_AGE = 300

blueprint = Blueprint("credential_trust", __name__, url_prefix="/api/v1/trust", description="Whom verifiers believe")


def _binary(media_type: str) -> dict[str, object]:
    """How an answer that is no JSON is described."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"200": {"description": "As it is now.", "content": content}, "404": "NOT_FOUND"}


@blueprint.get("/<authority>")
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


@blueprint.get("/<authority>/<int(max=9999):number>.cer")
@blueprint.doc(
    summary="One certificate of an authority, DER, by its number", responses=_binary("application/pkix-cert")
)
@callable_by(Caller.ANYBODY)
def show_certificate(authority: str, number: int) -> Response:
    return _cacheable(find_authority(authority, number).der, "application/pkix-cert")


@blueprint.get("/<authority>/<int(max=9999):number>.crl")
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
