"""The citizen's home: the card, the account, the papers, what was done with one's record, and the emergency brake."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template
from flask_babel import gettext as _

from eid.accounts.lifecycle import LockReason
from eid.accounts.locking import lock_account
from eid.accounts.own_card import report_own_card_lost
from eid.accounts.records import find_record
from eid.audit import ActorKind, find_acts_about
from eid.cards.lifecycle import CardState
from eid.cards.portrait import draw_portrait
from eid.credentials.card_code import ROTATION
from eid.credentials.own_card import sign_card_code
from eid.credentials.service import find_papers
from eid.oauth.clients import find_client_names
from eid.population.service import find_person_by_id
from eid.web.acts import client_of, describe_acts
from eid.web.forms import given, refused_on
from eid.web.session import drop_session, signed_in, the_session

blueprint = Blueprint("citizen", __name__, url_prefix="/citizen")

RECENT = 12


@blueprint.get("/")
@signed_in
def show_home() -> Response:
    session = the_session()
    entries = find_acts_about(session.person_id, limit=RECENT)
    acts = describe_acts(entries, find_client_names({client_of(entry) for entry in entries}))
    papers = find_papers(session.person_id)
    record = find_record(session.person_id)
    has_code = record.card_state == CardState.ACTIVE
    page = render_template(
        "citizen/home.html",
        record=record,
        session=session,
        papers=papers,
        acts=acts,
        has_code=has_code,
        rotation=ROTATION.seconds,
    )
    return _private(page)


@blueprint.get("/card/code")
@signed_in
def show_card_code() -> Response:
    """The next code of the card: as a page of its own, and for the script that puts it in the last one's place."""
    code = sign_card_code(the_session().person_id)
    return _private(render_template("citizen/card_code.html", code=code, rotation=ROTATION.seconds))


@blueprint.get("/portrait")
@signed_in
def show_portrait() -> Response:
    """The drawing that is on the chip of the person's card, too."""
    person = find_person_by_id(the_session().person_id)
    photo = draw_portrait(person.pin, sex=person.sex)
    return Response(photo.jpeg, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@blueprint.get("/lock")
@signed_in
def show_lock() -> str:
    return render_template("citizen/lock.html")


@blueprint.post("/lock")
@signed_in
def lock_own_account() -> Any:
    session = the_session()
    lock_account(session.account_id, LockReason.HOLDER, actor_kind=ActorKind.PERSON, actor=session.person_id)
    flash(_("Your account is locked. You can unlock it here, or at any desk."), "success")
    return drop_session(redirect("/citizen/unlock", 303))  # type: ignore[arg-type]


@blueprint.get("/card/lost")
@signed_in
def show_loss() -> str:
    return render_template("citizen/card_lost.html", record=find_record(the_session().person_id))


@blueprint.post("/card/lost")
@signed_in
@refused_on("citizen.show_loss")
def report_loss() -> Any:
    report_own_card_lost(the_session(), password=given("password"))
    flash(_("Your card is reported lost, and your account is locked. Any desk can issue you a new card."), "success")
    return drop_session(redirect("/citizen/sign-in", 303))  # type: ignore[arg-type]


def _private(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
