"""The citizen's changes: what is on record, what they declare instead, and how far its confirmation is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _

from eid.accounts.declarations import (
    confirm_email,
    declare_email,
    declare_residence,
    find_declarations,
    find_email_to_confirm,
    find_minors,
)
from eid.accounts.records import find_record
from eid.clock import world_today
from eid.population.homes import Address
from eid.population.places import list_provinces
from eid.web.desk_fields import find_errors
from eid.web.forms import given, given_digits, refused_on
from eid.web.navigation import is_routed
from eid.web.session import signed_in, the_session

PHONE_CHANGE = "/citizen/security/phone"
"""Where a new phone is proved; what cannot be declared is not asked for here."""

blueprint = Blueprint("declarations", __name__, url_prefix="/citizen/changes")


@blueprint.get("")
@signed_in
def show_changes() -> str:
    person_id = the_session().person_id
    return render_template(
        "declarations/changes.html",
        record=find_record(person_id),
        declarations=find_declarations(person_id),
        phone_change=PHONE_CHANGE if is_routed(PHONE_CHANGE) else None,
        requests="/citizen/requests" if is_routed("/citizen/requests") else None,
    )


@blueprint.get("/residence")
@signed_in
def show_residence() -> str:
    person_id = the_session().person_id
    children = find_minors(person_id)
    return render_template(
        "declarations/residence.html",
        record=find_record(person_id),
        children=children,
        moving=request.form.getlist("child") if request.method == "POST" else [child.pin for child in children],
        provinces=[("", _("choose")), *((p.code, p.name) for p in list_provinces(world_today()))],
        form=request.form,
        errors=find_errors({"province", "commune", "house", "child"}),
    )


@blueprint.post("/residence")
@signed_in
@refused_on("declarations.show_residence")
def act_on_residence() -> Any:
    children = [pin[:12] for pin in request.form.getlist("child")[:20]]
    declare_residence(the_session(), Address(given("province"), given("commune"), given("house")), with_pins=children)
    flash(_("Your declaration is with the authority. You will be told what it decides."), "success")
    return redirect("/citizen/changes", 303)


@blueprint.get("/email")
@signed_in
def show_email() -> str:
    return render_template("declarations/email.html", form=request.form, errors=find_errors({"email", "password"}))


@blueprint.post("/email")
@signed_in
@refused_on("declarations.show_email")
def act_on_email() -> Any:
    declare_email(the_session(), password=given("password"), email=given("email"))
    return redirect("/citizen/changes/email/code", 303)


@blueprint.get("/email/code")
@signed_in
def show_email_code() -> str:
    return render_template("declarations/email_code.html", email=find_email_to_confirm(the_session()))


@blueprint.post("/email/code")
@signed_in
@refused_on("declarations.show_email_code")
def act_on_email_code() -> Any:
    confirm_email(the_session(), given_digits("code"))
    flash(_("Your declaration is with the authority. You will be told what it decides."), "success")
    return redirect("/citizen/changes", 303)
