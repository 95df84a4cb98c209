"""The demo's card reader for programs: what would be a reader on a counter, with the demo's cards before it.

It plays cards and reader, nothing else: a chip's keys never leave the service, and outside of the demo nothing is here.
"""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from eid.api.cards import Base64
from eid.callers import Caller, callable_by
from eid.cards.demo_cards import check_demo, find_demo_card, list_demo_cards
from eid.crypto.active_auth import CHALLENGE_BYTES

blueprint = Blueprint(
    "virtual_reader", __name__, url_prefix="/api/v1/virtual-reader", description="The demo's cards and their reader"
)


class CardsAtReader(Schema):
    cards = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The PINs of some cards of the demo, the cast's first."},
    )


class Reading(Schema):
    challenge = Base64(
        required=True,
        max_bytes=CHALLENGE_BYTES,
        validate=validate.Length(equal=CHALLENGE_BYTES),
    )


class CardRead(Schema):
    files = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "The chip's public files in base64, by name, as a verification takes them."},
    )
    response = fields.String(
        required=True, metadata={"description": "What the chip answered to the challenge, in base64."}
    )


@blueprint.get("/cards")
@blueprint.response(HTTPStatus.OK, CardsAtReader)
@blueprint.doc(summary="Which cards lie before the reader", description="Demo only.", responses={"403": "FORBIDDEN"})
@callable_by(Caller.ANYBODY)
def list_cards() -> Any:
    check_demo()
    return {"cards": [card.pin for card in list_demo_cards(None)]}, {"Cache-Control": "no-store"}


@blueprint.post("/cards/<card>/readings")
@blueprint.arguments(Reading)
@blueprint.response(HTTPStatus.OK, CardRead)
@blueprint.doc(
    summary="Read a card",
    description="The chip's files, and its answer to a challenge (active authentication). Demo only.",
    responses={"403": "FORBIDDEN", "404": "NOT_FOUND"},
)
@callable_by(Caller.ANYBODY)
def read_card(reading: dict[str, bytes], card: str) -> Any:
    held = find_demo_card(card)
    files = {name: base64.b64encode(content).decode() for name, content in held.files.items()}
    response = base64.b64encode(held.answer_challenge(reading["challenge"])).decode()
    return {"files": files, "response": response}, {"Cache-Control": "no-store"}
