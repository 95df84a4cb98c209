"""python -m eid.scenarios.play: the player, a process of its own, because Locust patches the process that imports it.

Reads one job as a line of JSON from standard input and prints one JSON object a line: `ready`, a `tick` a second, and at the
end `end` with all observations; or `refused`. An interrupt or a termination ends the arrivals and still prints `end`.
"""

from locust.env import Environment  # isort: skip  # first: Locust patches the standard library before anything else holds parts of it

import json
import random
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import gevent
from geventhttpclient.client import HTTPClientPool

from eid.errors import Refusal, Unavailable
from eid.scenarios.acts.repertoire import REPERTOIRE
from eid.scenarios.arrivals import count_newcomers, draw_arrivals
from eid.scenarios.browsing import ANSWER_SECONDS, CONNECT_SECONDS, Caller, StepFailed
from eid.scenarios.counter import Counter, Endpoints
from eid.scenarios.newcomers import Newcomers, read_newcomers, used_file
from eid.scenarios.own_visitors import find_own_class
from eid.scenarios.performance import Performance
from eid.scenarios.plan import Act, read_plan, scale_plan
from eid.scenarios.plan_values import COMING_BACK, WHOLE_SIGN_INS
from eid.scenarios.readable_cards import read_cards
from eid.scenarios.roster import LoadClient, Roster, code_step, read_cohort, read_load_client
from eid.scenarios.runner import Job
from eid.scenarios.visitors import Scene, Visitor

CONNECTIONS = 64
"""Of the clinic's counter to the service; with fewer, its requests would wait for each other."""


def main() -> None:
    """Play the job on standard input."""
    job = Job(**json.loads(sys.stdin.readline()))
    try:
        play(job)
    except Refusal as refusal:
        say("refused", {"code": refusal.code, "detail": refusal.detail})


def play(job: Job) -> None:
    """One run, reported line by line. Raises Refusal where it cannot begin."""
    duration = None if job.duration is None else timedelta(seconds=job.duration)
    plan = scale_plan(read_plan(Path(job.plan)), people=job.people, duration=duration, scale=job.scale)
    own = find_own_class(plan.visitor, Path(job.plan)) if plan.visitor else None
    rng = random.Random(plan.seed)  # noqa: S311 - the same plan draws the same morning
    arrivals = draw_arrivals(plan, rng=rng)
    state_dir = Path(job.state_dir)
    cohort_file = state_dir / "cohort.json"
    members = read_cohort(cohort_file, plan.members)
    newcomers = read_newcomers(state_dir, count_newcomers(arrivals))
    coming = Newcomers(newcomers, provinces=plan.provinces, rng=rng, used=used_file(state_dir))
    client = read_load_client(state_dir / "load-client.json")
    performance = Performance(
        plan,
        Roster(members, targets=plan.targets, newcomer=coming.take),
        Environment(user_classes=[Visitor]),
        lambda t: say("tick", asdict(t)),
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, performance.stop)
    back_channel = Caller(job.url, client.issuer, pool=_open_pool())
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
    if plan.share_of(*WHOLE_SIGN_INS, *COMING_BACK):
        _rest_since_last_run(cohort_file)
    say("ready", {"people": len(members)})
    seen = performance.play(scene, arrivals)
    (cohort_file.with_suffix(".played")).touch()
    say("end", seen.to_plain())


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


def say(event: str, facts: Mapping[str, Any]) -> None:
    """One line for the runner."""
    print(json.dumps({"event": event, **facts}), flush=True)  # noqa: T201 - this is the protocol with the runner


def _open_pool() -> HTTPClientPool:
    return HTTPClientPool(
        concurrency=CONNECTIONS, network_timeout=ANSWER_SECONDS, connection_timeout=CONNECT_SECONDS, insecure=True
    )


def _rest_since_last_run(cohort_file: Path) -> None:
    """The codes of this half minute may be used up by a run just before: wait for the next."""
    played = cohort_file.with_suffix(".played")
    while played.exists() and code_step(played.stat().st_mtime) == code_step(time.time()):
        gevent.sleep(0.2)


if __name__ == "__main__":
    main()
