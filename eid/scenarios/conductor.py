"""Leads a run of several processes, on this machine and on others, over Locust's own master and workers: gives each its share,
lets all begin at once, adds what they see. Plays nobody itself. Loads gevent; runs in the player's process only.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import gevent
from gevent.queue import Empty, Queue
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import MasterRunner

from eid import __version__
from eid.errors import Refused, Unavailable
from eid.randomness import random_token
from eid.scenarios.division import Share, check_divisible, divide_people
from eid.scenarios.errands import FROM_WORKERS, Errand, pack_state, parse_place
from eid.scenarios.newcomers import find_newcomers, note_used, used_file
from eid.scenarios.observations import Moment, Observations
from eid.scenarios.plan import Act
from eid.scenarios.roster import Member, read_cohort
from eid.scenarios.runner import Job
from eid.scenarios.staging import note_run, read_job_plan, rest_since_last_run
from eid.scenarios.workforce import SILENCE, Worker

PATIENCE = 60.0
"""Seconds for workers of this machine to come, and for all to make themselves ready."""
JOINING = 300.0
"""Seconds for workers of other machines to come."""
FAREWELL = 8.0
"""Seconds for workers to tell what they saw once they were asked to stop."""
BEHIND = 0.25
"""Seconds after a whole one at which it is told: by then the workers have told of it."""
LOOK = 0.2
"""Seconds between two looks at whether all workers live."""


class Conductor:
    """One run, from meeting the workers to their last words."""

    def __init__(self, job: Job, say: Callable[[str, Mapping[str, Any]], None]) -> None:
        self.job = job
        self.say = say
        self.plan = read_job_plan(job.plan, people=job.people, duration=job.duration, scale=job.scale)
        self.expected = job.processes + job.joining
        check_divisible(self.plan, self.expected)
        self.state_dir = Path(job.state_dir)
        self.members = read_cohort(self.state_dir / "cohort.json", self.plan.members)
        self.mail: Queue[Any] = Queue()
        self.workers: dict[str, Worker] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        """By the word that each was given."""
        self.sent_away: list[Member] = []
        """Newcomers whom workers elsewhere play, and note down there."""
        self.lost: list[str] = []
        self.began = time.perf_counter()
        self.is_stopping = False
        self.was_interrupted = False
        self.stop_at = float("inf")
        self.master = self._listen()

    def conduct(self) -> Observations:
        """Everything that all saw, after the last of them has told. Raises Refused or Unavailable where the run cannot begin."""
        for _ in range(self.job.processes):
            self._start_process()
        if self.job.joining:
            self.say("listening", {"port": self.master.server.port, "joining": self.job.joining})
        patience = JOINING if self.job.joining else PATIENCE
        self._wait(lambda: len(self.workers) == self.expected, patience, "joined")
        if not self.is_stopping:
            self._give_jobs()
            self._wait(
                lambda: all(worker.is_ready for worker in self.workers.values()), PATIENCE, "made themselves ready"
            )
        if self.is_stopping:
            return Observations(players=self.expected, interrupted=True)
        rest_since_last_run(self.plan, self.state_dir)
        self.say("ready", {"people": self.plan.people})
        self._play()
        note_run(self.state_dir)
        note_used(used_file(self.state_dir), self.sent_away)
        return self._sum_up()

    def stop(self) -> None:
        """Asked from outside: the workers let nobody in any more, and tell what there was."""
        self.was_interrupted = True
        self._stop_workers()

    def dismiss(self) -> None:
        """Afterwards no worker of this machine runs, and those elsewhere know that it is over."""
        self.master.send_message(Errand.DISMISSED)
        gevent.sleep(LOOK)  # let it leave
        deadline = time.perf_counter() + 2
        while time.perf_counter() < deadline and any(p.poll() is None for p in self.processes.values()):
            gevent.sleep(0.05)
        for process in self.processes.values():
            process.kill()
            process.wait()

    def _listen(self) -> MasterRunner:
        host, port = parse_place(self.job.master) if self.job.master else ("127.0.0.1", 0)
        try:
            master = Environment().create_master_runner(host, port)
        except (RPCError, SystemExit) as error:
            raise Unavailable(
                "cannot_listen", f"Workers cannot be met at {self.job.master}.", reason=str(error)
            ) from error
        for errand in FROM_WORKERS:
            master.register_message(errand, partial(_post, self.mail))
        return master

    def _start_process(self) -> None:
        host = parse_place(self.job.master)[0] if self.job.master else "127.0.0.1"
        place = f"{'127.0.0.1' if host in ('*', '0.0.0.0') else host}:{self.master.server.port}"  # noqa: S104 - not bound here
        word = random_token()
        command = [sys.executable, "-m", "eid.scenarios.worker", place, word]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
        self.processes[word] = process

    def _wait(self, is_done: Callable[[], bool], seconds: float, what: str) -> None:
        """Hear the workers until this is so, or until somebody asks for an end."""
        deadline = time.perf_counter() + seconds
        while not is_done() and not self.is_stopping:
            self._hear(LOOK)
            dead = [process for process in self.processes.values() if process.poll() is not None]
            if dead:
                raise Unavailable("player_ended", "A player ended before the run began.")
            if time.perf_counter() > deadline:
                come = len(self.workers)
                raise Unavailable(
                    "players_missing",
                    f"Of {self.expected} players, {come} came; not all {what} in {seconds:.0f} seconds.",
                )

    def _give_jobs(self) -> None:
        facts = {name: getattr(self.job, name) for name in ("plan", "people", "duration", "scale", "url")}
        for worker in self.workers.values():
            state: dict[str, Any] = {"state_dir": str(self.state_dir), "folder": self.job.folder}
            if worker.process is None:
                mine, _ = divide_people(self.members, worker.share, targets=self.plan.targets)
                cards = [member.card for member in mine] if self.plan.share_of(Act.CARD) else []
                self.sent_away += find_newcomers(self.state_dir, self.plan, worker.share)
                state = {"files": pack_state(self.state_dir, cards)}
            self.master.send_message(Errand.JOB, facts | state | asdict(worker.share), worker.client)

    def _play(self) -> None:
        self.began = time.perf_counter()
        for worker in self.workers.values():
            worker.heard = self.began
        self.master.send_message(Errand.GO)
        ticking = gevent.spawn(self._tick)
        ticking.link_exception(lambda _: self.stop())  # nobody hears us any more
        last = self.began + self.plan.duration.total_seconds() + self.plan.drain.total_seconds() + SILENCE
        while any(worker.seen is None for worker in self.workers.values()):
            self._hear(LOOK)
            now = time.perf_counter()
            self._lose([worker for worker in self.workers.values() if worker.is_lost(now)])
            if now > min(last, self.stop_at):
                self._lose([worker for worker in self.workers.values() if worker.seen is None])
        ticking.kill()

    def _lose(self, workers: list[Worker]) -> None:
        """What somebody who died saw is gone, and the rest is no longer the run that was planned: it ends."""
        for worker in workers:
            del self.workers[worker.client]
            self.lost.append(f"{worker.name}, after {time.perf_counter() - self.began:.0f} s")
        if workers:
            self._stop_workers()

    def _stop_workers(self) -> None:
        if not self.is_stopping:
            self.is_stopping = True
            self.stop_at = time.perf_counter() + FAREWELL
            self.master.send_message(Errand.STOP)

    def _hear(self, seconds: float) -> None:
        """What workers say, for so long."""
        try:
            message = self.mail.get(timeout=seconds)
        except Empty:
            return
        if message.type == Errand.HELLO:
            self._meet(message.node_id, message.data)
        elif worker := self.workers.get(message.node_id):
            worker.heard = time.perf_counter()
            self._note(worker, message.type, message.data)

    def _meet(self, client: str, facts: Mapping[str, Any]) -> None:
        if facts["version"] != __version__:
            raise Refused("player_version", f"A player is eid {facts['version']}, this is eid {__version__}.")
        if len(self.workers) < self.expected:
            share = Share(len(self.workers), self.expected)
            self.workers[client] = Worker(client, share, time.perf_counter(), self.processes.get(facts["word"]))
        else:
            self.master.send_message(Errand.DISMISSED, None, client)

    def _note(self, worker: Worker, errand: str, facts: Mapping[str, Any]) -> None:
        if errand == Errand.READY:
            worker.is_ready = True
        elif errand == Errand.REFUSED:
            raise Refused(facts["code"], facts["detail"])
        elif errand == Errand.MOMENT:
            worker.moment = Moment.from_plain(facts)
        elif errand == Errand.END:
            worker.seen = Observations.from_plain(facts)
            if worker.seen.interrupted and not self.is_stopping:
                self.stop()  # somebody asked for an end at another machine

    def _tick(self) -> None:
        number = 0
        while True:
            number += 1
            gevent.sleep(max(0.0, self.began + number + BEHIND - time.perf_counter()))
            together = Moment(time.perf_counter() - self.began)
            for worker in self.workers.values():
                if worker.moment is not None:
                    together.merge(worker.moment)
            self.say("tick", asdict(together.describe()))

    def _sum_up(self) -> Observations:
        together = Observations(players=0)
        for worker in self.workers.values():
            if worker.seen is not None:
                together.merge(worker.seen)
        together.lost = self.lost
        together.interrupted = self.was_interrupted
        return together


def _post(mail: Queue[Any], msg: Any, **_: Any) -> None:
    mail.put(msg)
