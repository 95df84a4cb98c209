"""Recovery: what was lost, the phone, proofs, a wait, and what is chosen anew; and the one press that cancels it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request
from flask_babel import gettext as _

from eid.accounts import recovery, recovery_choices
from eid.accounts.phones import parse_phone
from eid.accounts.recovery_attempts import RecoveryProgress, find_recovery, find_waiting
from eid.accounts.recovery_rules import Proof, RecoveryKind, RecoveryStep, first_proof_of
from eid.accounts.telling import acknowledge_notices, find_notices
from eid.callers import Caller, callable_by
from eid.cards.demo_cards import list_demo_cards
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.totp import build_code
from eid.errors import Malformed, NotFound
from eid.web.acts import ACTS
from eid.web.card_reader import present_demo_card
from eid.web.forms import given, given_digits, given_number, refused_on
from eid.web.question_words import WORDS, given_answers
from eid.web.session import BROWSER_COOKIE, drop_session, signed_in, the_session
from eid.web.virtual_camera import given_picture

COOKIE = "eid_recovery"
COOKIE_AGE = 12 * 24 * 3600
"""Longer than any wait and the seven days after it."""
START = "/citizen/recovery"
LOST = (RecoveryKind.PASSWORD, RecoveryKind.AUTHENTICATOR, RecoveryKind.EVERYTHING)

blueprint = Blueprint("recovery", __name__, url_prefix="/citizen")


@blueprint.app_context_processor
def _add_what_waits() -> dict[str, Any]:
    """What pages of the holder may show: recoveries that wait, and what the holder was told. Asked for only where shown."""
    return {"waiting_recoveries": _find_own_waiting, "told_notices": _find_own_notices}


@blueprint.get("/recovery")
@callable_by(Caller.ANYBODY)
def show_start() -> Any:
    return render_template("recovery/start.html", kinds=LOST, progress=find_recovery(_token()))


@blueprint.post("/recovery")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_start")
def act_on_start() -> Any:
    phone, known = parse_phone(given_digits("phone")), request.cookies.get(BROWSER_COOKIE, "")
    token = recovery.begin_recovery(_given_kind(), given_digits("pin"), phone, known_browser=known)
    return keep_recovery(redirect(_address_of(RecoveryStep.CODE), 303), token)  # type: ignore[arg-type]


@blueprint.get("/recovery/code")
@callable_by(Caller.ANYBODY)
def show_code() -> Any:
    return _show(RecoveryStep.CODE)


@blueprint.post("/recovery/code")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_code")
def act_on_code() -> Any:
    progress = find_recovery(_token())
    kind = progress.kind if progress else RecoveryKind.PASSWORD
    recovery.prove_by_text(_token(), first_proof_of(kind), given_digits("code"))
    return redirect(_address_of(RecoveryStep.PROOFS), 303)


@blueprint.get("/recovery/proofs")
@callable_by(Caller.ANYBODY)
def show_proofs() -> Any:
    return _show(RecoveryStep.PROOFS)


@blueprint.post("/recovery/proofs/<proof>")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_proofs")
def act_on_proof(proof: str) -> Any:
    if proof not in PROVERS:
        raise NotFound("proof_unknown", "There is nothing of this kind to prove.")
    PROVERS[Proof(proof)](_token())
    return redirect(_address_of(RecoveryStep.PROOFS), 303)


@blueprint.post("/recovery/proofs/phone/text")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_proofs")
def text_code() -> Any:
    recovery.text_code_again(_token(), Proof.PHONE)
    flash(_("A code is on its way to the number that the account has now."), "success")
    return redirect(_address_of(RecoveryStep.PROOFS), 303)


@blueprint.get("/recovery/wait")
@callable_by(Caller.ANYBODY)
def show_wait() -> Any:
    return _show(RecoveryStep.WAIT)


@blueprint.get("/recovery/password")
@callable_by(Caller.ANYBODY)
def show_password() -> Any:
    return _show(RecoveryStep.PASSWORD)


@blueprint.post("/recovery/password")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_password")
def act_on_password() -> Any:
    recovery_choices.choose_recovered_password(_token(), given("password"))
    return redirect(_address_of(RecoveryStep.DONE), 303)


@blueprint.get("/recovery/passcode")
@callable_by(Caller.ANYBODY)
def show_passcode() -> Any:
    return _show(RecoveryStep.PASSCODE)


@blueprint.post("/recovery/passcode")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_passcode")
def act_on_passcode() -> Any:
    recovery_choices.choose_recovered_passcode(_token(), given("passcode"))
    return redirect(_address_of(RecoveryStep.DONE), 303)


@blueprint.get("/recovery/authenticator")
@callable_by(Caller.ANYBODY)
def show_authenticator() -> Any:
    return _show(RecoveryStep.AUTHENTICATOR)


@blueprint.post("/recovery/authenticator")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_authenticator")
def act_on_authenticator() -> Any:
    recovery_choices.confirm_recovered_authenticator(_token(), given_digits("otp"))
    return redirect(_address_of(RecoveryStep.DONE), 303)


@blueprint.get("/recovery/phone")
@callable_by(Caller.ANYBODY)
def show_phone() -> Any:
    return _show(RecoveryStep.PHONE)


@blueprint.post("/recovery/phone")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_phone")
def act_on_phone() -> Any:
    recovery_choices.confirm_new_phone(_token())
    return redirect(_address_of(RecoveryStep.DONE), 303)


@blueprint.get("/recovery/done")
@callable_by(Caller.ANYBODY)
def show_done() -> Any:
    return _show(RecoveryStep.DONE)


@blueprint.get("/recovery/cancel/<token>")
@callable_by(Caller.ANYBODY)
def show_cancel(token: str) -> str:
    return render_template("recovery/cancel.html")


@blueprint.post("/recovery/cancel/<token>")
@callable_by(Caller.ANYBODY)
@refused_on("recovery.show_cancel")
def cancel_by_link(token: str) -> str:
    recovery.cancel_recovery(token)
    return render_template("recovery/cancelled.html")


@blueprint.post("/recovery/cancel")
@signed_in
@refused_on("security.show_security")
def cancel_own() -> Any:
    recovery.cancel_own_recoveries(the_session())
    flash(_("The recovery is cancelled. Nothing has changed."), "success")
    return redirect("/citizen/security/", 303)


@blueprint.post("/notices/seen")
@signed_in
def mark_notices_seen() -> Any:
    acknowledge_notices(the_session().account_id, up_to=given_number("up_to") or 0)
    return redirect("/citizen/", 303)


def keep_recovery(response: Response, token: str) -> Response:
    """The browser holds the attempt's token from now on."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(COOKIE, token, max_age=COOKIE_AGE, path=START, httponly=True, samesite="Lax", secure=secure)
    return response


