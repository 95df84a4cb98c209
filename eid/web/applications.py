"""Asking in the app for an account of level 1: PIN and phone, the texted code, the face; and what became of the request."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request
from flask_babel import gettext as _

from eid.accounts import applications
from eid.accounts.applications import APPLICATION_LIFE
from eid.accounts.phones import parse_phone
from eid.accounts.request_answers import appeal_request, list_own_requests, may_appeal_against, withdraw_request
from eid.accounts.request_lifecycle import OPEN_STATES
from eid.callers import Caller, callable_by
from eid.web.forms import given, given_digits, refused_on
from eid.web.virtual_camera import given_picture, list_demo_faces

COOKIE = "eid_application"
START = "/citizen/apply"

blueprint = Blueprint("applications", __name__, url_prefix=START)


@blueprint.get("")
@callable_by(Caller.ANYBODY)
def show_start() -> str:
    return render_template("apply/start.html")


@blueprint.post("")
@callable_by(Caller.ANYBODY)
@refused_on("applications.show_start")
def act_on_start() -> Any:
    token = applications.begin_application(given_digits("pin"), parse_phone(given_digits("phone")))
    return _keep_token(redirect(f"{START}/code", 303), token)  # type: ignore[arg-type]


@blueprint.get("/code")
@callable_by(Caller.ANYBODY)
def show_code() -> Any:
    progress = applications.find_application(_token())
    if progress is None:
        return redirect(START, 303)
    return (
        redirect(f"{START}/face", 303) if progress.applicant else render_template("apply/code.html", progress=progress)
    )


@blueprint.post("/code")
@callable_by(Caller.ANYBODY)
@refused_on("applications.show_code")
def act_on_code() -> Any:
    applications.confirm_application(_token(), given_digits("code"))
    return redirect(f"{START}/face", 303)


@blueprint.get("/face")
@callable_by(Caller.ANYBODY)
def show_face() -> Any:
    progress = applications.find_application(_token())
    if progress is None or progress.applicant is None:
        return redirect(START, 303)
    applicant = progress.applicant
    asked = list_own_requests(applicant.person_id)
    if asked and asked[0].state in OPEN_STATES:
        return redirect(f"{START}/progress", 303)
    return render_template("apply/face.html", applicant=applicant, asked=asked, faces=list_demo_faces(applicant.pin))


@blueprint.post("/face")
@callable_by(Caller.ANYBODY)
@refused_on("applications.show_face")
def act_on_face() -> Any:
    applications.submit_application(_token(), face=given_picture(file="face", choice="camera"), email=given("email"))
    flash(_("Your request is under way."), "success")
    return redirect(f"{START}/progress", 303)


@blueprint.get("/progress")
@callable_by(Caller.ANYBODY)
def show_progress() -> Any:
    progress = applications.find_application(_token())
    if progress is None or progress.applicant is None:
        return redirect(START, 303)
    asked = list_own_requests(progress.applicant.person_id)
    appealable = {one.id for one in asked if may_appeal_against(one)}
    return render_template("apply/progress.html", applicant=progress.applicant, requests=asked, appealable=appealable)


@blueprint.post("/progress/<int:request_id>/withdraw")
@callable_by(Caller.ANYBODY)
@refused_on("applications.show_progress")
def withdraw(request_id: int) -> Any:
    withdraw_request(request_id, person_id=applications.find_applicant(_token()).person_id)
    flash(_("The request is withdrawn."), "success")
    return redirect(f"{START}/progress", 303)


@blueprint.post("/progress/<int:request_id>/appeal")
@callable_by(Caller.ANYBODY)
@refused_on("applications.show_progress")
def appeal(request_id: int) -> Any:
    applicant = applications.find_applicant(_token())
    appeal_request(request_id, person_id=applicant.person_id, why=given("why", 400))
    flash(_("Your appeal is under way: another officer decides on it."), "success")
    return redirect(f"{START}/progress", 303)


def _token() -> str:
    return request.cookies.get(COOKIE, "")[:128]


def _keep_token(response: Response, token: str) -> Response:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(
        COOKIE, token, max_age=APPLICATION_LIFE, path=START, httponly=True, samesite="Lax", secure=secure
    )
    return response
