"""A load scenario from the command line against the real service on its real server: played, judged, reported."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eid import __version__
from eid.agencies.insurance import HEALTH_INSURANCE
from eid.app import create_app
from eid.cli import main
from eid.clock import wall_now
from eid.config import Settings
from eid.credentials.additions import record_prepared_additions
from eid.db import db
from eid.demo.prepare import Plan, prepare_demo
from eid.load_runs import RunState, find_load_run
from eid.population.service import find_person
from eid.scenarios.cohort_archive import export_cohort
from eid.scenarios.plan import Act, Step
from eid.scenarios.roster import read_members
from eid.scenarios.spending import LAYERS
from eid.scenarios.target import start_server, stop_server
from tests.conftest import make_settings
from tests.live import free_port

pytestmark = pytest.mark.load

ROOT = Path(__file__).parent.parent.parent
PEOPLE = 20
NEWCOMERS = 8
PLAN = """
name = "test"
title = "A test"
story = "People come for a few seconds."
people = 20
duration = "10s"
drain = "20s"
seed = 37
arrivals = [{ at = 0.0, rate = 2 }, { at = 1.0, rate = 3 }]
visits = [{ act = "sign-in", weight = 1 }, { act = "sign-in-again", weight = 1 },
  { act = "card", weight = 1 }, { act = "guess", weight = 1 }]
think = { page = [0.01, 0.05], counter = [0.0, 0.02] }
expect = { error_rate = 0.0, steps = [{ step = "token", p99_ms = 30000 }] }
sources = [{ figure = "none", where = "made up" }]
"""
EVERY_ACT = ", ".join(f'{{ act = "{act}", weight = 1 }}' for act in Act)
EVERYTHING = 'visitor = "readers.py:Reader"' + re.sub(r"visits = [^]]*]", f"visits = [{EVERY_ACT}]", PLAN)
"""The tester's own class among them is the one that docs/scenarios.md shows."""
CARDS = re.sub(r"visits = [^]]*]", 'visits = [{ act = "card", weight = 1 }]', PLAN).replace(
    '"token"', '"card verification"'
)


@dataclass(frozen=True)
class Demo:
    """A prepared country, served."""

    settings: Settings
    folder: Path

    def run(self, *arguments: str, plan: str = PLAN, state_dir: Path | None = None) -> subprocess.CompletedProcess[str]:
        """`eid scenarios run` with these arguments, its output captured; elsewhere than beside the service, if wanted."""
        surroundings = self.surroundings()
        if state_dir:
            surroundings["env"]["EID_STATE_DIR"] = str(state_dir)
        return subprocess.run(self.command(*arguments, plan=plan), **surroundings, capture_output=True, timeout=120)

    def command(self, *arguments: str, plan: str = PLAN) -> list[str]:
        (self.folder / "plan.toml").write_text(plan)
        return [sys.executable, "-m", "eid", "scenarios", "run", str(self.folder / "plan.toml"), *arguments]

    def count_challenges(self) -> int:
        """How many people laid a card on the counter until now."""
        with closing(sqlite3.connect(self.folder / "eid.sqlite3")) as database:
            return int(database.execute("SELECT count(*) FROM card_challenges").fetchone()[0])

    def surroundings(self) -> dict[str, Any]:
        return {"cwd": ROOT, "text": True, "env": os.environ | {"EID_STATE_DIR": str(self.settings.state_dir)}}


@contextmanager
def serve_demo(settings: Settings, folder: Path) -> Iterator[Demo]:
    """A country with a cohort, prepared and served on a free port by the real server."""
    port = free_port()
    served = replace(settings, public_url=f"http://localhost:{port}")
    served.state_dir.mkdir()
    app = create_app(served)
    with app.app_context():
        prepare_demo(served, Plan(people=300, cohort=PEOPLE, newcomers=NEWCOMERS), Console(stderr=True))
        _let_everybody_add_insurance(served.state_dir)
        db.session.remove()
        db.engine.dispose()
    server = start_server(served, port=port, output=folder / "server.log")
    yield Demo(served, folder)
    stop_server(server)


def _let_everybody_add_insurance(state_dir: Path) -> None:
    """So that whoever comes to the counter is one of those who are told to be insured; in a whole cohort four in ten are."""
    for member in read_members(state_dir / "cohort.json"):
        record_prepared_additions(find_person(member.pin).id, [HEALTH_INSURANCE])
    db.session.commit()


@pytest.fixture
def demo(settings: Settings, tmp_path: Path) -> Iterator[Demo]:
    with serve_demo(settings, tmp_path) as demo:
        yield demo


@pytest.fixture(scope="module")
def kept_demo(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Demo]:
    """One demo for tests in which only cards are presented, so that nobody's code is used up."""
    folder = tmp_path_factory.mktemp("kept-demo")
    shutil.copy(sqlite_template, folder / "eid.sqlite3")
    with serve_demo(make_settings(folder / "state", f"sqlite:///{folder}/eid.sqlite3"), folder) as demo:
        yield demo


