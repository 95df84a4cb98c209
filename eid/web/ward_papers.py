"""A ward's papers, as the guardian sees, shows and asks for them; a parent also those of a small child without an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from eid.accounts.authenticators import check_passcode
from eid.accounts.guardianships import find_answered_for
from eid.credentials.additions import AdditionState, ask_for_paper, find_addition, list_additions
from eid.credentials.catalogue import find_catalogued
from eid.credentials.matching import GivenData
from eid.credentials.offline_issuing import issue_offline_code
from eid.credentials.printing import print_paper
from eid.credentials.service import find_paper, find_papers, issue_shown_paper
from eid.web.forms import given, given_date, given_digits, refused_on
from eid.web.paper_sheets import render_offline_code, send_pdf, write_sheet
from eid.web.session import signed_in, the_session

blueprint = Blueprint("ward_papers", __name__, url_prefix="/citizen/wards/<int(max=999999999999):ward_id>/papers")


@blueprint.get("/")
@signed_in
def show_papers(ward_id: int) -> Response:
    """The papers that there are, and those that can be asked for."""
    guardian_id = the_session().person_id
    ward = find_answered_for(guardian_id, ward_id)
    others = [each for each in list_additions(ward_id) if each.state is not AdditionState.DONE]
    papers = find_papers(ward_id, actor=guardian_id)
    return _private(render_template("wards/papers.html", ward=ward, papers=papers, others=others))


@blueprint.get("/<paper>")
@signed_in
def show_paper_form(ward_id: int, paper: str) -> Response:
    guardian_id = the_session().person_id
    find_answered_for(guardian_id, ward_id)
    found = find_paper(ward_id, find_catalogued(paper).name, actor=guardian_id)
    return _private(render_template("citizen/paper_passcode.html", paper=found.paper))


@blueprint.post("/<paper>")
@signed_in
@refused_on("ward_papers.show_paper_form")
def show_paper(ward_id: int, paper: str) -> Response:
    """The paper, with a code for whoever looks, after the guardian's own passcode."""
    shown = issue_shown_paper(ward_id, paper, actor=_prove_guardian(ward_id))
    again = url_for("ward_papers.show_paper_form", ward_id=ward_id, paper=paper)
    return _private(
        render_template("citizen/paper.html", found=shown.found, token=shown.token, history=shown.history, again=again)
    )


@blueprint.post("/<paper>/offline")
@signed_in
@refused_on("ward_papers.show_paper_form")
def show_offline_code(ward_id: int, paper: str) -> Response:
    guardian_id = _prove_guardian(ward_id)
    issued = issue_offline_code(ward_id, paper, actor=guardian_id)
    return _private(render_offline_code(issued, wards=url_for("ward_papers.show_papers", ward_id=ward_id)))


@blueprint.post("/<paper>/pdf")
@signed_in
@refused_on("ward_papers.show_paper_form")
def download_paper(ward_id: int, paper: str) -> Response:
    guardian_id = _prove_guardian(ward_id)
    return send_pdf(print_paper(ward_id, paper, write_sheet, actor=guardian_id), paper)


@blueprint.get("/<paper>/request")
@signed_in
def show_request(ward_id: int, paper: str) -> Response:
    ward = find_answered_for(the_session().person_id, ward_id)
    addition = find_addition(ward_id, paper)
    if addition.state is AdditionState.DONE:
        return redirect(url_for("ward_papers.show_paper_form", ward_id=ward_id, paper=paper), 303)  # type: ignore[return-value]
    back = url_for("ward_papers.show_papers", ward_id=ward_id)
    return _private(render_template("citizen/paper_request.html", addition=addition, ward=ward, back=back))


@blueprint.post("/<paper>/request")
@signed_in
@refused_on("ward_papers.show_request")
def request_paper(ward_id: int, paper: str) -> Any:
    guardian_id = the_session().person_id
    find_answered_for(guardian_id, ward_id)
    data = GivenData(given("name"), given_date("birth_date"), given("pin"), given("number"))
    ask_for_paper(ward_id, paper, data, actor=guardian_id)
    return redirect(url_for("ward_papers.show_papers", ward_id=ward_id), 303)


def _prove_guardian(ward_id: int) -> int:
    """Who shows a ward's paper has just given their own passcode."""
    guardian = the_session()
    find_answered_for(guardian.person_id, ward_id)
    check_passcode(guardian.account_id, given_digits("passcode"))
    return guardian.person_id


def _private(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
