"""Criminal-record certificates on the citizen's pages: asked for, followed, read, printed. What they say, the passcode opens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from eid.accounts.authenticators import check_passcode
from eid.agencies.criminal_records import find_own_criminal_record, list_criminal_records
from eid.credentials.criminal_record_requests import ask_for_criminal_record
from eid.population.service import find_person_by_id
from eid.web.forms import given, given_digits, refused_on
from eid.web.session import signed_in, the_session

blueprint = Blueprint("criminal_records", __name__, url_prefix="/citizen/criminal-records")


@blueprint.get("/")
@signed_in
def show_records() -> str:
    return render_template("criminal_records/records.html", records=list_criminal_records(the_session().person_id))


@blueprint.post("/")
@signed_in
@refused_on("criminal_records.show_records")
def ask() -> Any:
    asked = ask_for_criminal_record(the_session().person_id, form=given("form"), purpose=given("purpose"))
    flash(_("Your request is under way."), "success")
    return redirect(url_for("criminal_records.show_record", request_id=asked.request_id), 303)


@blueprint.get("/<int:request_id>")
@signed_in
def show_record(request_id: int) -> str:
    found = find_own_criminal_record(request_id, person_id=the_session().person_id)
    return render_template("criminal_records/record.html", record=found)


@blueprint.post("/<int:request_id>")
@signed_in
@refused_on("criminal_records.show_record")
def show_certificate(request_id: int) -> Response:
    """The certificate itself, after the passcode."""
    opened = the_session()
    found = find_own_criminal_record(request_id, person_id=opened.person_id)
    check_passcode(opened.account_id, given_digits("passcode"))
    person = find_person_by_id(opened.person_id)
    page = make_response(render_template("criminal_records/certificate.html", record=found, person=person))
    page.headers["Cache-Control"] = "no-store"
    return page
