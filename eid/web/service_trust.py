"""What a service pins and loads to verify papers by itself, without a network: /services/<client_id>/trust."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from eid.config import current_settings
from eid.credentials.packs import LIFETIME, find_verifier_pack
from eid.credentials.trust import find_pins
from eid.crypto.verifier_pack import MEDIA_TYPE
from eid.web.own_services import ADDRESS, list_service_links, require_own_service
from eid.web.session import signed_in

FILE_NAME = "verifier-pack.jwt"

blueprint = Blueprint("service_trust", __name__, url_prefix=ADDRESS)


@blueprint.get("/trust")
@signed_in
def show_trust(client_id: str) -> str:
    client = require_own_service(client_id)
    return render_template(
        "services/trust.html",
        client=client,
        links=list_service_links(client_id),
        pins=find_pins(),
        issuer=current_settings().public_url,
        hours=LIFETIME.total_seconds() // 3600,
        file_name=FILE_NAME,
    )


@blueprint.get("/trust/pack")
@signed_in
def download_pack(client_id: str) -> Response:
    pack = find_verifier_pack(require_own_service(client_id).client_id)
    response = Response(pack, content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    response.headers["Cache-Control"] = "no-store"
    return response
