"""Filling in page after page as a person would, with what the person knows."""

from __future__ import annotations

import time
from collections.abc import Callable

import pyotp

from eid.scenarios.browsing import Page, StepFailed
from eid.scenarios.pages import Form, find_form
from eid.scenarios.plan import Step
from eid.scenarios.roster import Member, code_step
from eid.scenarios.visitors import ACTS, Visitor

MAX_PAGES = 6


def fill_pages(visitor: Visitor, page: Page, *, is_there: Callable[[Page], bool]) -> Page:
    """The page at the end of all that sign in, or ask for consent. Raises StepFailed, reported, where they never end."""
    for _ in range(MAX_PAGES):
        if is_there(page):
            return page
        visitor.think(visitor.scene.plan.think.page)
        form, act = visitor.find_way_on(page)
        page = _submit(visitor, form, act, page)
    raise visitor.lost("pages without end")


def is_callback(visitor: Visitor, page: Page) -> bool:
    """Whether the browser was sent back to the counter."""
    return page.url.startswith(visitor.scene.counter.client.redirect_uri)


def _submit(visitor: Visitor, form: Form, act: str, before: Page) -> Page:
    member = visitor.member
    typed = {"pin": member.pin, "password": member.password, "passcode": member.passcode}
    if form.has_field("otp"):
        typed["otp"] = _next_code(member)
    step = _step_of(form, act)

    def send() -> Page:
        filled = form.fill(act, typed)
        after = visitor.browser.browse(
            form.method, form.action, form=filled, until=visitor.scene.counter.client.redirect_uri
        )
        if after.url == before.url and step is _step_of_page(after):
            raise StepFailed("the same page again")
        return after

    return visitor.step(step, send)


def _step_of(form: Form, act: str) -> Step:
    if act == "approve":
        return Step.APPROVE
    return Step.PASSWORD if form.has_field("password") else Step.CODE


def _step_of_page(page: Page) -> Step | None:
    found = find_form(page.text, url=page.url, acts=ACTS)
    return _step_of(*found) if found else None


def _next_code(member: Member) -> str:
    now = time.time()
    member.last_code_step = code_step(now)
    return pyotp.TOTP(member.totp_secret).at(int(now))
