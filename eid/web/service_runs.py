"""The report card: a run of faults played by hand, and the signed score of each. Of the demo alone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.oauth.faults.addresses import discovery_address
from eid.oauth.faults.catalogue import FAULTS, find_fault
from eid.oauth.faults.planning import find_trial
from eid.oauth.faults.runs import Run, close_turn, find_runs, list_playable, open_run, verify_score
from eid.web.fault_words import BASES, DUTIES, EVIDENCE, VERDICTS
from eid.web.forms import given, refused_on
from eid.web.own_services import ADDRESS, list_service_links, require_own_service
from eid.web.session import signed_in

LONGEST_SCORE = 16_000

blueprint = Blueprint("service_runs", __name__, url_prefix=ADDRESS)
scores = Blueprint("fault_scores", __name__)


@blueprint.get("/runs")
@signed_in
def show_runs(client_id: str) -> str:
    client, runs, trial = require_own_service(client_id), find_runs(client_id), find_trial(client_id)
    return render_template(
        "services/runs.html",
        client=client,
        links=list_service_links(client_id),
        running=next((run for run in runs if run.turn is not None), None),
        scored=[(run, _read_score(run)) for run in runs if run.score],
        playable=list_playable(client),
        discovery=discovery_address(current_settings().public_url, trial) if trial else None,
        find_fault=find_fault,
        verdicts=VERDICTS,
        bases=BASES,
        duties=DUTIES,
        evidence=EVIDENCE,
    )


@blueprint.post("/runs")
@signed_in
@refused_on("service_runs.show_runs")
def begin_run(client_id: str) -> Any:
    require_own_service(client_id)
    open_run(client_id, request.form.getlist("fault")[: len(FAULTS)])
    return redirect(f"/services/{client_id}/runs", 303)


@blueprint.post("/runs/<reference>/turns")
@signed_in
@refused_on("service_runs.show_runs")
def end_turn(client_id: str, reference: str) -> Any:
    require_own_service(client_id)
    close_turn(client_id, reference, given("declared", 16) or None, issuer=current_settings().public_url)
    return redirect(f"/services/{client_id}/runs", 303)


@scores.get("/services/scores")
@callable_by(Caller.ANYBODY)
def show_score_check() -> str:
    return render_template("services/score.html", claims=None)


@scores.post("/services/scores")
@callable_by(Caller.ANYBODY)
@refused_on("fault_scores.show_score_check")
def check_score() -> str:
    claims = verify_score(given("score", LONGEST_SCORE), issuer=current_settings().public_url)
    return render_template(
        "services/score.html", claims=claims, find_fault=find_fault, verdicts=VERDICTS, bases=BASES, duties=DUTIES
    )


def _read_score(run: Run) -> dict[str, Any]:
    """What the score says; it was signed by this service and is shown as long as it is good."""
    return verify_score(run.score or "", issuer=current_settings().public_url)
