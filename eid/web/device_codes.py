"""Entering the code that another device shows (RFC 8628, sections 3.3 and 5.4), and deciding what that device's service gets."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.oauth.decoupled.deciding import deny_question
from eid.oauth.decoupled.showing import take_user_code
from eid.oauth.decoupled.user_codes import parse_user_code, write_user_code
from eid.web.forms import given, refused_on
from eid.web.question_pages import LEAST, approve_as_ticked, render_question
from eid.web.session import signed_in, the_session

HERE = "/device"

blueprint = Blueprint("device_codes", __name__)


@blueprint.get(HERE)
@callable_by(Caller.ANYBODY)
def show_entry() -> str:
    """The code of a link is shown to be compared, and does nothing by itself."""
    code = parse_user_code(request.values.get("user_code", ""))
    shown = write_user_code(code) if code else ""
    scan = f"{current_settings().public_url}{HERE}?user_code={shown}" if shown else ""
    return render_template("device_codes/entry.html", shown=shown, scan=scan)


@blueprint.get(f"{HERE}/code")
@signed_in(level=LEAST)
def show_entry_again() -> str:
    """Where somebody comes back to who had to sign in first."""
    return show_entry()


@blueprint.post(f"{HERE}/code")
@signed_in(level=LEAST)
@refused_on("device_codes.show_entry_again")
def enter_code() -> Any:
    return redirect(f"{HERE}/{take_user_code(given('user_code'), session=the_session())}", 303)


@blueprint.get(f"{HERE}/<int:question_id>")
@signed_in(level=LEAST)
def show_question(question_id: int) -> Any:
    return render_question("device_codes/question.html", question_id)


@blueprint.post(f"{HERE}/<int:question_id>")
@signed_in(level=LEAST)
@refused_on("device_codes.show_question")
def answer_question(question_id: int) -> Any:
    if given("act") == "deny":
        deny_question(question_id, session=the_session())
        return redirect(f"{HERE}/done?said=no", 303)
    approve_as_ticked(question_id)
    return redirect(f"{HERE}/done", 303)


@blueprint.get(f"{HERE}/done")
@callable_by(Caller.ANYBODY)
def show_done() -> str:
    return render_template("device_codes/done.html", is_refused=request.args.get("said") == "no")