def _show(step: RecoveryStep) -> Any:
    """The page of a step, or the way to the step that the attempt is at."""
    progress = find_recovery(_token())
    if progress is None:
        return render_template("recovery/over.html")
    if progress.step != step:
        return redirect(_address_of(progress.step), 303)
    cards = list_demo_cards(progress.pin) if step == RecoveryStep.PROOFS else []
    page = render_template(
        f"recovery/{step}.html", progress=progress, cards=cards, words=WORDS, demo_code=_demo_code(progress)
    )
    is_over = step == RecoveryStep.DONE and progress.kind != RecoveryKind.PHONE
    return drop_session(current_app.make_response(page)) if is_over else page


def _demo_code(progress: RecoveryProgress) -> str:
    if not current_settings().is_demo or not progress.totp_secret:
        return ""
    return build_code(progress.totp_secret, now=wall_now())


def _given_kind() -> RecoveryKind:
    if given("lost") not in LOST:
        raise Malformed("recovery_kind", "Choose what you have lost.")
    return RecoveryKind(given("lost"))


PROVERS: dict[Proof, Callable[[str], None]] = {
    Proof.PHONE: lambda token: recovery.prove_by_text(token, Proof.PHONE, given_digits("code")),
    Proof.PASSWORD: lambda token: recovery.prove_by_password(token, given("password")),
    Proof.TOTP: lambda token: recovery.prove_by_totp(token, given_digits("otp")),
    Proof.RECOVERY_CODE: lambda token: recovery.prove_by_code(token, given("recovery_code", longest=32)),
    Proof.CARD: lambda token: recovery.prove_by_card(token, present_demo_card(given_digits("card"))),
    Proof.FACE: lambda token: recovery.prove_by_face(token, given_picture(file="image", choice="face")),
    Proof.QUESTIONS: lambda token: recovery.prove_by_answers(token, given_answers()),
}


def _find_own_waiting() -> Any:
    return find_waiting(the_session().account_id)


def _find_own_notices() -> list[tuple[int, str, Any]]:
    """Number, words and time of what the holder was told and has not yet seen."""
    found = find_notices(the_session().account_id)
    return [(notice.id, str(ACTS.get(notice.act, notice.act)), notice.told_at) for notice in found]


def _address_of(step: RecoveryStep) -> str:
    return f"{START}/{step}"


def _token() -> str:
    return request.cookies.get(COOKIE, "")[:128]
