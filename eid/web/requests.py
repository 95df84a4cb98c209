"""What somebody who is signed in has asked for: how far it is, withdrawing it, appealing; and closing the account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from eid.accounts.closing_request import request_closing
from eid.accounts.request_answers import (
    appeal_request,
    find_own_request,
    list_own_requests,
    may_appeal_against,
    withdraw_request,
)
from eid.accounts.request_lifecycle import OPEN_STATES
from eid.accounts.requests import list_stages
from eid.agencies.criminal_records import list_criminal_records
from eid.clock import world_today
from eid.population.service import find_person_by_id
from eid.web import request_words
from eid.web.forms import given, refused_on
from eid.web.session import signed_in, the_session

blueprint = Blueprint("requests", __name__, url_prefix="/citizen")


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"request_words": request_words, "OPEN_STATES": OPEN_STATES, "own_requests": list_own_requests}


@blueprint.get("/requests")
@signed_in
def show_requests() -> str:
    person_id = the_session().person_id
    return render_template(
        "requests/requests.html",
        requests=list_own_requests(person_id),
        criminal_records=list_criminal_records(person_id),
    )


@blueprint.get("/requests/<int:request_id>")
@signed_in
def show_request(request_id: int) -> str:
    found = find_own_request(request_id, person_id=the_session().person_id)
    return render_template(
        "requests/request.html",
        asked=found,
        stages=list_stages(found.id),
        may_appeal=may_appeal_against(found),
    )


@blueprint.get("/requests/<int:request_id>/form")
@signed_in
def show_form(request_id: int) -> str:
    found = find_own_request(request_id, person_id=the_session().person_id)
    person = find_person_by_id(found.person_id) if found.person_id is not None else None
    back = url_for("requests.show_request", request_id=found.id)
    return render_template("requests/form.html", asked=found, person=person, today=world_today(), back=back)


@blueprint.post("/requests/<int:request_id>/withdraw")
@signed_in
@refused_on("requests.show_request")
def withdraw(request_id: int) -> Any:
    withdraw_request(request_id, person_id=the_session().person_id)
    flash(_("The request is withdrawn."), "success")
    return redirect(url_for("requests.show_request", request_id=request_id), 303)


@blueprint.post("/requests/<int:request_id>/appeal")
@signed_in
@refused_on("requests.show_request")
def appeal(request_id: int) -> Any:
    made = appeal_request(request_id, person_id=the_session().person_id, why=given("why", 400))
    flash(_("Your appeal is under way: another officer decides on it."), "success")
    return redirect(url_for("requests.show_request", request_id=made.id), 303)


@blueprint.get("/close")
@signed_in
def show_closing() -> str:
    return render_template("requests/close.html")


@blueprint.post("/close")
@signed_in
@refused_on("requests.show_closing")
def close() -> Any:
    made = request_closing(the_session(), password=given("password"))
    flash(_("Your request is under way. Until it is decided, everything stays as it is."), "success")
    return redirect(url_for("requests.show_request", request_id=made.id), 303)
