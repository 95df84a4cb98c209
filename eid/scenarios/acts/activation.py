"""A newcomer activates an account that was approved: every page of it, the text message, an authenticator, and the card."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import pyotp

from eid.scenarios.browsing import Page
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor

START = "/citizen/activate"
OUTBOX = "/outbox/"
STEPS: Mapping[str, Step] = {
    "": Step.ACTIVATION_REQUEST,
    "/code": Step.TEXTED_CODE,
    "/password": Step.NEW_PASSWORD,
    "/passcode": Step.NEW_PASSCODE,
    "/questions": Step.QUESTIONS,
    "/authenticator": Step.AUTHENTICATOR,
    "/card": Step.CARD_PRESENTED,
}
"""By the page that is filled in."""
DONE = "/done"
_TEXT = re.compile(r"Ma kich hoat tai khoan cua ban la (\d{6})|tai khoan khong cho kich hoat")
"""The newest comes first: a code, or word that there is nothing to activate."""
_SECRET = re.compile(r"otpauth://totp/[^\"'<> ]*?secret=([A-Z2-7]+)")


def activate(visitor: Visitor) -> None:
    """From the first page to the active account, page after page."""
    page = visitor.open_page(Step.ACTIVATION_PAGE, START)
    for _ in range(len(STEPS)):
        place = _place_of(page)
        if place == DONE:
            break
        if place not in STEPS:
            raise visitor.lost("an activation that leads elsewhere", Step.ACTIVATION_PAGE)
        typed = _know(visitor, place, page)
        visitor.think(visitor.scene.plan.think.page)
        page = visitor.submit(STEPS[place], *visitor.find_way_on(page), typed)
    if _place_of(page) != DONE:
        raise visitor.lost("an activation without end", Step.CARD_PRESENTED)


def _place_of(page: Page) -> str:
    return urlsplit(page.url).path.removeprefix(START)


def _know(visitor: Visitor, place: str, page: Page) -> dict[str, str]:
    """What a newcomer types into this page."""
    member = visitor.member
    if place == "/code":
        return {"code": _read_text(visitor)}
    if place == "/questions":
        answers = {f"answer_{number}": f"kịch bản {visitor.scene.rng.getrandbits(40):x}" for number in (1, 2)}
        return answers | {"question_1": "first_teacher", "question_2": "first_pet"}
    if place == "/authenticator":
        return {"otp": _show_code(visitor, page)}
    known = {"pin": member.pin, "phone": member.phone, "password": member.password, "passcode": member.passcode}
    return known | {"card": member.pin}


def _read_text(visitor: Visitor) -> str:
    """The newest text to the member's phone, which is in the outbox of the demo."""
    page = visitor.open_page(Step.TEXT_MESSAGE, f"{OUTBOX}?recipient={quote(visitor.member.phone)}")
    found = _TEXT.search(page.text)
    if found is None or found.group(1) is None:
        raise visitor.lost("no code but word that nothing waits" if found else "no text message", Step.TEXT_MESSAGE)
    return found.group(1)


def _show_code(visitor: Visitor, page: Page) -> str:
    """What an authenticator shows that has just scanned the page."""
    found = _SECRET.search(page.text)
    if found is None:
        raise visitor.lost("no key for an authenticator", Step.AUTHENTICATOR)
    return pyotp.TOTP(found.group(1)).at(int(time.time()))
