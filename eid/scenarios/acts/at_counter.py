"""At the clinic's counter: sent away to sign in, back with a code, and the counter's side of it.

The counter is played too: it redeems the code, asks for papers and verifies them offline.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from eid.clock import wall_now
from eid.scenarios.acts.filling import fill_pages, is_callback
from eid.scenarios.browsing import Page, StepFailed
from eid.scenarios.counter import SignInRequest
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor

INSURANCE = "health_insurance"
PAPERS = {INSURANCE: Step.INSURANCE, "driving_licence": Step.LICENCE}
"""What the counter fetches as a signed token where the person has it in their account."""


def sign_in(visitor: Visitor) -> None:
    """Sent away by the counter, a person signs in and consents; the counter fetches what it may see.

    The browser has forgotten its session, and consent is asked for anew, so that every sign-in is a whole one.
    """
    sign_in_for_token(visitor)


def sign_in_for_token(visitor: Visitor) -> str:
    """A whole sign-in, as sign_in; the access token that the counter was given."""
    visitor.member.forget_session()
    request = visitor.scene.counter.begin_sign_in(ask_consent=True)
    callback = _return_to_counter(visitor, open_request(visitor, request, Step.SIGN_IN_PAGE))
    visitor.member.has_session = True
    return _redeem(visitor, request, callback)


def sign_in_again(visitor: Visitor) -> None:
    """The same, with the session and the consent of an earlier visit; where there is none, it is a sign-in."""
    if not visitor.member.has_session:
        return sign_in(visitor)
    request = visitor.scene.counter.begin_sign_in()
    callback = _return_to_counter(visitor, open_request(visitor, request, Step.RECOGNISED))
    _redeem(visitor, request, callback)
    return None


def open_request(visitor: Visitor, request: SignInRequest, step: Step) -> Page:
    """The first page that the counter's request leads to, or the way back to the counter."""
    return visitor.open_page(step, request.url)


def _return_to_counter(visitor: Visitor, page: Page) -> Page:
    return fill_pages(visitor, page, is_there=lambda reached: is_callback(visitor, reached))


def _redeem(visitor: Visitor, request: SignInRequest, callback: Page) -> str:
    """The counter's side: code for tokens, who it is, and the papers, each verified; the access token."""
    counter, api = visitor.scene.counter, visitor.scene.back_channel

    def redeem() -> tuple[str, str]:
        code = counter.read_callback(callback.url, request)
        form = counter.token_form(code, request)
        tokens = api.post_form(counter.endpoints.token, form, Authorization=counter.basic_authorization)
        verified = counter.verify_id_token(tokens["id_token"], request, now=wall_now())
        return tokens["access_token"], verified.claims["sub"]

    access_token, subject = visitor.step(Step.TOKEN, redeem)
    bearer = f"Bearer {access_token}"

    visitor.think(visitor.scene.plan.think.counter)
    told = visitor.step(Step.USERINFO, lambda: _ask_who(visitor, bearer, subject))
    for paper, step in PAPERS.items():
        if paper in told:
            visitor.think(visitor.scene.plan.think.counter)
            visitor.step(step, partial(_fetch_paper, visitor, paper, bearer, subject))
    return access_token


def _ask_who(visitor: Visitor, bearer: str, subject: str) -> Mapping[str, object]:
    """What the service tells of the person; it must be the one who signed in, and their insurance among it, if they added it."""
    counter, api = visitor.scene.counter, visitor.scene.back_channel
    told = api.get_json(counter.endpoints.userinfo, Authorization=bearer)
    if told.get("sub") != subject:
        raise StepFailed("userinfo is somebody else's")
    if INSURANCE in visitor.member.papers and INSURANCE not in told:
        raise StepFailed("userinfo says nothing of the insurance")
    return told


def _fetch_paper(visitor: Visitor, paper: str, bearer: str, subject: str) -> None:
    counter, api = visitor.scene.counter, visitor.scene.back_channel
    answer = api.post_json(f"/api/v1/papers/{paper}/tokens", {}, Authorization=bearer)
    counter.verify_paper(answer["token"], paper=paper, expected_subject=subject, now=wall_now())
