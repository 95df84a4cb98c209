"""What services ask a citizen on the back channel (CIBA): the citizen's page of it, beside their phone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _

from eid.oauth.decoupled.deciding import deny_question
from eid.oauth.decoupled.showing import find_waiting_questions
from eid.web.forms import given, refused_on
from eid.web.question_pages import LEAST, approve_as_ticked, render_question
from eid.web.session import signed_in, the_session

HERE = "/citizen/confirmations"

blueprint = Blueprint("confirmations", __name__)


@blueprint.get(HERE)
@signed_in(level=LEAST)
def show_waiting() -> str:
    waiting = find_waiting_questions(the_session().person_id)
    return render_template("confirmations/waiting.html", waiting=waiting)


@blueprint.get(f"{HERE}/<int:question_id>")
@signed_in(level=LEAST)
def show_question(question_id: int) -> Any:
    return render_question("confirmations/question.html", question_id)


@blueprint.post(f"{HERE}/<int:question_id>")
@signed_in(level=LEAST)
@refused_on("confirmations.show_question")
def answer_question(question_id: int) -> Any:
    act = given("act")
    if act in ("deny", "report"):
        deny_question(question_id, session=the_session(), is_reported=act == "report")
        flash(_("The service was told no. It has learned nothing of yours."), "success")
        return redirect(HERE, 303)
    approve_as_ticked(question_id)
    flash(_("Confirmed. You can go on where you were asked."), "success")
    return redirect(HERE, 303)
