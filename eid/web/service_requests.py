"""The last requests of one's own service, with each check of each step. Of the demo alone, and without secrets."""

from __future__ import annotations

from flask import Blueprint, render_template

from eid.oauth.faults.log import MOST, SHOWN, find_logged
from eid.oauth.faults.planning import find_trial
from eid.oauth.inspection.titles import find_title
from eid.web.fault_words import OUTCOMES
from eid.web.own_services import ADDRESS, list_service_links, require_own_service
from eid.web.session import signed_in

blueprint = Blueprint("service_requests", __name__, url_prefix=ADDRESS)


@blueprint.get("/requests")
@signed_in
def show_requests(client_id: str) -> str:
    client = require_own_service(client_id)
    return render_template(
        "services/requests.html",
        client=client,
        links=list_service_links(client_id),
        trial=find_trial(client_id),
        logged=find_logged(client_id),
        outcomes=OUTCOMES,
        title_of=find_title,
        most=MOST,
        shown=SHOWN,
    )
