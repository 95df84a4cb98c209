"""Reading a card on a page: at the desk, for its holder, and for whoever wants to try. Nothing that is sent is kept.

A card is one of the demo's, held to the virtual reader whose chip then answers; or the public files of one, sent with a form.
"""

from __future__ import annotations

import base64
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug.datastructures import FileStorage

from eid.callers import Caller, callable_by
from eid.cards.demo_cards import find_demo_card, list_demo_cards
from eid.cards.presentation import CardInspection, CardReader, inspect_card_at_reader, inspect_card_files
from eid.cards.verification import name_files
from eid.crypto.dg2 import Portrait
from eid.crypto.policy import POLICIES, STRICT, Policy
from eid.errors import Malformed
from eid.population.service import find_person_by_id
from eid.web.card_words import say_steps
from eid.web.forms import given, given_digits, refused_on
from eid.web.session import officer_only, signed_in, the_officer, the_session

SHOWN_TYPES = {"image/jpeg"}
"""Portraits that every browser can draw; JPEG 2000 is none."""

blueprint = Blueprint("card_pages", __name__)


@blueprint.get("/desk/cards/verify")
@officer_only
def show_desk_reader() -> str:
    return _show_reader("desk", own_pin=None)


@blueprint.post("/desk/cards/verify")
@officer_only
@refused_on("card_pages.show_desk_reader")
def verify_at_desk() -> Any:
    return _verify("desk", CardReader(officer=the_officer().account_id))


@blueprint.get("/citizen/card")
@signed_in
def show_own_reader() -> str:
    return _show_reader("citizen", own_pin=find_person_by_id(the_session().person_id).pin)


@blueprint.post("/citizen/card")
@signed_in
@refused_on("card_pages.show_own_reader")
def verify_own() -> Any:
    return _verify("citizen", CardReader(expected_person_id=the_session().person_id))


@blueprint.get("/services/card")
@callable_by(Caller.ANYBODY)
def show_trial_reader() -> str:
    return _show_reader("services", own_pin=None)


@blueprint.post("/services/card")
@callable_by(Caller.ANYBODY)
@refused_on("card_pages.show_trial_reader")
def verify_on_trial() -> Any:
    return _verify("services", CardReader())


def _show_reader(place: str, *, own_pin: str | None) -> str:
    return render_template(
        "cards/reader.html",
        place=place,
        cards=list_demo_cards(own_pin),
        policies=list(POLICIES),
        policy=_given_policy(),
    )


def _verify(place: str, reader: CardReader) -> Any:
    policy = _find_policy()
    if given_digits("card"):
        card = find_demo_card(given_digits("card"))
        found = inspect_card_at_reader(card, policy=policy, reader=reader)
    else:
        found = inspect_card_files(sent_files(), policy=policy, reader=reader)
    return _show_result(place, found)


def sent_files() -> dict[str, bytes]:
    """The files that came with the form, by the chip's names. Raises Malformed: files_missing, and as name_files."""
    sent = [file for file in request.files.getlist("files") if file.filename]
    if not sent:
        raise Malformed("files_missing", "Choose a card, or the files of one.", fields={"files": ["missing"]})
    names = [_name_of(file) for file in sent]
    if len(set(names)) != len(names):
        raise Malformed("file_twice", "Two of the files are the same file of the chip.")
    return name_files({name: file.read() for name, file in zip(names, sent, strict=True)})


def _name_of(file: FileStorage) -> str:
    """Without the folders that a browser may send before it."""
    return PurePosixPath((file.filename or "").replace("\\", "/")).name


def _given_policy() -> str:
    return given("policy") or STRICT.name


def _find_policy() -> Policy:
    if _given_policy() not in POLICIES:
        raise Malformed("policy_unknown", "There is no such policy.", fields={"policy": ["unknown"]})
    return POLICIES[_given_policy()]


def _show_result(place: str, found: CardInspection) -> Any:
    page = render_template(
        "cards/result.html",
        place=place,
        found=found,
        steps=say_steps(found.steps),
        photo=_draw(found.portrait),
        details=found.document.details if found.document else None,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _draw(portrait: Portrait | None) -> str:
    """A data: URI, so that no address of a portrait is left anywhere; empty where browsers could not draw it."""
    if portrait is None or portrait.media_type not in SHOWN_TYPES:
        return ""
    return f"data:{portrait.media_type};base64,{base64.b64encode(portrait.image).decode()}"
