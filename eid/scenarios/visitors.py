"""The Locust users: somebody arrives, does what they came for over real HTTP, and leaves. What that is, is in eid.scenarios.acts.

Every wait is measured from the moment at which it was meant to begin, so an overloaded generator or a late answer hides nothing.
Loads gevent; runs in the player's process only.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TypeVar

import gevent
from gevent import GreenletExit
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser

from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen
from eid.scenarios.browsing import Caller, KeptCopy, Page, StepFailed
from eid.scenarios.counter import Counter
from eid.scenarios.pages import Form, find_form
from eid.scenarios.plan import Act, Plan, Step
from eid.scenarios.readable_cards import ReadableCard
from eid.scenarios.roster import Member

Answer = TypeVar("Answer")

ACTS = ("approve", "sign-in", "continue", "activate")
"""Buttons that lead on, the most telling first."""


@frozen
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
    repertoire: Mapping[Act, Callable[[Visitor], None]]
    """What each act is."""
    own: type[Visitor] | None = None
    """The tester's class, which plays the act `own`."""
    copies: dict[tuple[int, str], KeptCopy] = field(default_factory=dict)
    """What each verifier has kept of a status list, by its number and the list's address."""

    def admit(self, environment: Environment, member: Member, act: Act, due: float) -> Visitor:
        """Somebody who has come for this, and is not started yet."""
        kind = self.own if act is Act.OWN and self.own else Visitor
        return kind(environment, self, member, act, due)


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
            self.perform()
            failed = False
        except StepFailed:  # `step` has reported it; the visit ends here, and counts as failed
            pass
        finally:
            self.scene.back_channel.sent += self.browser.sent
            self.browser.session.client.close()
            self.scene.report_visit(self, failed)
        raise StopUser

    def perform(self) -> None:
        """Everything that somebody comes for. A tester's own class puts its own here. Raises StepFailed, already reported."""
        self.scene.repertoire[self.act](self)

    def step(self, step: Step | str, do: Callable[[], Answer]) -> Answer:
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

    def open_page(self, step: Step | str, address: str) -> Page:
        """The page at this address of the service, `/…` or whole, after its redirects; a step. Raises StepFailed."""
        url = self.browser.issuer + address if address.startswith("/") else address
        return self.step(step, lambda: self.browser.browse("GET", url, until=self.scene.counter.client.redirect_uri))

    def submit(self, step: Step | str, form: Form, act: str, typed: Mapping[str, str]) -> Page:
        """The page after this button was pressed; a step. Raises StepFailed."""
        filled, until = form.fill(act, typed), self.scene.counter.client.redirect_uri
        return self.step(step, lambda: self.browser.browse(form.method, form.action, form=filled, until=until))

    def think(self, span: tuple[float, float]) -> None:
        """Pause as a person or the counter's software does; the next step is due when the pause should end."""
        self.due = time.perf_counter() + self.scene.rng.uniform(*span)
        gevent.sleep(max(0.0, self.due - time.perf_counter()))

    def find_way_on(self, page: Page, acts: tuple[str, ...] = ACTS) -> tuple[Form, str]:
        """The form of a page that leads on, and which of its buttons. Raises StepFailed where there is none."""
        found = find_form(page.text, url=page.url, acts=acts)
        if found is None:
            raise self.lost("a page without a way on")
        return found

    def lost(self, what: str, step: Step = Step.SIGN_IN_PAGE) -> StepFailed:
        """The failure, already reported, of somebody who does not get any further."""
        failure = StepFailed(what)
        self._report(step, time.perf_counter(), failure)
        return failure

    def _report(self, step: Step | str, sent: float, error: StepFailed | None) -> None:
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
