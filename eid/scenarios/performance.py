"""One run as it happens: lets arrivals in when they are due and counts what comes of them.

Loads gevent; runs in the player's process only.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gevent
from gevent.pool import Group
from locust.env import Environment

from eid.scenarios.arrivals import Arrival
from eid.scenarios.browsing import take_spent
from eid.scenarios.observations import Moment, Observations
from eid.scenarios.plan import Plan
from eid.scenarios.roster import Member, Roster
from eid.scenarios.statistics import Second
from eid.scenarios.visitors import Scene, Visitor

HOLD = 0.05
"""Seconds between two looks for somebody rested, or for the end."""
GRACE = 3.0
"""Seconds for visits under way when the run is interrupted."""


class Performance:
    """One run: lets arrivals in when they are due, counts what comes of them."""

    def __init__(self, plan: Plan, roster: Roster, environment: Environment, say: Callable[[Moment], None]) -> None:
        self.plan = plan
        self.roster = roster
        self.environment = environment
        self.say = say
        runner = environment.runner or environment.create_local_runner()
        self.visitors: Group = runner.user_greenlets
        self.seen = Observations()
        self.started = time.perf_counter()
        self.stopping = False
        self.interrupted_at = 0.0
        self.closing = False
        environment.events.request.add_listener(self.count_answer)  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Let nobody in any more; visits under way have a moment to end."""
        if not self.stopping:
            self.stopping, self.interrupted_at = True, self.elapsed

    def play(self, scene: Scene, arrivals: Sequence[Arrival]) -> Observations:
        """Everything that was seen, after the last visit ended or was cut off."""
        self.scene = scene
        self.seen.planned = len(arrivals)
        cpu_before = time.process_time()
        self.started = time.perf_counter()
        ticking = gevent.spawn(self.tick)
        ticking.link_exception(lambda _: self.stop())  # nobody hears us any more
        entering = gevent.spawn(self.let_in, arrivals)
        while not entering.ready():
            gevent.sleep(HOLD)
            if self.stopping:
                entering.kill()
        self._wait_for_the_last()
        ticking.kill()
        self.seen.lasted = self.elapsed
        self.seen.interrupted = self.stopping
        self.seen.http_requests = self.scene.back_channel.sent
        self.seen.generator_cpu = time.process_time() - cpu_before
        self.seen.busiest_share = self.seen.generator_cpu / self.seen.lasted
        return self.seen

    def let_in(self, arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals:
            gevent.sleep(max(0.0, arrival.due - self.elapsed))
            self.seen.lag.add((self.elapsed - arrival.due) * 1000)
            member = self.roster.take(arrival.act, now=time.time())
            if member:
                self.begin(member, arrival, self.started + arrival.due)
            else:
                self.visitors.spawn(self.hold, arrival)

    def hold(self, arrival: Arrival) -> None:
        """Nobody is free and rested: this visit begins, and its waiting counts, once somebody is."""
        asked = time.perf_counter()
        self.seen.held_back += 1
        while True:
            gevent.sleep(HOLD)
            member = self.roster.take(arrival.act, now=time.time())
            now = time.perf_counter()
            self.seen.longest_hold = max(self.seen.longest_hold, now - asked)
            if member:
                return self.begin(member, arrival, now)

    def begin(self, member: Member, arrival: Arrival, due: float) -> None:
        """Each visit draws its pauses from a seed of its own, so that they are the same whoever plays it."""
        self.seen.began += 1
        self.second.arrivals += 1
        scene = replace(self.scene, rng=random.Random(f"{self.plan.seed}/{arrival.number}"))  # noqa: S311 - no secret
        scene.admit(self.environment, member, arrival.act, due).start(self.visitors)

    def end(self, visitor: Visitor, failed: bool) -> None:
        """A visitor has left; whoever is thrown out at the end of the run has neither finished nor failed."""
        self.roster.give_back(visitor.member)
        if self.closing:
            self.seen.cut_off += 1
            return
        self.seen.finished += 1
        self.seen.tally.record_visit(visitor.act, waited_ms=visitor.waited * 1000, failed=failed)

    def count_answer(
        self, name: str, response_time: float, exception: BaseException | None, context: dict[str, float], **_: Any
    ) -> None:
        """Locust's request event. A tester's own users may leave out `due`: then what they waited is what they were served in."""
        done = context.get("done", time.perf_counter())
        spent, service = take_spent()
        self.seen.service |= service
        waited = (done - context["due"]) * 1000 if "due" in context else response_time
        self.seen.tally.record_answer(
            name,
            at=done - self.started,
            waited_ms=waited,
            served_ms=response_time,
            error=str(exception) if exception else None,
            spent=spent,
        )

    def tick(self) -> None:
        """Once a second: keep how many are inside, and say how it goes."""
        number = 0
        while True:
            number += 1
            gevent.sleep(max(0.0, number - self.elapsed))
            second = self.seen.tally.seconds[number - 1]
            second.inside = self.inside
            self.say(self._describe(second))

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self.started

    @property
    def inside(self) -> int:
        return self.seen.began - self.seen.finished

    @property
    def second(self) -> Second:
        return self.seen.tally.seconds[int(self.elapsed)]

    def _describe(self, second: Second) -> Moment:
        counts = (self.seen.planned, self.seen.began, self.seen.finished)
        return Moment(self.elapsed, *counts, second, self.seen.tally.steps)

    def _wait_for_the_last(self) -> None:
        deadline = self.elapsed + self.plan.drain.total_seconds()
        while len(self.visitors) and self.elapsed < deadline:
            gevent.sleep(HOLD)
            if self.stopping:
                deadline = min(deadline, self.interrupted_at + GRACE)
        self.closing = True
        self.visitors.kill()
