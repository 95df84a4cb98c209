"""Officers of a desk: who works there, appointed and dismissed by its approvers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _

from eid.accounts.models import OfficerRole
from eid.accounts.officers import Duty, appoint_officer, check_duty, dismiss_officer, list_officers
from eid.web.forms import given, given_digits, refused_on
from eid.web.request_words import ROLES
from eid.web.session import officer_only, the_officer

blueprint = Blueprint("desk_officers", __name__, url_prefix="/desk/officers")


@blueprint.get("")
@officer_only
def show_officers() -> str:
    me = check_duty(the_officer().account_id, Duty.APPOINT)
    roles = [(str(role), str(ROLES[role][0])) for role in OfficerRole]
    return render_template("desk_reviews/officers.html", me=me, officers=list_officers(me.place), roles=roles)


@blueprint.post("")
@officer_only
@refused_on("desk_officers.show_officers")
def appoint() -> Any:
    appoint_officer(given_digits("pin"), role=given("role"), by=the_officer().account_id)
    flash(_("Appointed. It counts from the next page that they open."), "success")
    return redirect("/desk/officers", 303)


@blueprint.post("/dismiss")
@officer_only
@refused_on("desk_officers.show_officers")
def dismiss() -> Any:
    dismiss_officer(given_digits("pin"), by=the_officer().account_id)
    flash(_("Dismissed. Nothing at the desk is open to them any more."), "success")
    return redirect("/desk/officers", 303)
