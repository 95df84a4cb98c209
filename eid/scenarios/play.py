"""python -m eid.scenarios.play: the player, a process of its own, because Locust patches the process that imports it.

Reads one job as a line of JSON from standard input and prints one JSON object a line: `listening` where further machines may
join, `ready`, a `tick` a second, and at the end `end` with all observations; or `refused`. An interrupt or a termination ends the
arrivals and still prints `end`. Where several processes play, this one leads them (eid.scenarios.conductor) and plays nobody.
"""

from locust.env import Environment  # isort: skip  # first: Locust patches the standard library before anything else holds parts of it

import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent

from eid.errors import Refusal
from eid.scenarios.conductor import Conductor
from eid.scenarios.runner import Job
from eid.scenarios.staging import note_run, read_job_plan, rest_since_last_run, set_stage
from eid.scenarios.visitors import Visitor


def main() -> None:
    """Play the job on standard input."""
    job = Job(**json.loads(sys.stdin.readline()))
    try:
        if job.processes > 1 or job.master:
            conduct(job)
        else:
            play(job)
    except Refusal as refusal:
        say("refused", {"code": refusal.code, "detail": refusal.detail})


def play(job: Job) -> None:
    """One run in this process alone, reported line by line. Raises Refusal where it cannot begin."""
    plan = read_job_plan(job.plan, people=job.people, duration=job.duration, scale=job.scale)
    state_dir = Path(job.state_dir)
    stage = set_stage(
        plan,
        url=job.url,
        state_dir=state_dir,
        folder=Path(job.folder),
        environment=Environment(user_classes=[Visitor]),
        say=lambda moment: say("tick", asdict(moment.describe())),
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, stage.performance.stop)
    rest_since_last_run(plan, state_dir)
    say("ready", {"people": stage.people})
    seen = stage.play()
    note_run(state_dir)
    say("end", seen.to_plain())


def conduct(job: Job) -> None:
    """One run of several processes, reported as if it were one. Raises Refusal where it cannot begin."""
    conductor = Conductor(job, say)
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, conductor.stop)
    try:
        seen = conductor.conduct()
    finally:
        conductor.dismiss()
    say("end", seen.to_plain())


def say(event: str, facts: Mapping[str, Any]) -> None:
    """One line for the runner."""
    print(json.dumps({"event": event, **facts}), flush=True)  # noqa: T201 - this is the protocol with the runner


if __name__ == "__main__":
    main()