def test_everything_that_people_come_for_is_done_without_one_error(demo: Demo) -> None:
    report, figures = demo.folder / "report.html", demo.folder / "result.json"
    page = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8")
    [reader] = [text for text in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S) if "class Reader" in text]
    (demo.folder / "readers.py").write_text(reader)
    options = ["--url", demo.settings.public_url, "--report", str(report), "--json", str(figures)]
    done = demo.run(*options, plan=EVERYTHING)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(figures.read_text())
    assert result["errors"] == []
    assert result["verdict"] == "passed"
    assert {visit["act"] for visit in result["visits"]["by_act"]} == {str(act) for act in Act}
    seen = {step["step"] for step in result["steps"]}
    # where the machine is slow, nobody is back in time to be recognised: tests/scenarios/test_play.py counts those
    assert seen >= {str(step) for step in Step} - {Step.LICENCE, Step.RECOGNISED}
    assert result["visits"]["finished"] == result["visits"]["planned"] > 8
    assert "passed" in done.stdout
    assert done.stderr == ""  # a pipe: no progress
    server = result["server"]
    database = demo.settings.database_url.split(":")[0]
    assert (server["version"], server["database"], server["unknown"]) == (__version__, database, [])
    assert min(server[name] for name in ("cpu_share", "statements_per_second", "statements_per_request")) > 0
    assert server["lock_waiters"] is not None
    spent = {layer["layer"] for layer in server["layers"] if layer["ms"] > 0}
    assert spent == set(LAYERS) - ({"lock"} if database == "postgresql" else set())
    last = find_load_run(demo.settings.state_dir, now=wall_now())
    assert last is not None
    assert (last.state, last.finished <= result["visits"]["finished"]) == (RunState.PASSED, True)
    page = report.read_text()
    assert not re.findall(r"https?://(?!localhost[:/])", page)
    assert not re.search(r"<(script|link|img|iframe)\b|\bsrc=|@import|url\(", page)


def test_a_limit_that_does_not_hold_fails_the_run_of_another_machine_too(kept_demo: Demo, tmp_path: Path) -> None:
    """The people come out of a file: nothing of the service's state is beside the player."""
    export_cohort(kept_demo.settings.state_dir, tmp_path / "cohort.zip")
    where = ["--url", kept_demo.settings.public_url, "--cohort", str(tmp_path / "cohort.zip")]
    plan = CARDS.replace("30000", "0.01")
    done = kept_demo.run(*where, "--duration", "2s", plan=plan, state_dir=tmp_path / "nothing")
    assert done.returncode == 1
    assert "✗ p99 of card verification" in done.stdout
    assert done.stdout.rstrip().endswith("failed")


def test_an_interrupted_run_reports_what_there_was(kept_demo: Demo) -> None:
    report = kept_demo.folder / "report.html"
    came_before = kept_demo.count_challenges()
    playing = subprocess.Popen(
        kept_demo.command(
            "--url", kept_demo.settings.public_url, "--duration", "60s", "--report", str(report), plan=CARDS
        ),
        **kept_demo.surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _wait_until(lambda: kept_demo.count_challenges() > came_before + 2)
    playing.send_signal(signal.SIGINT)
    told, complained = playing.communicate(timeout=60)
    assert playing.returncode == 1
    assert "interrupted" in told
    assert "Traceback" not in complained
    assert "✗ Interrupted" in report.read_text()


def test_without_an_address_the_demo_of_this_machine_is_played(kept_demo: Demo) -> None:
    surroundings = kept_demo.surroundings()
    surroundings["env"] |= {"EID_PUBLIC_URL": kept_demo.settings.public_url}
    done = subprocess.run(
        kept_demo.command("--duration", "2s", plan=CARDS), **surroundings, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept_demo.settings.public_url in done.stdout


@pytest.mark.sweep
def test_where_nothing_runs_a_service_is_started_for_the_run_and_ended_with_it(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(CARDS)
    environ = os.environ | {"EID_PUBLIC_URL": "http://localhost:1", "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "eid", "scenarios", "run", str(tmp_path / "plan.toml"), "--duration", "2s"]
    done = subprocess.run(command, cwd=ROOT, env=environ, text=True, capture_output=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "one is started for this run" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["plan.toml"]


def _wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["morning-at-the-clinic", "--url", "http://localhost:1"], 1, "eid: Nothing answers at http://localhost:1; "),
        (["morning-at-the-clinic", "--url", "ftp://localhost"], 1, "eid: Nothing answers at ftp://localhost; "),
        (["no-such-scenario"], 1, "eid: There is no scenario no-such-scenario; there are: "),
        (["guessing-attack", "--scale", "0.1"], 1, "eid: The plan guessing-attack has no [nation], "),
        (["morning-at-the-clinic", "--scale", "2"], 1, "eid: A share of the nation is "),
        (["morning-at-the-clinic", "--scale", "0.1", "--users", "9"], 2, "Usage: "),
        (
            ["morning-at-the-clinic", "--cohort", "/no/such.zip", "--url", "http://localhost:1"],
            1,
            "eid: Nothing answers",
        ),
        (["morning-at-the-clinic", "--users", "0"], 2, "Usage: "),
        (["morning-at-the-clinic", "--processes", "0"], 2, "Usage: "),
        (["morning-at-the-clinic", "--expect-workers", "2"], 2, "Usage: "),
        (["morning-at-the-clinic", "--master", "nowhere"], 1, "eid: 'nowhere' is no place to meet; "),
        (["morning-at-the-clinic", "--duration", "soon"], 2, "Usage: "),
        (["morning-at-the-clinic", "--report", "/no/such/folder/report.html"], 2, "Usage: "),
        ([], 2, "Usage: "),
    ],
)
def test_what_cannot_be_played_is_said_in_one_line(
    arguments: list[str],
    status: int,
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["eid", "scenarios", "run", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (status, "")
    assert told.err.startswith(complaint)
    assert status == 2 or told.err.count("\n") == 1
