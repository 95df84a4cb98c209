"""Signing in and out: PIN and password, then, where the page or the service asks for level 2, the authenticator's code."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request

from eid.accounts.levels import AuthenticationLevel
from eid.accounts.sign_in import begin_sign_in, close_session, complete_sign_in, complete_sign_in_by_recovery
from eid.callers import Caller, callable_by
from eid.web.forms import given, given_digits, refused_on
from eid.web.navigation import local_address
from eid.web.session import BROWSER_COOKIE, current_session, drop_session, keep_session, session_token

blueprint = Blueprint("sign_in", __name__, url_prefix="/citizen")


@blueprint.get("/sign-in")
@callable_by(Caller.ANYBODY)
def show_sign_in() -> Any:
    session = current_session()
    if session is None or "again" in request.args:
        return render_template("sign_in/sign_in.html", level=_wanted_level())
    if session.level < _wanted_level():
        return redirect(_code_address(), 303)
    return redirect(_wanted_page(), 303)


@blueprint.post("/sign-in")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in.show_sign_in")
def act_on_sign_in() -> Any:
    known_browser = request.cookies.get(BROWSER_COOKIE, "")
    new = begin_sign_in(given_digits("pin"), given("password"), known_browser=known_browser)
    close_session(session_token())
    is_enough = new.session.level >= _wanted_level()
    return keep_session(redirect(_wanted_page() if is_enough else _code_address(), 303), new)  # type: ignore[arg-type]


@blueprint.get("/sign-in/code")
@callable_by(Caller.ANYBODY)
def show_code() -> Any:
    if current_session() is None:
        return redirect(f"/citizen/sign-in?{_wishes()}", 303)
    return render_template("sign_in/code.html")


@blueprint.post("/sign-in/code")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in.show_code")
def act_on_code() -> Any:
    new = complete_sign_in(session_token(), given_digits("otp"))
    return keep_session(redirect(_wanted_page(), 303), new)  # type: ignore[arg-type]


@blueprint.get("/sign-in/recovery")
@callable_by(Caller.ANYBODY)
def show_recovery() -> Any:
    if current_session() is None:
        return redirect(f"/citizen/sign-in?{_wishes()}", 303)
    return render_template("sign_in/recovery.html")


@blueprint.post("/sign-in/recovery")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in.show_recovery")
def act_on_recovery() -> Any:
    new = complete_sign_in_by_recovery(session_token(), given("recovery_code", longest=32))
    return keep_session(redirect(_wanted_page(), 303), new)  # type: ignore[arg-type]


@blueprint.post("/sign-out")
@callable_by(Caller.ANYBODY)
def sign_out() -> Any:
    close_session(session_token())
    return drop_session(redirect("/", 303))  # type: ignore[arg-type]


def _wanted_level() -> AuthenticationLevel:
    """What the link asked for; anything that this page cannot give is answered with level 2."""
    is_one = request.args.get("level") == AuthenticationLevel.LOA1
    return AuthenticationLevel.LOA1 if is_one else AuthenticationLevel.LOA2


def _wanted_page() -> str:
    return local_address(request.args.get("next", "/citizen/"))


def _wishes() -> str:
    return urlencode({"next": _wanted_page(), "level": _wanted_level()})


def _code_address() -> str:
    return f"/citizen/sign-in/code?{_wishes()}"
