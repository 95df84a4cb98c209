"""Signing in by what is held out to a reader: the chip card, or the holder's own face before a camera."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import Blueprint, render_template

from eid.accounts.card_sign_in import begin_sign_in_by_card, complete_sign_in_by_card
from eid.accounts.face import current_matcher
from eid.accounts.levels import FactorKind
from eid.accounts.registration import PresentedCard
from eid.accounts.sign_in import close_session, complete_sign_in_by_face
from eid.callers import Caller, callable_by
from eid.cards.demo_cards import list_demo_cards
from eid.cards.service import open_challenge
from eid.errors import Malformed
from eid.population.service import find_person_by_id
from eid.web.card_pages import sent_files
from eid.web.card_reader import present_demo_card
from eid.web.forms import current_refusal, given, given_digits, refused_on
from eid.web.session import current_session, session_token
from eid.web.sign_in_way import away_from, lead_on, missing, this_browser, way_to
from eid.web.virtual_camera import given_picture, list_demo_faces

blueprint = Blueprint("sign_in_proofs", __name__, url_prefix="/citizen/sign-in")


@blueprint.get("/card")
@callable_by(Caller.ANYBODY)
def show_card() -> Any:
    session = current_session()
    own_pin = find_person_by_id(session.person_id).pin if session else None
    cards = list_demo_cards(own_pin)
    drawn = open_challenge()
    challenge = base64.b64encode(drawn.challenge).decode()
    return render_template("sign_in/card.html", cards=cards, drawn=drawn, challenge=challenge, way_to=way_to)


@blueprint.post("/card")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in_proofs.show_card")
def act_on_card() -> Any:
    presented = _presented_card()
    session = current_session()
    if session is not None and FactorKind.HAS in missing(session):
        return lead_on(complete_sign_in_by_card(session_token(), presented))
    new = begin_sign_in_by_card(presented, browser=this_browser())
    close_session(session_token(), replaced_by=new.session)
    return lead_on(new)


@blueprint.get("/face")
@callable_by(Caller.ANYBODY)
def show_face() -> Any:
    return away_from(FactorKind.IS) or _render_face()


@blueprint.post("/face")
@callable_by(Caller.ANYBODY)
@refused_on("sign_in_proofs.show_face")
def act_on_face() -> Any:
    return lead_on(complete_sign_in_by_face(session_token(), given_picture(file="picture", choice="face")))


def _render_face() -> str:
    session = current_session()
    assert session is not None
    if current_refusal() is None:
        current_matcher()  # where there is none, this page says so at once
    faces = list_demo_faces(find_person_by_id(session.person_id).pin)
    return render_template("sign_in/face.html", faces=faces, way_to=way_to)


def _presented_card() -> PresentedCard:
    """A card of the demo, or the files of one with its chip's answer to the challenge of this page."""
    if given_digits("card"):
        return present_demo_card(given_digits("card"))
    try:
        answer = base64.b64decode(given("response", longest=2048), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("response_malformed", "The chip's answer is not in base64.") from error
    return PresentedCard(sent_files(), given("challenge_id"), answer)
