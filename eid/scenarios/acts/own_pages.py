"""The citizen's own pages: signed in to without a counter, opened in the session of now or of an earlier visit."""

from __future__ import annotations

from urllib.parse import urlsplit

from eid.scenarios.acts.filling import fill_pages
from eid.scenarios.browsing import Page
from eid.scenarios.pages import find_form
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor

HOME = "/citizen/"
SIGN_IN = "/citizen/sign-in"


def sign_in_here(visitor: Visitor) -> None:
    """A whole sign-in on the service's own page, from a browser that has forgotten its session."""
    visitor.member.forget_session()
    page = visitor.open_page(Step.SIGN_IN_PAGE, SIGN_IN)
    _finish_sign_in(visitor, page)


def open_own(visitor: Visitor, step: Step, path: str) -> Page:
    """One's own page at this path. Whoever has no session, or an ended one, signs in on the way."""
    if not visitor.member.has_session:
        sign_in_here(visitor)
        visitor.think(visitor.scene.plan.think.page)
    page = visitor.open_page(step, path)
    return page if _is_inside(page) else _finish_sign_in(visitor, page)


def open_paper(visitor: Visitor, step: Step, path: str) -> Page:
    """A paper at this path, behind the passcode where that was not given lately."""
    page = open_own(visitor, step, path)
    found = find_form(page.text, url=page.url, acts=("continue",))
    if found and found[0].has_field("passcode"):
        visitor.think(visitor.scene.plan.think.page)
        page = visitor.submit(Step.PAPERS_OPENED, *found, {"passcode": visitor.member.passcode})
    return page


def _finish_sign_in(visitor: Visitor, page: Page) -> Page:
    reached = fill_pages(visitor, page, is_there=_is_inside)
    visitor.member.has_session = True
    return reached


def _is_inside(page: Page) -> bool:
    path = urlsplit(page.url).path
    return path.startswith(HOME) and not path.startswith(SIGN_IN)
