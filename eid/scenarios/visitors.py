"""The Locust users: somebody arrives, does what they came for over real HTTP, and leaves.

The clinic's counter is played too: it redeems the code, asks for papers and verifies them offline. Every wait is measured from
the moment at which it was meant to begin, so an overloaded generator or a late answer hides nothing. Loads gevent; runs in the
player's process only.
"""

from __future__ import annotations

import random
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http.cookiejar import CookieJar
from typing import TypeVar

import gevent
import pyotp
from gevent import GreenletExit
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser

from eid.cards.reader import DemoCard, read_demo_card
from eid.clock import wall_now
from eid.errors import VerificationFailed
from eid.scenarios.browsing import Caller, Page, StepFailed
from eid.scenarios.counter import Counter, SignInRequest
from eid.scenarios.pages import Form, find_form
from eid.scenarios.plan import Act, Plan, Step
from eid.scenarios.roster import Member, code_step

Answer = TypeVar("Answer")

ACTS = ("approve", "sign-in", "continue")
"""Buttons that lead on, the most telling first."""
MAX_PAGES = 6
REFUSALS = frozenset({"HTTP 401 sign_in_failed", "HTTP 429 too_many_tries"})
"""What a wrong password is answered with."""
PAPERS = {"health_insurance": Step.INSURANCE, "driving_licence": Step.LICENCE}
"""What the counter fetches as a signed token where the person has it."""


@dataclass(frozen=True)
class ReadableCard:
    """A card on the counter's reader: its files as the API takes them, and a chip that answers."""

    files: dict[str, str]
    chip: DemoCard


@dataclass(frozen=True)
class Scene:
    """What all visitors of a run share."""

    plan: Plan
    counter: Counter
    back_channel: Caller
    """The clinic's own connections to the service."""
    cards: Mapping[str, ReadableCard]
    """By PIN."""
    rng: random.Random
    report_visit: Callable[[Visitor, bool], None]


class Visitor(FastHttpUser):
    """One visit of one person. A Locust user that performs one task and stops."""

    host = "http://localhost"  # Locust wants one; the run's is in the scene's callers

    def __init__(self, environment: Environment, scene: Scene, member: Member, act: Act, due: float) -> None:
        super().__init__(environment)
        self.scene = scene
        self.member = member
        self.act = act
        self.due = due
        """When the next step is meant to begin, on time.perf_counter's clock."""
        self.waited = 0.0
        """Seconds of this visit spent waiting for answers."""
        self.browser = Caller(scene.back_channel.origin, scene.back_channel.issuer)
        self.browser.session.client.cookiejar = member.browser

    @task
    def visit(self) -> None:
        failed = True
        try:
            VISITS[self.act](self)
            failed = False
        except StepFailed:  # `step` has reported it; the visit ends here, and counts as failed
            pass
        finally:
            self.scene.back_channel.sent += self.browser.sent
            self.browser.session.client.close()
            self.scene.report_visit(self, failed)
        raise StopUser

    def step(self, step: Step, do: Callable[[], Answer]) -> Answer:
        """What `do` answers; its time is reported to Locust from when it was due, with what went wrong. Raises StepFailed."""
        sent, error = time.perf_counter(), None
        try:
            return do()
        except StepFailed as failed:
            error = failed
            raise
        except VerificationFailed as failed:
            error = StepFailed(f"does not verify: {failed.code}")
            raise error from failed
        except GreenletExit:
            error = StepFailed("no answer before the run ended")
            raise
        finally:
            self._report(step, sent, error)

    def think(self, span: tuple[float, float]) -> None:
        """Pause as a person or the counter's software does; the next step is due when the pause should end."""
        self.due = time.perf_counter() + self.scene.rng.uniform(*span)
        gevent.sleep(max(0.0, self.due - time.perf_counter()))

    def find_way_on(self, page: Page) -> tuple[Form, str]:
        """The form of a page that leads on, and which of its buttons. Raises StepFailed where there is none."""
        found = find_form(page.text, url=page.url, acts=ACTS)
        if found is None:
            raise self.lost("a page without a way on")
        return found

    def lost(self, what: str) -> StepFailed:
        """The failure, already reported, of somebody who does not get any further."""
        failure = StepFailed(what)
        self._report(Step.SIGN_IN_PAGE, time.perf_counter(), failure)
        return failure

    def _report(self, step: Step, sent: float, error: StepFailed | None) -> None:
        done = time.perf_counter()
        self.waited += done - self.due
        self.environment.events.request.fire(
            request_type="STEP",
            name=str(step),
            response_time=(done - sent) * 1000,
            response_length=0,
            exception=error,
            context={"due": self.due, "done": done},
        )
        self.due = done


