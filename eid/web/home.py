"""The doors: one page from which everybody finds their way, and the choice of language."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, current_app, make_response, redirect, render_template, request

from eid.callers import Caller, callable_by
from eid.cast import read_cast
from eid.config import EXTENSION as SETTINGS
from eid.web.first_tries import find_try
from eid.web.i18n import COOKIE, LOCALES
from eid.web.navigation import find_doors, local_address

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@callable_by(Caller.ANYBODY)
def show_doors() -> Response:
    settings = current_app.extensions[SETTINGS]
    cast = read_cast() if settings.is_demo else ()
    page = render_template("home/doors.html", doors=find_doors(settings), tries=[find_try(member) for member in cast])
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/language/<language>")
@callable_by(Caller.ANYBODY)
def choose_language(language: str) -> Response:
    if language not in LOCALES:
        abort(404)
    response = redirect(local_address(request.args.get("next", "/")), 303)
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(COOKIE, language, max_age=timedelta(days=365), secure=secure, httponly=True, samesite="Lax")
    return response  # type: ignore[return-value]


@blueprint.get("/robots.txt")
@callable_by(Caller.ANYBODY)
def show_robots() -> Response:
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@blueprint.get("/favicon.ico")
@callable_by(Caller.ANYBODY)
def show_favicon() -> Response:
    return current_app.send_static_file("favicon.svg")
