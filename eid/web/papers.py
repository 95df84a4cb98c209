"""A citizen's papers: asked for; opened by the passcode, shown as a card with a QR code that a checker verifies without us.

The passcode opens the papers for some minutes of one session, remembered in the form cookie, which is signed.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, session, url_for

from eid.accounts.authenticators import check_passcode
from eid.accounts.ward_uses import open_own_papers
from eid.agencies.residence import RESIDENCE
from eid.agencies.residence_rules import confirmed_until
from eid.clock import wall_now, world_today
from eid.credentials.additions import AdditionState, ask_for_paper, find_addition, list_additions
from eid.credentials.catalogue import find_catalogued
from eid.credentials.matching import GivenData
from eid.credentials.offline_issuing import issue_offline_code
from eid.credentials.printing import print_paper
from eid.credentials.service import find_paper, find_papers, issue_shown_paper
from eid.db import writes
from eid.population.service import find_person_by_id
from eid.web.forms import given, given_date, given_digits, refused_on
from eid.web.paper_sheets import write_sheet
from eid.web.session import signed_in, the_session

OPEN_FOR = timedelta(minutes=10)
_OPENED = "papers_opened"

blueprint = Blueprint("papers_pages", __name__, url_prefix="/citizen/papers")


@blueprint.get("/")
@signed_in
def show_wallet() -> Response:
    """The papers in the account, and how far it is with those that were asked for or can be."""
    person_id = the_session().person_id
    others = [each for each in list_additions(person_id) if each.state is not AdditionState.DONE]
    return _private(render_template("citizen/wallet.html", papers=find_papers(person_id), others=others))


@blueprint.get("/residence/confirmation")
@signed_in
def show_confirmation() -> Response:
    """Form CT07, to be printed: what the police of the commune confirm of where the citizen lives."""
    person = find_person_by_id(the_session().person_id)
    if not _are_open():
        return redirect(url_for("papers_pages.show_paper", paper=RESIDENCE), 303)  # type: ignore[return-value]
    found, today = find_paper(person.id, RESIDENCE), world_today()
    until = confirmed_until(today)
    return _private(render_template("citizen/ct07.html", found=found, person=person, today=today, until=until))


@blueprint.get("/<paper>/request")
@signed_in
def show_request(paper: str) -> Response:
    addition = find_addition(the_session().person_id, paper)
    if addition.state is AdditionState.DONE:
        return redirect(url_for("papers_pages.show_paper", paper=paper), 303)  # type: ignore[return-value]
    return _private(render_template("citizen/paper_request.html", addition=addition))


@blueprint.post("/<paper>/request")
@signed_in
@refused_on("papers_pages.show_request")
def request_paper(paper: str) -> Any:
    data = GivenData(given("name"), given_date("birth_date"), given("pin"), given("number"))
    ask_for_paper(the_session().person_id, paper, data)
    return redirect(url_for("papers_pages.show_wallet"), 303)


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


@blueprint.get("/<paper>/offline")
@writes
@signed_in
def show_offline_code(paper: str) -> Response:
    if not _are_open():
        return redirect(url_for("papers_pages.show_paper", paper=paper), 303)  # type: ignore[return-value]
    issued = issue_offline_code(the_session().person_id, paper)
    photo = b64encode(issued.code.photo).decode() if issued.code.photo else ""
    return _private(render_template("citizen/paper_offline.html", issued=issued, found=issued.found, photo=photo))


@blueprint.get("/<paper>.pdf")
@writes
@signed_in
def download_paper(paper: str) -> Response:
    if not _are_open():
        return redirect(url_for("papers_pages.show_paper", paper=paper), 303)  # type: ignore[return-value]
    response = Response(print_paper(the_session().person_id, paper, write_sheet), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"attachment; filename={paper}.pdf"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<paper>")
@signed_in
@refused_on("papers_pages.show_paper")
def open_papers(paper: str) -> Any:
    opened = the_session()
    check_passcode(opened.account_id, given_digits("passcode"))
    open_own_papers(opened.person_id)
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
