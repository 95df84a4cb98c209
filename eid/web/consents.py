"""The citizen's services: who may read what, since when, and the button that ends it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _

from eid.oauth.claims import select_scopes
from eid.oauth.consents import find_consents, withdraw_consent
from eid.web.session import signed_in, the_session

blueprint = Blueprint("consents", __name__)


@blueprint.get("/citizen/services")
@signed_in
def show_consents() -> str:
    consents = [(consent, select_scopes(consent.granted_scopes)) for consent in find_consents(the_session().person_id)]
    return render_template("consents/services.html", consents=consents)


@blueprint.post("/citizen/services/<int(max=999999999999):consent_id>/withdraw")
@signed_in
def act_on_withdrawal(consent_id: int) -> Any:
    withdraw_consent(the_session().person_id, consent_id)
    flash(_("The service can read nothing of yours any more."), "success")
    return redirect("/citizen/services", 303)
