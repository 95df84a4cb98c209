"""A sign-in of one's own service, step by step: what is sent, what comes back, what is checked and what can be refused."""

from __future__ import annotations

from flask import Blueprint, render_template

from eid.config import current_settings
from eid.oauth.claims import OFFLINE_ACCESS
from eid.oauth.examples import find_values
from eid.oauth.inspection.authorization import inspect_parameters
from eid.oauth.inspection.walk import play_sign_in, request_parameters
from eid.oauth.parameters import parse_parameters
from eid.web.fault_words import OUTCOMES
from eid.web.own_services import ADDRESS, list_service_links, require_own_service
from eid.web.session import signed_in

blueprint = Blueprint("service_walk", __name__, url_prefix=ADDRESS)


@blueprint.get("/walk")
@signed_in
def show_walk(client_id: str) -> str:
    client, issuer = require_own_service(client_id), current_settings().public_url
    values = find_values(client, issuer=issuer)
    checks = inspect_parameters(
        client,
        parse_parameters(request_parameters(values)),
        issuer=issuer,
        is_pushed=values.must_push,
        is_signed=values.must_sign,
    )
    return render_template(
        "services/walk.html",
        client=client,
        links=list_service_links(client_id),
        steps=play_sign_in(values, asks_to_refresh=OFFLINE_ACCESS in client.scopes),
        checks=checks,
        outcomes=OUTCOMES,
    )
