"""Registering a service: what somebody looks after, a draft kept as it is written, and how far it is.

/services/mine, /services/registrations/…; whoever is signed in at level 2, for themselves or an organisation.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.oauth.claims import OPENID, known_scopes
from eid.oauth.client_methods import find_supported_methods
from eid.oauth.client_registrations import (
    begin_registration,
    discard_registration,
    find_own_registration,
    list_own_registrations,
    save_registration,
    submit_registration,
    withdraw_registration,
)
from eid.oauth.initial_tokens import MOST_USES, issue_initial_token, list_own_tokens
from eid.oauth.ownership import list_own_clients, list_own_organisations
from eid.oauth.registration_form import PURPOSE, fill_form, keep_form
from eid.oauth.registration_lifecycle import OWNERS_TURN
from eid.web import service_words as words
from eid.web.forms import given_number, refused_on
from eid.web.session import signed_in, the_session

blueprint = Blueprint("service_registrations", __name__, url_prefix="/services")

_ONE = "/registrations/<int:registration_id>"


@blueprint.get("/mine")
@signed_in
def show_own_services() -> str:
    session = the_session()
    return render_template(
        "services/mine.html",
        clients=list_own_clients(session),
        registrations=list_own_registrations(session),
        organisations=list_own_organisations(session),
        tokens=list_own_tokens(session),
        most_uses=MOST_USES,
        words=words,
    )


@blueprint.post("/mine")
@signed_in
@refused_on("service_registrations.show_own_services")
def begin() -> Any:
    registration = begin_registration(the_session(), organisation_id=given_number("organisation"))
    return redirect(url_for("service_registrations.show_registration", registration_id=registration.id), 303)


@blueprint.post("/mine/tokens")
@signed_in
@refused_on("service_registrations.show_own_services")
def give_token() -> Response:
    """The token stands on this page and nowhere else."""
    token = issue_initial_token(
        the_session(), organisation_id=given_number("organisation"), uses=given_number("uses") or 0
    )
    return shown_once(token, title=_("Initial access token"), back="/services/mine")


@blueprint.get(_ONE)
@signed_in
def show_registration(registration_id: int) -> str:
    registration = find_own_registration(the_session(), registration_id)
    form = fill_form(registration.form, registration.client)
    return render_template(
        "services/registration.html",
        registration=registration,
        form=form,
        may_write=registration.state in OWNERS_TURN,
        scopes=list_scopes(),
        purpose=PURPOSE,
        words=words,
        choices=words.choices_of,
        auth_methods=words.auth_methods_of((*find_supported_methods(), form["auth_method"])),
    )


@blueprint.post(_ONE)
@signed_in
@refused_on("service_registrations.show_registration")
def write(registration_id: int) -> Any:
    form = keep_form(request.form.to_dict(flat=False), scopes=[scope.name for scope in list_scopes()])
    save_registration(the_session(), registration_id, form)
    if request.form.get("then") != "submit":
        return _to(registration_id, _("Your draft is kept."))
    submit_registration(the_session(), registration_id)
    return _to(registration_id, _("The registration is submitted, and an officer looks at it."))


@blueprint.post(f"{_ONE}/withdraw")
@signed_in
@refused_on("service_registrations.show_registration")
def withdraw(registration_id: int) -> Any:
    withdraw_registration(the_session(), registration_id)
    return _to(registration_id, _("It is a draft again."))


@blueprint.post(f"{_ONE}/discard")
@signed_in
@refused_on("service_registrations.show_registration")
def discard(registration_id: int) -> Any:
    discard_registration(the_session(), registration_id)
    flash(_("The draft is thrown away."), "success")
    return redirect("/services/mine", 303)


def list_scopes() -> list[Any]:
    """What a service can ask for besides being told that somebody signed in."""
    return [scope for scope in known_scopes() if scope.name != OPENID]


def shown_once(secret: str, *, title: str, back: str) -> Response:
    """The page on which a secret stands, which nobody keeps."""
    response = make_response(render_template("services/secret.html", secret=secret, title=title, back=back))
    response.headers["Cache-Control"] = "no-store"
    return response


def _to(registration_id: int, done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("service_registrations.show_registration", registration_id=registration_id), 303)
