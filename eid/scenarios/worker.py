"""python -m eid.scenarios.worker HOST:PORT: one of several processes that play a run; the leader says which share of it.

A process of its own, as eid.scenarios.play is. An interrupt or a termination ends the whole run; what this process saw is told.
A second argument is a word by which the leader knows a process that it started itself.
"""

from locust.env import Environment  # isort: skip  # first: Locust patches the standard library before anything else holds parts of it

import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import gevent
from gevent.queue import Empty, Queue
from locust.runners import WorkerRunner

from eid import __version__
from eid.errors import Refusal
from eid.scenarios.division import Share
from eid.scenarios.errands import FROM_LEADER, Errand, parse_place, unpack_state
from eid.scenarios.staging import Stage, read_job_plan, set_stage
from eid.scenarios.visitors import Visitor

ABANDONED = 15.0
"""Seconds without a sign of life of the leader after which nobody waits for us."""


class Abandoned(Exception):
    """The leader of the run says nothing more."""


class Player:
    """This process, from meeting the leader to its dismissal."""

    def __init__(self, place: str, word: str) -> None:
        self.word = word
        self.mail: Queue[Any] = Queue()
        self.stage: Stage | None = None
        self.is_stopped = False
        environment = Environment(user_classes=[Visitor])
        self.runner: WorkerRunner = environment.create_worker_runner(*parse_place(place))
        for errand in FROM_LEADER:
            self.runner.register_message(errand, partial(_post, self.mail))

    def play(self) -> None:
        """Afterwards the leader knows what there was, or why there was nothing. Raises Abandoned where it does not answer."""
        self.runner.send_message(Errand.HELLO, {"version": __version__, "word": self.word})
        job = self._wait_for(Errand.JOB)
        if job is None:
            return
        with tempfile.TemporaryDirectory(prefix="eid-player-") as folder:
            try:
                self.stage = self._set_stage(job, Path(folder))
            except Refusal as refusal:
                self.runner.send_message(Errand.REFUSED, {"code": refusal.code, "detail": refusal.detail})
            else:
                self._play(self.stage)
            self._wait_for(Errand.DISMISSED)

    def _play(self, stage: Stage) -> None:
        self.runner.send_message(Errand.READY, {})
        if self._wait_for(Errand.GO) is None:
            return
        watching = gevent.spawn(self._watch)
        seen = stage.play()
        watching.kill()
        self.runner.send_message(Errand.END, seen.to_plain())

    def stop(self) -> None:
        """Nobody is let in any more; before the first arrival there is nothing to tell."""
        self.is_stopped = True
        if self.stage:
            self.stage.performance.stop()

    def _set_stage(self, job: dict[str, Any], folder: Path) -> Stage:
        plan = read_job_plan(job["plan"], people=job["people"], duration=job["duration"], scale=job["scale"])
        if "files" in job:
            unpack_state(job["files"], folder)
        return set_stage(
            plan,
            url=job["url"],
            state_dir=Path(job.get("state_dir", folder)),
            folder=Path(job.get("folder", ".")),
            environment=self.runner.environment,
            say=lambda moment: self.runner.send_message(Errand.MOMENT, moment.to_plain()),
            share=Share(job["number"], job["of"]),
        )

    def _watch(self) -> None:
        """While visitors play: stop when the leader says so, or says nothing any more."""
        while True:
            try:
                self._hear(1.0)
            except Abandoned:
                return self.stop()

    def _wait_for(self, errand: Errand) -> Any:
        """What comes with this errand; None where we are dismissed or asked to stop instead."""
        while not self.is_stopped or errand is Errand.DISMISSED:
            message = self._hear(0.2)
            if message is not None and message.type == errand:
                return message.data or {}
            if message is not None and message.type == Errand.DISMISSED:
                return None
        return None

    def _hear(self, seconds: float) -> Any:
        """The next message; None where none came in time."""
        heartbeat = self.runner.last_heartbeat_timestamp
        if heartbeat is not None and time.time() - heartbeat > ABANDONED:
            raise Abandoned
        try:
            message = self.mail.get(timeout=seconds)
        except Empty:
            return None
        if message.type == Errand.STOP:
            self.stop()
        return message


def main() -> None:
    """Play the share that the leader at HOST:PORT gives; status 0 where it was told that the run is over."""
    try:
        player = Player(sys.argv[1], "".join(sys.argv[2:3]))
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, player.stop)
        player.play()
    except ConnectionError:
        sys.exit(f"Nobody leads a run at {sys.argv[1]}.")
    except Abandoned:
        sys.exit("The leader of the run does not answer any more.")


def _post(mail: Queue[Any], msg: Any, **_: Any) -> None:
    mail.put(msg)


if __name__ == "__main__":
    main()
