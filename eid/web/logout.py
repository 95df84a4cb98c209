"""The logout endpoint as a browser meets it: the question, the end, and the way back to the service that asked.

OpenID Connect RP-Initiated Logout 1.0 and Front-Channel Logout 1.0. Nobody is led anywhere that is not registered.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.db import writes
from eid.errors import OAuthError
from eid.oauth.logout.addresses import origins_of
from eid.oauth.logout.service import SignedOut, ask_for_logout, confirm_logout
from eid.web import errors
from eid.web.forms import given
from eid.web.headers import allow_form_action, allow_frames
from eid.web.session import current_session, drop_session

endpoint = Blueprint("end_session", __name__)
"""Where other sites' forms lead, so without our own forms' token."""
blueprint = Blueprint("logout", __name__)

KEPT = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales")
"""What the question asks along, and its answer is judged by again."""
LONGEST_QUERY = 8000


@endpoint.get("/oauth/logout")
@callable_by(Caller.ANYBODY)
@writes
def receive_request() -> Any:
    pairs = list(request.args.items(multi=True))
    asked = ask_for_logout(pairs, session=current_session(), issuer=current_settings().public_url)
    if isinstance(asked, SignedOut):
        return lead_out(asked, home=url_for("logout.show_end"))
    if asked.address is not None:
        for origin in origins_of([asked.address]):
            allow_form_action(origin)
    kept = [(name, value) for name, value in pairs if name in KEPT and value]
    return render_template("logout/question.html", asked=asked, fields=kept)


@endpoint.post("/oauth/logout")
@callable_by(Caller.ANYBODY)
def receive_posted_request() -> Any:
    """Section 2: both methods are served. A form of another site comes without our cookie; the GET after it has it."""
    query = urlencode([(name, value) for name, value in request.form.items(multi=True) if name in KEPT])
    if len(query) > LONGEST_QUERY:
        raise OAuthError("invalid_request", "The request is longer than this service accepts.")
    return redirect(url_for("end_session.receive_request") + (f"?{query}" if query else ""), 303)


@blueprint.post("/oauth/logout/confirm")
@callable_by(Caller.ANYBODY)
def confirm() -> Any:
    if given("act") == "stay":
        return redirect("/citizen/" if current_session() else "/", 303)
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name in KEPT]
    done = confirm_logout(pairs, session=current_session(), issuer=current_settings().public_url)
    return lead_out(done, home=url_for("logout.show_end"))


@blueprint.get("/oauth/logout/done")
@callable_by(Caller.ANYBODY)
def show_end() -> Any:
    """For whoever came back here later, it says what is so now."""
    if current_session() is not None:
        return redirect("/citizen/", 303)
    return render_template("logout/done.html", done=SignedOut())


@endpoint.errorhandler(OAuthError)
@blueprint.errorhandler(OAuthError)
def answer_refusal(refusal: OAuthError) -> Response:
    return errors.render_refusal(refusal)


@endpoint.after_request
@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def lead_out(done: SignedOut, *, home: str) -> Response:
    """Back to the service, or to `home`; by way of a page where there are frames to load, or a link is all that is sure."""
    if done.frames or (done.address and not done.leads_on):
        allow_frames(origins_of(done.frames))
        response = make_response(render_template("logout/done.html", done=done))
        response.headers["Cache-Control"] = "no-store"
        return drop_session(response)
    address = done.address if done.leads_on and done.address else home
    return drop_session(redirect(address, 303))  # type: ignore[arg-type]
