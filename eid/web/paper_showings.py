"""Papers shown to a person: the citizen's choice and its code, and the page that opens for whoever scans it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, session

from eid.accounts.authenticators import check_passcode
from eid.callers import Caller, callable_by
from eid.credentials.service import find_papers
from eid.presentations.showing import (
    check_showing_open,
    check_shown_papers,
    find_own_showing,
    open_showing,
)
from eid.web.forms import given, given_digits, refused_on
from eid.web.session import signed_in, the_session

_CODE = "shown_code"

blueprint = Blueprint("paper_showings", __name__)


@blueprint.get("/citizen/papers/show")
@signed_in
def choose_papers() -> Response:
    found = [each for each in find_papers(the_session().person_id) if each.state != "invalid"]
    page = render_template("showings/choose.html", papers=found, chosen=set(request.form.getlist("attribute")))
    return _private(page)


@blueprint.post("/citizen/papers/show")
@signed_in
@refused_on("paper_showings.choose_papers")
def show_papers() -> Any:
    opened_by = the_session()
    check_passcode(opened_by.account_id, given_digits("passcode"))
    opened = open_showing(opened_by.person_id, _read_choice())
    session[_CODE] = [opened.code, opened.address]
    return redirect("/citizen/papers/show/code", 303)


@blueprint.get("/citizen/papers/show/code")
@signed_in
def show_code() -> Any:
    code, address = session.get(_CODE, ("", ""))
    if not code:
        return redirect("/citizen/papers/show", 303)
    showing = find_own_showing(the_session().person_id, code)
    return _private(render_template("showings/code.html", showing=showing, address=address))


@blueprint.get("/show/<code>")
@callable_by(Caller.ANYBODY)
def ask_checker(code: str) -> Response:
    """Nothing is told yet: whatever follows links by itself must not use the code up."""
    check_showing_open(code)
    return _private(render_template("showings/ask.html"))


@blueprint.post("/show/<code>")
@callable_by(Caller.ANYBODY)
@refused_on("paper_showings.ask_checker")
def show_to_checker(code: str) -> Response:
    found = check_shown_papers(code, checker=given("checker"))
    return _private(render_template("showings/checked.html", papers=found))


def _read_choice() -> dict[str, list[str]]:
    """Paper → attributes, of boxes that are called paper.attribute."""
    chosen: dict[str, list[str]] = {}
    for name in request.form.getlist("attribute"):
        paper, _, attribute = name.partition(".")
        chosen.setdefault(paper, []).append(attribute)
    return chosen


def _private(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
