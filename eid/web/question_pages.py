"""The page on which a citizen decides about a question of another device, whichever way it came to them."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request

from eid.accounts.levels import AuthenticationLevel
from eid.oauth.decoupled.deciding import approve_question
from eid.oauth.decoupled.showing import find_shown_question
from eid.web.forms import given, given_digits
from eid.web.navigation import page_address
from eid.web.session import sign_in_url, the_session
from eid.web.ticks import list_ticks

LEAST = AuthenticationLevel.LOA1
"""To see that somebody asks; whoever approves is first led to the level that the question needs."""


def render_question(template: str, question_id: int) -> Any:
    """The page of the question, or the way to sign in strongly enough for it. Raises NotFound."""
    session = the_session()
    asked = find_shown_question(question_id, session=session)
    if session.level < asked.level and request.method == "GET":
        return redirect(sign_in_url(page_address(), level=asked.level), 303)
    return render_template(template, asked=asked, ticked=list_ticks(asked.groups))


def approve_as_ticked(question_id: int) -> None:
    """The form of that page, sent with approval. Raises as approve_question."""
    approve_question(
        question_id,
        session=the_session(),
        scopes=request.form.getlist("scope"),
        claims=request.form.getlist("claim"),
        passcode=given("passcode"),
        number=given_digits("number"),
        is_own=given("own") == "yes",
    )
