"""What verifiers of cards fetch: CSCA certificates, link certificates, revocation lists and the master list of today, at the
addresses that certificates name."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from eid.callers import Caller, callable_by
from eid.cards.authority import list_publications

blueprint = Blueprint("trust", __name__, url_prefix="/trust")

_MEDIA_TYPES = {".cer": "application/pkix-cert", ".crl": "application/pkix-crl", ".ml": "application/pkcs7-mime"}
"""RFC 2585, 4; RFC 8551, 3.2."""


@blueprint.get("/<name>")
@callable_by(Caller.ANYBODY)
def show_publication(name: str) -> Response:
    found = list_publications().get(name)
    if found is None:
        abort(404)
    media_type = _MEDIA_TYPES["." + name.rsplit(".", 1)[-1]]
    return Response(found, mimetype=media_type, headers={"Cache-Control": "public, max-age=3600"})
