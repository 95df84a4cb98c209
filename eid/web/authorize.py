"""The authorization endpoint as a browser meets it: the address that services send people to, and the consent page.

Its refusals go to the service from the moment that client and redirect URI are certain, and to our own page before.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.routing import Rule

from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.db import writes
from eid.errors import Conflict, NotFound, OAuthError, Refusal
from eid.flask_app import concerns
from eid.logs import log
from eid.oauth.authorize import (
    Interaction,
    Outcome,
    approve_authorization,
    continue_authorization,
    deny_authorization,
    keep_authorization,
    open_authorization,
)
from eid.oauth.interactions import Step
from eid.oauth.jarm import sign_response
from eid.oauth.redirects import origin_of
from eid.oauth.responses import AuthorizationResponse
from eid.web import errors
from eid.web.forms import current_refusal, given, refused_on
from eid.web.headers import allow_form_action
from eid.web.session import SIGN_IN, current_session, sign_in_url
from eid.web.sign_in_way import find_service_origin, service_request
from eid.web.ticks import list_ticks

endpoint = Blueprint("authorization", __name__)
"""Where other sites' forms lead, so without our own forms' token."""
blueprint = Blueprint("authorize", __name__)

KEPT = "/oauth/authorize/"


@endpoint.get("/oauth/authorize")
@callable_by(Caller.ANYBODY)
@writes
def receive_request() -> Any:
    session = current_session()
    return _lead_on(
        open_authorization(request.args.items(multi=True), session=session, issuer=current_settings().public_url)
    )


@endpoint.post("/oauth/authorize")
@callable_by(Caller.ANYBODY)
def receive_posted_request() -> Any:
    """OpenID Connect Core, section 3.1.2.1: both methods are served."""
    request_id = keep_authorization(request.form.items(multi=True), issuer=current_settings().public_url)
    return redirect(url_for("authorize.show_request", request_id=request_id), 303)


@blueprint.get(f"{KEPT}<request_id>")
@callable_by(Caller.ANYBODY)
@writes
def show_request(request_id: str) -> Any:
    session = current_session()
    outcome = continue_authorization(request_id, session=session)
    if not isinstance(outcome, Interaction) or outcome.step is not Step.CONSENT:
        return _lead_on(outcome)
    allow_form_action(outcome.client_origin)
    return render_template("authorize/consent.html", asked=outcome, ticked=list_ticks(outcome.groups))


@blueprint.post(f"{KEPT}<request_id>")
@callable_by(Caller.ANYBODY)
@refused_on("authorize.show_request")
def decide_request(request_id: str) -> Any:
    session = current_session()
    if given("act") == "deny":
        return _lead_on(deny_authorization(request_id, session=session))
    return _lead_on(
        approve_authorization(
            request_id,
            session=session,
            granted=request.form.getlist("scope"),
            claims=request.form.getlist("claim"),
            passcode=given("passcode"),
        )
    )


@endpoint.errorhandler(OAuthError)
@blueprint.errorhandler(OAuthError)
def answer_refusal(refusal: OAuthError) -> Response:
    if isinstance(refusal.answer, AuthorizationResponse):
        log.info("refused", code=refusal.code, reason=refusal.reason or None, told_to="client")
        return _lead_on(refusal.answer)
    return errors.render_refusal(refusal)


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(Conflict)
def show_that_it_is_over(refusal: Refusal) -> Response:
    """Without a request there is no consent page on which the refusal could be shown."""
    return errors.render_as_page(refusal)


@endpoint.after_request
@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    """What stands here belongs to one person and one request; and a redirect bears a code."""
    response.headers["Cache-Control"] = "no-store"
    return response


def leads_to_sign_in(route: Rule | None) -> bool:
    return route is not None and route.rule.startswith(SIGN_IN)


@blueprint.before_app_request
@concerns(leads_to_sign_in)
def let_sign_in_lead_on_to_the_service() -> None:
    """Browsers judge a form by all the redirects after it, so the forms of signing in name where they end, too."""
    if request.method == "GET":
        asked = service_request()
        if asked is not None:
            allow_form_action(origin_of(asked.redirect_uri))


@blueprint.after_app_request
@concerns(leads_to_sign_in)
def let_sign_in_try_again(response: Response) -> Response:
    """As before, where the form comes again with what was wrong; unless the request is over meanwhile."""
    if current_refusal() is not None:
        origin = find_service_origin()
        if origin is not None:
            allow_form_action(origin)
    return response


def _lead_on(outcome: Outcome) -> Response:
    """303, so that no browser posts again what it posted to us (RFC 9700, section 4.12)."""
    if isinstance(outcome, AuthorizationResponse):
        return _answer(sign_response(outcome))
    here = url_for("authorize.show_request", request_id=outcome.request_id)
    if outcome.request.ui_locales:
        here = url_for("authorize.show_request", request_id=outcome.request_id, ui_locales=outcome.request.ui_locales)
    if outcome.step is Step.SIGN_IN:
        since = None if outcome.again else outcome.since
        here = sign_in_url(here, level=outcome.request.level, again=outcome.again, since=since)
    return redirect(here, 303)  # type: ignore[return-value]


def _answer(response: AuthorizationResponse) -> Response:
    """By a redirect, or by a form on a page of ours (OAuth 2.0 Form Post Response Mode, section 2)."""
    if not response.mode.is_posted:
        led_on = Response(status="303 See Other")
        led_on.headers.add("Location", response.address)
        return led_on
    allow_form_action(origin_of(response.redirect_uri))
    return make_response(render_template("authorize/form_post.html", answer=response))
