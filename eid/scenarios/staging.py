"""What one player needs before the first arrival: its people with their cards, the counter's keys, its share of the arrivals.

Loads gevent; runs in a player's process only.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import gevent
from geventhttpclient.client import HTTPClientPool
from locust.env import Environment

from eid.errors import Unavailable
from eid.late_dataclasses import frozen
from eid.scenarios.acts.repertoire import REPERTOIRE
from eid.scenarios.arrivals import Arrival, draw_arrivals
from eid.scenarios.browsing import ANSWER_SECONDS, CONNECT_SECONDS, Caller, StepFailed
from eid.scenarios.counter import Counter, Endpoints
from eid.scenarios.division import Share, divide_arrivals, divide_people
from eid.scenarios.newcomers import Newcomers, find_newcomers, used_file
from eid.scenarios.observations import Moment, Observations
from eid.scenarios.own_visitors import find_own_class
from eid.scenarios.performance import Performance
from eid.scenarios.plan import Act, Plan, parse_plan, scale_plan
from eid.scenarios.plan_values import COMING_BACK, WHOLE_SIGN_INS
from eid.scenarios.readable_cards import read_cards
from eid.scenarios.roster import LoadClient, Roster, code_step, read_cohort, read_load_client
from eid.scenarios.visitors import Scene

CONNECTIONS = 64
"""Of the clinic's counter to the service; with fewer, its requests would wait for each other."""


@frozen
class Stage:
    """Everything is ready for `play`."""

    people: int
    performance: Performance
    scene: Scene
    arrivals: list[Arrival]

    def play(self) -> Observations:
        return self.performance.play(self.scene, self.arrivals)


def read_job_plan(text: str, *, people: int | None, duration: float | None, scale: float | None) -> Plan:
    """The plan of a job; the duration in seconds. Raises Malformed."""
    lasting = None if duration is None else timedelta(seconds=duration)
    return scale_plan(parse_plan(text), people=people, duration=lasting, scale=scale)


def set_stage(
    plan: Plan,
    *,
    url: str,
    state_dir: Path,
    folder: Path,
    environment: Environment,
    say: Callable[[Moment], None],
    share: Share = Share(),  # noqa: B008 - a frozen value
) -> Stage:
    """One player's share of the run against the service at `url`, with the people of the state directory, made ready.

    `folder` is where the plan's file is. Raises NotFound where people or a tester's class are missing, Unavailable where no
    service answers.
    """
    own = find_own_class(plan.visitor, folder) if plan.visitor else None
    rng = random.Random(plan.seed)  # noqa: S311 - the same plan draws the same morning
    arrivals = divide_arrivals(draw_arrivals(plan, rng=rng), share, targets=plan.targets)
    members, targets = divide_people(read_cohort(state_dir / "cohort.json", plan.members), share, targets=plan.targets)
    newcomers = find_newcomers(state_dir, plan, share)
    coming = Newcomers(newcomers, provinces=plan.provinces, rng=rng, used=used_file(state_dir))
    client = read_load_client(state_dir / "load-client.json")
    roster = Roster(members, targets=targets, newcomer=coming.take)
    performance = Performance(plan, roster, environment, say)
    back_channel = Caller(url, client.issuer, pool=_open_pool())
    scene = Scene(
        plan=plan,
        counter=find_counter(back_channel, client),
        back_channel=back_channel,
        cards=read_cards(members) if plan.share_of(Act.CARD) else {},
        rng=rng,
        report_visit=performance.end,
        repertoire=REPERTOIRE,
        own=own,
    )
    return Stage(len(members), performance, scene, arrivals)


def find_counter(back_channel: Caller, client: LoadClient) -> Counter:
    """The counter, with the service's addresses and keys fetched once. Raises Unavailable where nothing, or another, answers."""
    try:
        found = back_channel.get_json(f"{client.issuer}/.well-known/openid-configuration")
        keys = back_channel.get_json(found["jwks_uri"])["keys"]
        paper_keys = back_channel.get_json(f"{client.issuer}/api/v1/keys")["keys"]
        endpoints = Endpoints(
            found["authorization_endpoint"], found["token_endpoint"], found["userinfo_endpoint"], found["jwks_uri"]
        )
    except StepFailed as failed:
        raise Unavailable(
            "target_unreachable", f"No identification service answers at {back_channel.origin}: {failed}."
        ) from failed
    except KeyError as missing:
        raise Unavailable(
            "target_unreachable", f"{back_channel.origin} does not describe itself: no {missing}."
        ) from missing
    return Counter(client, endpoints, keys, paper_keys)


def rest_since_last_run(plan: Plan, state_dir: Path) -> None:
    """The codes of this half minute may be used up by a run just before: wait for the next."""
    played = state_dir / "cohort.played"
    while (
        plan.share_of(*WHOLE_SIGN_INS, *COMING_BACK)
        and played.exists()
        and code_step(played.stat().st_mtime) == code_step(time.time())
    ):
        gevent.sleep(0.2)


def note_run(state_dir: Path) -> None:
    """Afterwards the next run knows when this one ended."""
    (state_dir / "cohort.played").touch()


def _open_pool() -> HTTPClientPool:
    return HTTPClientPool(
        concurrency=CONNECTIONS, network_timeout=ANSWER_SECONDS, connection_timeout=CONNECT_SECONDS, insecure=True
    )
