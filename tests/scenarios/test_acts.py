"""Acts that end something, and verifiers, against a service that only pretends: what it does not end must be found out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from eid.scenarios.observations import Observations
from eid.scenarios.plan import Step
from eid.scenarios.runner import play_scenario
from tests.scenarios.fake_service import TAG, FakeService, serve_fake, write_state
from tests.scenarios.test_play import PLAN

pytestmark = pytest.mark.load

ROOT = Path(__file__).parent.parent.parent
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / "docs/scenarios.md").read_text(), re.MULTILINE | re.DOTALL)
ENDING = re.sub(
    r"visits = .*",
    'visits = [{ act = "withdraw", weight = 1 }, { act = "relink", weight = 1 }, { act = "status", weight = 2 }]',
    PLAN,
).replace("rate = 5", "rate = 16")


@pytest.fixture
def service() -> Iterator[FakeService]:
    with serve_fake() as fake:
        yield fake


def play(folder: Path, service: FakeService, plan: str, *, people: int = 40) -> Observations:
    (folder / "test.toml").write_text(plan)
    return play_scenario(
        folder / "test.toml",
        people=people,
        duration=timedelta(seconds=1),
        url=service.url,
        state_dir=write_state(folder, service, people),
        on_tick=lambda _: None,
    )


def test_what_should_have_ended_and_has_not_is_an_error(tmp_path: Path, service: FakeService) -> None:
    seen = play(tmp_path, service, ENDING)
    assert set(seen.tally.errors) == {
        (Step.ENDED, "an ended token opens something"),
        (Step.STATUS_SEEN, "a revoked paper still says valid"),
    }
    steps = seen.tally.steps
    assert steps[Step.ENDED].errors == steps[Step.ENDED].waited.count == steps[Step.WITHDRAWAL].waited.count > 0
    assert steps[Step.STATUS_SEEN].errors == steps[Step.STATUS_SEEN].waited.count > 0


def test_a_verifier_asks_by_the_tag_of_its_copy(tmp_path: Path, service: FakeService) -> None:
    only_verifiers = re.sub(r"visits = .*", 'visits = [{ act = "status", weight = 1 }]', PLAN).replace("= 5", "= 400")
    seen = play(tmp_path, service, only_verifiers, people=3)
    assert seen.tally.errors == {}
    assert service.tags_seen.count("") <= 3  # each of three verifiers fetches the list once
    assert service.tags_seen.count(TAG) == seen.tally.steps[Step.STATUS_LIST].waited.count - service.tags_seen.count("")
    assert service.tags_seen.count(TAG) > 0


def test_the_locust_class_that_is_shown_plays_the_plan_that_is_shown(tmp_path: Path, service: FakeService) -> None:
    [plan] = [text for kind, text in BLOCKS if kind == "toml" and "passers-by" in text]
    [code] = [text for kind, text in BLOCKS if kind == "python" and "PasserBy" in text]
    (tmp_path / "passers_by.py").write_text(code)
    seen = play(tmp_path, service, plan.replace("rate = 2", "rate = 16"), people=10)
    assert seen.tally.errors == {}
    assert set(seen.tally.steps) == {"is it there"}
    assert seen.tally.steps["is it there"].waited.count == seen.finished == seen.planned > 5
    assert seen.tally.visits["own"].waited.count == seen.finished


OWN = re.sub(r"visits = .*", 'visits = [{ act = "own", weight = 1 }]', PLAN).replace("rate = 5", "rate = 16")
FAILING = """
from locust import User, task

class Clumsy(User):
    @task
    def fall(self):
        raise LookupError(self.member.pin)
"""


def test_what_a_testers_class_raises_is_an_error_of_the_visit(tmp_path: Path, service: FakeService) -> None:
    (tmp_path / "clumsy.py").write_text(FAILING)
    seen = play(tmp_path, service, 'visitor = "clumsy.py:Clumsy"\n' + OWN)
    assert set(seen.tally.errors) == {("visit", "LookupError")}
    assert seen.tally.visits["own"].errors == seen.finished == seen.planned > 5


UNHAD = ["nowhere.py:Clumsy", "broken.py:Clumsy", "clumsy.py:Nobody", "clumsy.py:task", "eid.scenarios.plan:Plan"]
ASK = """
import sys
from pathlib import Path
from eid.scenarios.own_visitors import find_own_class
from eid.errors import NotFound
for named in sys.argv[2:]:
    try:
        print(find_own_class(named, Path(sys.argv[1])).__name__)
    except NotFound as refused:
        print(refused.code, named in refused.detail)
"""


def test_a_class_that_cannot_be_had_is_refused(tmp_path: Path) -> None:
    """In a process of its own, because Locust patches the one that loads it."""
    (tmp_path / "broken.py").write_text("def")
    (tmp_path / "clumsy.py").write_text(FAILING)
    command = [sys.executable, "-c", ASK, str(tmp_path), *UNHAD, "clumsy.py:Clumsy"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["visitor_unknown True"] * len(UNHAD) + ["Clumsy"]
