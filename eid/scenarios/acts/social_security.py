"""The account to which the state pays: looked at, linked, replaced."""

from __future__ import annotations

from eid.scenarios.acts.own_pages import open_own, sign_in_here
from eid.scenarios.browsing import Page
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor

ACCOUNT = "/citizen/social-security"
UNLINKING = f"{ACCOUNT}/unlink"
INSTITUTION = "bank-01"


def look_after_link(visitor: Visitor) -> None:
    """Signed in, a person looks whether the gift will reach them, and links an account, or another one instead."""
    sign_in_here(visitor)
    visitor.think(visitor.scene.plan.think.page)
    link_account(visitor, open_own(visitor, Step.SOCIAL_SECURITY, ACCOUNT))


def look_after_link_again(visitor: Visitor) -> None:
    """The page once more in the session of an earlier visit, or after a sign-in; whoever has linked nothing links an account."""
    page = open_own(visitor, Step.SOCIAL_SECURITY, ACCOUNT)
    if not is_linked(page):
        link_account(visitor, page)


def is_linked(page: Page) -> bool:
    """Whether the page says that an account is linked."""
    return UNLINKING in page.text


def link_account(visitor: Visitor, page: Page) -> None:
    """Afterwards another account than before is linked, in the holder's own name."""
    visitor.think(visitor.scene.plan.think.page)
    form, act = visitor.find_way_on(page, ("link",))
    number = f"{visitor.scene.rng.randrange(10**11)}1"  # an institution has no account that ends in 0000
    typed = {"institution": INSTITUTION, "account_number": number.zfill(12), "name": visitor.member.name}
    after = visitor.submit(Step.LINK, form, act, typed | {"passcode": visitor.member.passcode})
    if not is_linked(after):
        raise visitor.lost("no account was linked", Step.LINK)
