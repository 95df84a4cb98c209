"""A citizen's papers: opened by the passcode, shown as a card with a QR code that a checker verifies without calling us.

The passcode opens the papers for some minutes of one session, remembered in the form cookie, which is signed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, session, url_for

from eid.accounts.authenticators import check_passcode
from eid.clock import wall_now
from eid.credentials.catalogue import find_catalogued
from eid.credentials.service import find_paper, issue_shown_paper
from eid.db import writes
from eid.web.forms import given_digits, refused_on
from eid.web.session import signed_in, the_session

OPEN_FOR = timedelta(minutes=10)
_OPENED = "papers_opened"

blueprint = Blueprint("papers_pages", __name__, url_prefix="/citizen/papers")


@blueprint.get("/<paper>")
@writes
@signed_in
def show_paper(paper: str) -> Response:
    person_id = the_session().person_id
    if not _are_open():
        found = find_paper(person_id, find_catalogued(paper).name)
        return _private(render_template("citizen/paper_passcode.html", paper=found.paper))
    shown = issue_shown_paper(person_id, paper)
    return _private(render_template("citizen/paper.html", found=shown.found, token=shown.token, history=shown.history))


@blueprint.post("/<paper>")
@signed_in
@refused_on("papers_pages.show_paper")
def open_papers(paper: str) -> Any:
    opened = the_session()
    check_passcode(opened.account_id, given_digits("passcode"))
    session[_OPENED] = [opened.id, int(wall_now().timestamp())]
    return redirect(url_for("papers_pages.show_paper", paper=paper), 303)


def _are_open() -> bool:
    """Whether the passcode was given in this very session, not too long ago."""
    session_id, at = session.get(_OPENED, (None, 0))
    return bool(session_id == the_session().id and wall_now().timestamp() - at < OPEN_FOR.total_seconds())


def _private(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
