"""Signing in and out: PIN and password, or another beginning; then, page by page, whatever is missing for what was asked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from eid.accounts import sign_in
from eid.accounts.devices import find_device_id
from eid.accounts.levels import FactorKind
from eid.accounts.sign_in import begin_sign_in, close_session, complete_sign_in, complete_sign_in_by_recovery
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.oauth.logout import service as logout
from eid.web.forms import given, given_digits, refused_on
from eid.web.logout import lead_out
from eid.web.session import BROWSER_COOKIE, current_session, drop_session, session_token
from eid.web.sign_in_way import (
    away_from,
    hinted_pin,
    lead_on,
    missing,
    next_address,
    this_browser,
    wanted_level,
    way_to,
)

blueprint = Blueprint("sign_in", __name__, url_prefix="/citizen")


@blueprint.get("/sign-in")
@callable_by(Caller.ANYBODY)
def show_sign_in() -> Any:
    session = current_session()
    if session is None or "again" in request.args:
        return render_template("sign_in/sign_in.html", level=wanted_level(), way_to=way_to, hint=hinted_pin())
    return redirect(next_address(session), 303)


@blueprint.post("/sign-in")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in.show_sign_in")
def act_on_sign_in() -> Any:
    known_browser = request.cookies.get(BROWSER_COOKIE, "")
    new = begin_sign_in(given_digits("pin"), given("password"), known_browser=known_browser, browser=this_browser())
    close_session(session_token(), replaced_by=new.session)
    return lead_on(new)


@blueprint.get("/sign-in/password")
@callable_by(Caller.ANYBODY)
def show_password() -> Any:
    return away_from(FactorKind.KNOWS) or render_template("sign_in/password.html", way_to=way_to)


@blueprint.post("/sign-in/password")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in.show_password")
def act_on_password() -> Any:
    return lead_on(sign_in.complete_sign_in_by_password(session_token(), given("password")))


@blueprint.get("/sign-in/passcode")
@callable_by(Caller.ANYBODY)
def show_passcode() -> Any:
    return away_from(FactorKind.KNOWS) or render_template("sign_in/passcode.html", way_to=way_to)


@blueprint.post("/sign-in/passcode")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in.show_passcode")
def act_on_passcode() -> Any:
    return lead_on(sign_in.complete_sign_in_by_passcode(session_token(), given_digits("passcode")))


@blueprint.get("/sign-in/code")
@callable_by(Caller.ANYBODY)
def show_code() -> Any:
    session = current_session()
    if session is None:
        return redirect(way_to(""), 303)
    device = find_device_id(session.account_id)
    return render_template("sign_in/code.html", device=device, way_to=way_to, is_more=len(missing(session)) > 1)


@blueprint.post("/sign-in/code")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in.show_code")
def act_on_code() -> Any:
    known_browser = request.cookies.get(BROWSER_COOKIE, "")
    return lead_on(complete_sign_in(session_token(), given_digits("otp"), known_browser=known_browser))


@blueprint.get("/sign-in/recovery")
@callable_by(Caller.ANYBODY)
def show_recovery() -> Any:
    if current_session() is None:
        return redirect(way_to(""), 303)
    return render_template("sign_in/recovery.html")


@blueprint.post("/sign-in/recovery")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in.show_recovery")
def act_on_recovery() -> Any:
    return lead_on(complete_sign_in_by_recovery(session_token(), given("recovery_code", longest=32)))


@blueprint.post("/sign-out")
@callable_by(Caller.ANYBODY)
def sign_out() -> Any:
    session = current_session()
    if session is None:
        close_session(session_token())
        return drop_session(redirect("/", 303))  # type: ignore[arg-type]
    return lead_out(logout.sign_out(session, issuer=current_settings().public_url), home="/")
