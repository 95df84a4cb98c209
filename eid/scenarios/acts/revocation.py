"""What was given is worth nothing any more: a consent is withdrawn, or a paper says what is no longer so.

Both are seen through to the end: an ended token must open nothing, and a status list must say that the paper is invalid.
"""

from __future__ import annotations

import html
import re

from eid.clock import wall_now
from eid.crypto.jwt import verify_signature
from eid.crypto.status_list import StatusType, parse_status, verify_status_list
from eid.scenarios.acts.at_counter import sign_in_for_token
from eid.scenarios.acts.own_pages import open_own, open_paper, sign_in_here
from eid.scenarios.acts.social_security import ACCOUNT, is_linked, link_account
from eid.scenarios.browsing import Page, StepFailed
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor

SERVICES = "/citizen/services"
PAPER = "/citizen/papers/wallet"
PAPER_TYPE = "eid-wallet+jwt"
ENDED = "HTTP 401 invalid_token"
_SHOWN = re.compile(r'id="code-text">([^<]+)<')


def withdraw(visitor: Visitor) -> None:
    """A person signs in at the counter, then withdraws what they agreed to: the counter's token must open nothing any more."""
    token = sign_in_for_token(visitor)
    visitor.think(visitor.scene.plan.think.page)
    page = visitor.open_page(Step.SERVICES, SERVICES)
    visitor.think(visitor.scene.plan.think.page)
    visitor.submit(Step.WITHDRAWAL, *visitor.find_way_on(page, ("withdraw",)), {})
    visitor.step(Step.ENDED, lambda: _expect_ended(visitor, token))


def relink(visitor: Visitor) -> None:
    """A person shows the paper of their social-security account, then links another: what was shown must be invalid at once."""
    sign_in_here(visitor)
    visitor.think(visitor.scene.plan.think.page)
    page = open_own(visitor, Step.SOCIAL_SECURITY, ACCOUNT)
    if not is_linked(page):
        link_account(visitor, page)
    visitor.think(visitor.scene.plan.think.page)
    shown = _read_shown(visitor, open_paper(visitor, Step.PAPER, PAPER))
    visitor.think(visitor.scene.plan.think.page)
    link_account(visitor, open_own(visitor, Step.SOCIAL_SECURITY, ACCOUNT))
    visitor.step(Step.STATUS_SEEN, lambda: _expect_invalid(visitor, shown))


def _read_shown(visitor: Visitor, page: Page) -> str:
    found = _SHOWN.search(page.text)
    if found is None:
        raise visitor.lost("no paper on the page", Step.PAPER)
    return html.unescape(found.group(1))


def _expect_ended(visitor: Visitor, token: str) -> None:
    counter, api = visitor.scene.counter, visitor.scene.back_channel
    try:
        api.get_json(counter.endpoints.userinfo, Authorization=f"Bearer {token}")
    except StepFailed as refused:
        if str(refused) != ENDED:
            raise
    else:
        raise StepFailed("an ended token opens something")


def _expect_invalid(visitor: Visitor, shown: str) -> None:
    """As a verifier does it: the paper's signature, then the list where it says that its status stands, fetched afresh."""
    keys, api = visitor.scene.counter.paper_keys, visitor.scene.back_channel
    place = parse_status(verify_signature(shown, keys=keys, expected_typ=PAPER_TYPE).claims.get("status"))
    listed = api.refresh(place.uri, None)
    verified = verify_status_list(listed.text, keys=keys, expected_uri=place.uri, now=wall_now())
    if verified.statuses.find_status(place.index) != StatusType.INVALID:
        raise StepFailed("a revoked paper still says valid")