def sign_in(visitor: Visitor) -> None:
    """Sent away by the counter, a person signs in and consents; the counter fetches what it may see.

    The browser has forgotten its session, and consent is asked for anew, so that every sign-in is a whole one.
    """
    visitor.member.browser.clear()
    request = visitor.scene.counter.begin_sign_in(ask_consent=True)
    page = visitor.step(Step.SIGN_IN_PAGE, lambda: _open(visitor, request))
    callback = _follow_pages(visitor, page)
    visitor.member.has_session = True
    _redeem(visitor, request, callback)


def sign_in_again(visitor: Visitor) -> None:
    """The same, with the session and the consent of an earlier visit; where there is none, it is a sign-in."""
    if not visitor.member.has_session:
        return sign_in(visitor)
    request = visitor.scene.counter.begin_sign_in()
    page = visitor.step(Step.RECOGNISED, lambda: _open(visitor, request))
    callback = page if _is_callback(visitor, page) else _follow_pages(visitor, page)
    return _redeem(visitor, request, callback)


def present_card(visitor: Visitor) -> None:
    """The card lies on the counter's reader: its files, and its answer to a fresh challenge, are verified by the service."""
    card = visitor.scene.cards[visitor.member.pin]
    api = visitor.scene.back_channel
    challenge = visitor.step(Step.CARD_CHALLENGE, lambda: api.post_json("/api/v1/card-challenges", {}))
    visitor.think(visitor.scene.plan.think.counter)
    answer = b64encode(card.chip.answer_challenge(b64decode(challenge["challenge"]))).decode()
    visitor.due = time.perf_counter()  # the chip's own computing is not the service's
    proof = {"challenge_id": challenge["id"], "response": answer}
    body = {"files": card.files, "active_authentication": proof}
    visitor.step(Step.CARD_VERIFICATION, lambda: _verify_card(api, body))


def guess(visitor: Visitor) -> None:
    """Somebody else, with a browser that nobody knows, tries a password at the member's account and must be refused.

    They type it as the page has it, so that the guess costs the service what a real one does.
    """
    visitor.browser.session.client.cookiejar = CookieJar()
    page = visitor.step(Step.SIGN_IN_PAGE, lambda: _open(visitor, visitor.scene.counter.begin_sign_in()))
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


VISITS: dict[Act, Callable[[Visitor], None]] = {
    Act.SIGN_IN: sign_in,
    Act.SIGN_IN_AGAIN: sign_in_again,
    Act.CARD: present_card,
    Act.GUESS: guess,
}
"""What each act of a plan is."""


def read_cards(members: Iterable[Member]) -> dict[str, ReadableCard]:
    """Everybody's card, by PIN."""
    cards = {}
    for member in members:
        chip = read_demo_card(member.card)
        cards[member.pin] = ReadableCard(
            {name: b64encode(content).decode() for name, content in chip.files.items()}, chip
        )
    return cards


def _open(visitor: Visitor, request: SignInRequest) -> Page:
    return visitor.browser.browse("GET", request.url, until=visitor.scene.counter.client.redirect_uri)


def _is_callback(visitor: Visitor, page: Page) -> bool:
    return page.url.startswith(visitor.scene.counter.client.redirect_uri)


def _follow_pages(visitor: Visitor, page: Page) -> Page:
    """Fill in page after page as a person would, until the browser is sent back to the counter."""
    for _ in range(MAX_PAGES):
        if _is_callback(visitor, page):
            return page
        visitor.think(visitor.scene.plan.think.page)
        form, act = visitor.find_way_on(page)
        page = _submit(visitor, form, act, page)
    raise visitor.lost("pages without end")


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


def _redeem(visitor: Visitor, request: SignInRequest, callback: Page) -> None:
    """The counter's side: code for tokens, who it is, and the papers, each verified."""
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


def _ask_who(visitor: Visitor, bearer: str, subject: str) -> Mapping[str, object]:
    """What the service tells of the person; it must be the one who signed in, and the insurance must be among it."""
    counter, api = visitor.scene.counter, visitor.scene.back_channel
    told = api.get_json(counter.endpoints.userinfo, Authorization=bearer)
    if told.get("sub") != subject:
        raise StepFailed("userinfo is somebody else's")
    if "health_insurance" not in told:
        raise StepFailed("userinfo says nothing of the insurance")
    return told


def _fetch_paper(visitor: Visitor, paper: str, bearer: str, subject: str) -> None:
    counter, api = visitor.scene.counter, visitor.scene.back_channel
    answer = api.post_json(f"/api/v1/papers/{paper}/tokens", {}, Authorization=bearer)
    counter.verify_paper(answer["token"], paper=paper, expected_subject=subject, now=wall_now())


def _verify_card(api: Caller, body: Mapping[str, object]) -> None:
    verdict = api.post_json("/api/v1/card-verifications", body)
    if verdict.get("verdict") != "verified":
        raise StepFailed("the card was not verified")
