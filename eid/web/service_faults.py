"""The switchboard: what goes wrong next for one's own service, and what went wrong. Of the demo alone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _

from eid.config import current_settings
from eid.oauth.faults.addresses import discovery_address
from eid.oauth.faults.catalogue import Kind
from eid.oauth.faults.planning import (
    MOST_TIMES,
    find_planned,
    find_trial,
    plan_fault,
    stop_trial,
    take_back_fault,
    watch_client,
)
from eid.oauth.faults.runs import list_playable
from eid.web.fault_words import DUTIES, EVIDENCE, KINDS
from eid.web.forms import given, given_number, refused_on
from eid.web.own_services import ADDRESS, list_service_links, require_own_service
from eid.web.session import signed_in

blueprint = Blueprint("service_faults", __name__, url_prefix=ADDRESS)


@blueprint.get("/faults")
@signed_in
def show_faults(client_id: str) -> str:
    client = require_own_service(client_id)
    trial = find_trial(client_id)
    playable = list_playable(client)
    return render_template(
        "services/faults.html",
        client=client,
        links=list_service_links(client_id),
        trial=trial,
        discovery=discovery_address(current_settings().public_url, trial) if trial else None,
        groups=[(KINDS[kind], [pair for pair in playable if pair[0].kind is kind]) for kind in Kind],
        planned=find_planned(client_id),
        duties=DUTIES,
        evidence=EVIDENCE,
        most=MOST_TIMES,
    )


@blueprint.post("/faults")
@signed_in
@refused_on("service_faults.show_faults")
def plan(client_id: str) -> Any:
    require_own_service(client_id)
    plan_fault(client_id, given("fault", 32), times=given_number("times") or 0)
    flash(_("The next sign-in at your service goes wrong in this way."), "success")
    return redirect(f"/services/{client_id}/faults", 303)


@blueprint.post("/faults/<reference>/take-back")
@signed_in
@refused_on("service_faults.show_faults")
def take_back(client_id: str, reference: str) -> Any:
    require_own_service(client_id)
    take_back_fault(client_id, reference)
    flash(_("This will not happen."), "success")
    return redirect(f"/services/{client_id}/faults", 303)


@blueprint.post("/trial")
@signed_in
@refused_on("service_faults.show_faults")
def begin_trial(client_id: str) -> Any:
    require_own_service(client_id)
    watch_client(client_id)
    return redirect(f"/services/{client_id}/requests", 303)


@blueprint.post("/trial/stop")
@signed_in
@refused_on("service_faults.show_faults")
def end_trial(client_id: str) -> Any:
    require_own_service(client_id)
    stop_trial(client_id)
    flash(_("Your service is watched no more, and nothing goes wrong for it on purpose."), "success")
    return redirect(f"/services/{client_id}/faults", 303)
