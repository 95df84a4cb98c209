"""Somebody else tries passwords: only a refusal is right."""

from __future__ import annotations

from collections.abc import Sequence
from http.cookiejar import CookieJar

from eid.scenarios.acts.at_counter import open_request
from eid.scenarios.browsing import StepFailed
from eid.scenarios.pages import Form
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor

REFUSALS = frozenset({"HTTP 401 sign_in_failed", "HTTP 429 too_many_tries"})
"""What a wrong password is answered with."""


def guess(visitor: Visitor) -> None:
    """Somebody else, with a browser that nobody knows, tries a password at the member's account and must be refused.

    They type it as the page has it, so that the guess costs the service what a real one does.
    """
    visitor.browser.session.client.cookiejar = CookieJar()
    page = open_request(visitor, visitor.scene.counter.begin_sign_in(), Step.SIGN_IN_PAGE)
    visitor.think(visitor.scene.plan.think.page)
    form, act = visitor.find_way_on(page)
    typed = {"pin": visitor.member.pin, "password": f"guess-{visitor.scene.rng.getrandbits(48):x}"}
    visitor.step(Step.GUESS, lambda: _expect_refusal(visitor, form, form.fill(act, typed)))


def _expect_refusal(visitor: Visitor, form: Form, filled: Sequence[tuple[str, str]]) -> None:
    try:
        visitor.browser.browse(form.method, form.action, form=filled, until=visitor.scene.counter.client.redirect_uri)
    except StepFailed as refused:
        if str(refused) not in REFUSALS:
            raise
    else:
        raise StepFailed("a guess was let in")
