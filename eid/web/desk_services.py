"""Services at the desk: registrations taken over and decided, services suspended and resumed, tokens to register with."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.oauth.client_suspension import resume_client, suspend_client
from eid.oauth.initial_tokens import MOST_USES, issue_initial_token_at_desk
from eid.oauth.orphaned_clients import hand_over_client
from eid.oauth.registration_lifecycle import RegistrationEvent
from eid.oauth.registration_reviews import (
    approve_registration,
    decide_registration,
    find_known_service,
    find_registration_queue,
    find_registration_review,
    find_services,
    take_over_registration,
)
from eid.web import service_words as words
from eid.web.forms import given, given_digits, given_number, refused_on
from eid.web.service_registrations import list_scopes, shown_once
from eid.web.session import officer_only, the_officer

DECISIONS = {"return": RegistrationEvent.RETURN, "refuse": RegistrationEvent.REFUSE}

blueprint = Blueprint("desk_services", __name__, url_prefix="/desk/services")

_REGISTRATION = "/registrations/<int:registration_id>"
_SERVICE = "/<string(minlength=20,maxlength=64):client_id>"


@blueprint.get("")
@officer_only
def show_services() -> str:
    officer, named = the_officer().account_id, request.args.get("named", "")[:120]
    return render_template(
        "desk_services/services.html",
        queue=find_registration_queue(officer=officer),
        services=find_services(officer=officer, named=named),
        named=named,
        most_uses=MOST_USES,
        words=words,
    )


@blueprint.get(_REGISTRATION)
@officer_only
def show_registration(registration_id: int) -> str:
    review = find_registration_review(registration_id, officer=the_officer().account_id)
    return render_template(
        "desk_services/registration.html",
        review=review,
        registration=review.registration,
        columns=review.columns,
        scopes={scope.name: scope for scope in list_scopes()},
        words=words,
    )


@blueprint.post(f"{_REGISTRATION}/take-over")
@officer_only
@refused_on("desk_services.show_registration")
def take_over(registration_id: int) -> Any:
    take_over_registration(registration_id, officer=the_officer().account_id)
    return _to_registration(registration_id, _("You work on this registration now."))


@blueprint.post(f"{_REGISTRATION}/approve")
@officer_only
@refused_on("desk_services.show_registration")
def approve(registration_id: int) -> Any:
    approve_registration(registration_id, officer=the_officer().account_id)
    return _to_registration(registration_id, _("The service is approved, and its owner is told."))


@blueprint.post(f"{_REGISTRATION}/decide")
@officer_only
@refused_on("desk_services.show_registration")
def decide(registration_id: int) -> Any:
    event = DECISIONS.get(given("decision"), RegistrationEvent.EDIT)
    decide_registration(registration_id, officer=the_officer().account_id, event=event, reason=given("reason", 1100))
    return _to_registration(registration_id, _("It is decided, and its owner is told why."))


@blueprint.get(_SERVICE)
@officer_only
def show_service(client_id: str) -> str:
    client = find_known_service(client_id, officer=the_officer().account_id)
    return render_template("desk_services/service.html", client=client, words=words)


@blueprint.post(f"{_SERVICE}/suspend")
@officer_only
@refused_on("desk_services.show_service")
def suspend(client_id: str) -> Any:
    suspend_client(client_id, officer=the_officer().account_id, reason=given("reason", 400))
    return _to_service(client_id, _("The service is suspended, and what it was given has ended."))


@blueprint.post(f"{_SERVICE}/resume")
@officer_only
@refused_on("desk_services.show_service")
def resume(client_id: str) -> Any:
    resume_client(client_id, officer=the_officer().account_id)
    return _to_service(client_id, _("People can sign in there again."))


@blueprint.post(f"{_SERVICE}/give")
@officer_only
@refused_on("desk_services.show_service")
def give(client_id: str) -> Any:
    hand_over_client(client_id, officer=the_officer().account_id, pin=given_digits("pin") or None, code=given("code"))
    return _to_service(client_id, _("The service has another owner now, who is told."))


@blueprint.post("/tokens")
@officer_only
@refused_on("desk_services.show_services")
def give_token() -> Response:
    token = issue_initial_token_at_desk(given("code"), uses=given_number("uses") or 0, officer=the_officer().account_id)
    return shown_once(token, title=_("Initial access token"), back="/desk/services")


def _to_registration(registration_id: int, done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("desk_services.show_registration", registration_id=registration_id), 303)


def _to_service(client_id: str, done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("desk_services.show_service", client_id=client_id), 303)
