"""The inspector: what a service sends and gets, pasted and explained by the provider's own checks. Nothing is kept."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from eid.config import current_settings
from eid.oauth.inspection.results import Inspection
from eid.oauth.inspection.service import PROVED_AT, inspect_pasted
from eid.web.fault_words import OUTCOMES, PASTED_KINDS
from eid.web.forms import given, refused_on
from eid.web.own_services import ADDRESS, list_service_links, require_own_service
from eid.web.session import signed_in

LONGEST = 20_000

blueprint = Blueprint("service_inspector", __name__, url_prefix=ADDRESS)


@blueprint.get("/inspector")
@signed_in
def show_inspector(client_id: str) -> str:
    return _render(client_id, None)


@blueprint.post("/inspector")
@signed_in
@refused_on("service_inspector.show_inspector")
def inspect(client_id: str) -> str:
    client = require_own_service(client_id)
    found = inspect_pasted(
        client,
        given("pasted", LONGEST + 1),
        issuer=current_settings().public_url,
        is_pushed="is_pushed" in request.form,
        at=given("at", 10),
    )
    return _render(client_id, found)


def _render(client_id: str, found: Inspection | None) -> str:
    return render_template(
        "services/inspector.html",
        client=require_own_service(client_id),
        links=list_service_links(client_id),
        found=found,
        places=tuple(PROVED_AT),
        kinds=PASTED_KINDS,
        outcomes=OUTCOMES,
    )
