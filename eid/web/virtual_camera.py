"""The virtual camera of the demo: whose face is before it is chosen, and the picture is the one that the country draws."""

from __future__ import annotations

from flask import request

from eid.cards.demo_cards import list_demo_cards
from eid.cards.portrait import draw_portrait
from eid.config import current_settings
from eid.errors import Malformed, NotFound
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.service import find_person
from eid.web.forms import given_digits

MOST_SHOWN = 3
LARGEST_PICTURE = 500_000


@frozen
class DemoFace:
    pin: str
    is_own: bool


def list_demo_faces(own_pin: str) -> list[DemoFace]:
    """Who can step before the camera: oneself first, then others, so that a wrong face can be tried. None outside of the demo."""
    if not current_settings().is_demo:
        return []
    others = [card.pin for card in list_demo_cards(None) if card.pin != own_pin]
    return [DemoFace(own_pin, True), *(DemoFace(pin, False) for pin in others[: MOST_SHOWN - 1])]


def given_picture(*, file: str, choice: str) -> bytes:
    """The picture (JPEG) that the form sent in this file field; in the demo, else, of whom this field chose for the camera.

    Raises Malformed: face_missing, where there is none, or one of more than 500 kB.
    """
    sent = request.files.get(file)
    picture: bytes = sent.read(LARGEST_PICTURE + 1) if sent is not None and sent.filename else b""
    if 0 < len(picture) <= LARGEST_PICTURE:
        return picture
    chosen = _find_known_person(given_digits(choice)) if current_settings().is_demo else None
    if chosen is None:
        detail = "Take a picture of your face, or choose one of at most 500 kB."
        raise Malformed("face_missing", detail, fields={file: ["missing"]})
    return draw_portrait(chosen.pin, sex=chosen.sex).jpeg


def _find_known_person(pin: str) -> Person | None:
    """Whoever has this PIN; None for nobody."""
    try:
        return find_person(pin)
    except NotFound:
        return None
