"""Security settings: sessions to end, a new password, passcode or authenticator, recovery codes, questions, a new number."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template
from flask_babel import gettext as _

from eid.accounts import phone_change, questions, replacement, security
from eid.accounts.devices import find_device, find_passkeys
from eid.accounts.phones import parse_phone
from eid.accounts.sessions import close_sessions, find_sessions_of
from eid.web.forms import given, given_digits, refused_on
from eid.web.question_words import given_answers, list_choices
from eid.web.recovery import keep_recovery
from eid.web.session import signed_in, the_session

blueprint = Blueprint("security", __name__, url_prefix="/citizen/security")


@blueprint.get("/")
@signed_in
def show_security() -> str:
    session = the_session()
    sessions = find_sessions_of(session.account_id)
    codes_left = security.count_recovery_codes(session.account_id)
    chosen = questions.find_questions(session.account_id)
    return render_template(
        "security/security.html",
        session=session,
        sessions=sessions,
        codes_left=codes_left,
        questions=chosen,
        choices=list_choices(),
        device=find_device(session.account_id),
        passkeys=find_passkeys(session.account_id),
    )


@blueprint.post("/sessions/<int:session_id>/end")
@signed_in
@refused_on("security.show_security")
def end_session(session_id: int) -> Any:
    security.close_other_session(the_session(), session_id)
    return _back(_("The session has ended."))


@blueprint.post("/sessions/end")
@signed_in
def end_other_sessions() -> Any:
    session = the_session()
    close_sessions(session.account_id, except_id=session.id)
    return _back(_("All other sessions have ended."))


@blueprint.post("/password")
@signed_in
@refused_on("security.show_security")
def change_password() -> Any:
    security.change_password(the_session(), current=given("password"), new=given("new_password"))
    return _back(_("The password is changed, and every other session has ended."))


@blueprint.post("/passcode")
@signed_in
@refused_on("security.show_security")
def change_passcode() -> Any:
    security.change_passcode(the_session(), password=given("password"), new=given_digits("passcode"))
    return _back(_("The passcode is changed."))


@blueprint.post("/recovery-codes")
@signed_in
@refused_on("security.show_security")
def issue_recovery_codes() -> Response:
    codes = security.issue_recovery_codes(the_session(), password=given("password"))
    response = make_response(render_template("security/codes.html", codes=codes))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/questions")
@signed_in
@refused_on("security.show_security")
def change_questions() -> Any:
    questions.change_questions(the_session(), password=given("password"), answers=given_answers())
    return _back(_("The security questions are kept."))


@blueprint.get("/phone")
@signed_in
def show_phone() -> str:
    return render_template("security/phone.html")


@blueprint.post("/phone")
@signed_in
@refused_on("security.show_phone")
def begin_phone_change() -> Any:
    phone = parse_phone(given_digits("phone"))
    token = phone_change.begin_phone_change(the_session(), password=given("password"), phone=phone)
    return keep_recovery(redirect("/citizen/recovery/code", 303), token)  # type: ignore[arg-type]


@blueprint.get("/authenticator")
@signed_in
def show_authenticator() -> Any:
    waiting = replacement.find_new_authenticator(the_session())
    if waiting is None:
        return redirect("/citizen/security/", 303)
    return render_template("security/authenticator.html", waiting=waiting)


@blueprint.post("/authenticator")
@signed_in
@refused_on("security.show_security")
def begin_authenticator_change() -> Any:
    replacement.begin_authenticator_change(the_session(), password=given("password"))
    return redirect("/citizen/security/authenticator", 303)


@blueprint.post("/authenticator/confirm")
@signed_in
@refused_on("security.show_authenticator")
def confirm_authenticator_change() -> Any:
    replacement.confirm_authenticator_change(the_session(), given_digits("otp"))
    return _back(_("The new authenticator is in use, and every other session has ended."))


def _back(done: str) -> Any:
    flash(done, "success")
    return redirect("/citizen/security/", 303)
