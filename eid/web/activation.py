"""Activating an account: one page a step; each step's form leads on to the step that the attempt has come to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request

from eid.accounts import registration
from eid.accounts.activation_steps import ACTIVATION_LIFE, ActivationProgress, ActivationStep
from eid.accounts.foreigners import PresentedPassport, is_foreigner
from eid.accounts.phones import parse_phone
from eid.callers import Caller, callable_by
from eid.cards.demo_cards import list_demo_cards
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.totp import build_code
from eid.population.service import find_person
from eid.web.card_reader import present_demo_card
from eid.web.forms import given, given_digits, refused_on
from eid.web.question_words import given_answers, list_choices

COOKIE = "eid_activation"
START = "/citizen/activate"
STEPS = tuple(ActivationStep)

blueprint = Blueprint("activation", __name__, url_prefix=START)


@blueprint.get("")
@callable_by(Caller.ANYBODY)
def show_start() -> Any:
    return render_template("activation/start.html", steps=STEPS, progress=registration.find_progress(_token()))


@blueprint.post("")
@callable_by(Caller.ANYBODY)
@refused_on("activation.show_start")
def act_on_start() -> Any:
    token = registration.begin_activation(given_digits("pin"), parse_phone(given_digits("phone")))
    return _keep_token(redirect(_address_of(ActivationStep.CODE), 303), token)  # type: ignore[arg-type]


@blueprint.get("/code")
@callable_by(Caller.ANYBODY)
def show_code() -> Any:
    return _show(ActivationStep.CODE)


@blueprint.post("/code")
@callable_by(Caller.ANYBODY)
@refused_on("activation.show_code")
def act_on_code() -> Any:
    registration.confirm_phone(_token(), given_digits("code"))
    return redirect(_address_of(ActivationStep.PASSWORD), 303)


@blueprint.get("/password")
@callable_by(Caller.ANYBODY)
def show_password() -> Any:
    return _show(ActivationStep.PASSWORD)


@blueprint.post("/password")
@callable_by(Caller.ANYBODY)
@refused_on("activation.show_password")
def act_on_password() -> Any:
    registration.choose_password(_token(), given("password"))
    return redirect(_address_of(ActivationStep.PASSCODE), 303)


@blueprint.get("/passcode")
@callable_by(Caller.ANYBODY)
def show_passcode() -> Any:
    return _show(ActivationStep.PASSCODE)


@blueprint.post("/passcode")
@callable_by(Caller.ANYBODY)
@refused_on("activation.show_passcode")
def act_on_passcode() -> Any:
    registration.choose_passcode(_token(), given("passcode"))
    return redirect(_address_of(ActivationStep.QUESTIONS), 303)


@blueprint.get("/questions")
@callable_by(Caller.ANYBODY)
def show_questions() -> Any:
    return _show(ActivationStep.QUESTIONS)


@blueprint.post("/questions")
@callable_by(Caller.ANYBODY)
@refused_on("activation.show_questions")
def act_on_questions() -> Any:
    registration.choose_questions(_token(), given_answers())
    return redirect(_address_of(ActivationStep.AUTHENTICATOR), 303)


@blueprint.get("/authenticator")
@callable_by(Caller.ANYBODY)
def show_authenticator() -> Any:
    return _show(ActivationStep.AUTHENTICATOR)


@blueprint.post("/authenticator")
@callable_by(Caller.ANYBODY)
@refused_on("activation.show_authenticator")
def act_on_authenticator() -> Any:
    registration.confirm_authenticator(_token(), given_digits("otp"))
    return redirect(_address_of(ActivationStep.CARD), 303)


@blueprint.get("/card")
@callable_by(Caller.ANYBODY)
def show_card() -> Any:
    return _show(ActivationStep.CARD)


@blueprint.post("/card")
@callable_by(Caller.ANYBODY)
@refused_on("activation.show_card")
def act_on_card() -> Any:
    passport = given("passport")
    proof = PresentedPassport(passport) if passport else present_demo_card(given_digits("card"))
    registration.activate_account(_token(), proof)
    return redirect(_address_of(ActivationStep.DONE), 303)


@blueprint.get("/done")
@callable_by(Caller.ANYBODY)
def show_done() -> Any:
    return _show(ActivationStep.DONE)


@blueprint.get("/hotline")
@callable_by(Caller.ANYBODY)
def show_hotline() -> str:
    return render_template("activation/hotline.html")


def _show(step: ActivationStep) -> Any:
    """The page of a step, or the way to the step that the attempt is at."""
    progress = registration.find_progress(_token())
    if progress is None:
        return redirect(START, 303) if step != ActivationStep.CODE else render_template("activation/over.html")
    if progress.step != step:
        return redirect(_address_of(progress.step), 303)
    by_passport = step == ActivationStep.CARD and _shows_passport(progress)
    cards = list_demo_cards(progress.pin) if step == ActivationStep.CARD and not by_passport else []
    return render_template(
        f"activation/{step}.html",
        steps=STEPS,
        progress=progress,
        cards=cards,
        by_passport=by_passport,
        demo_code=_demo_code(progress),
        choices=list_choices(),
    )


def _shows_passport(progress: ActivationProgress) -> bool:
    """Whether a passport takes the card's place: a foreigner has no identity card."""
    return progress.pin is not None and is_foreigner(find_person(progress.pin).id)


def _demo_code(progress: ActivationProgress) -> str:
    """In the demo, what an authenticator would show just now, for whoever has none at hand; empty elsewhere."""
    if not current_settings().is_demo or not progress.totp_secret:
        return ""
    return build_code(progress.totp_secret, now=wall_now())


def _address_of(step: ActivationStep) -> str:
    return f"{START}/{step}"


def _token() -> str:
    return request.cookies.get(COOKIE, "")[:128]


def _keep_token(response: Response, token: str) -> Response:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(
        COOKIE, token, max_age=ACTIVATION_LIFE, path=START, httponly=True, samesite="Lax", secure=secure
    )
    return response
