"""make demo, as its user meets it: from nothing to pages that answer, again in seconds, and again after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.live import bound_listener, free_port

START_SECONDS = 120
PEOPLE = 300


def demo_command(state: Path, port: int, clinic_port: int) -> list[str]:
    ports = ["--port", str(port), "--clinic-port", str(clinic_port)]
    return [
        sys.executable,
        "-m",
        "eid",
        "demo",
        *ports,
        "--people",
        str(PEOPLE),
        "--state",
        str(state),
        "--locale",
        "en",
    ]


@contextmanager
def running_demo(state: Path) -> Iterator[tuple[str, str]]:
    """A demo that serves; its address and its clinic's. Ended by SIGTERM, which must end it well."""
    port, clinic_port = free_port(), free_port()
    output = state.parent / "printed.txt"
    with output.open("w") as printed:
        process = subprocess.Popen(demo_command(state, port, clinic_port), stdout=printed, stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: "simulation" in output.read_text(), process, output)
            yield f"http://localhost:{port}", f"http://localhost:{clinic_port}"
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(30)
    assert status == 0, output.read_text()


def wait_for(condition: object, process: subprocess.Popen[bytes], output: Path) -> None:
    assert callable(condition)
    for _ in range(START_SECONDS * 5):
        if condition():
            return
        assert process.poll() is None, output.read_text()
        time.sleep(0.2)
    raise AssertionError(f"not within {START_SECONDS} s: {output.read_text()}")


def key_ids(url: str) -> set[str]:
    return {key["kid"] for key in requests.get(f"{url}/oauth/jwks.json", timeout=10).json()["keys"]}


def test_a_demo_serves_its_doors_and_a_second_run_keeps_everything(tmp_path: Path) -> None:
    state = tmp_path / "var"
    with running_demo(state) as (url, clinic):
        for address in ("/", "/citizen/sign-in", "/services/", "/outbox/", "/api/docs", "/readyz"):
            assert requests.get(url + address, timeout=10).status_code == 200, address
        assert requests.get(clinic, timeout=10).status_code == 200
        kept = key_ids(url)
        guide = (tmp_path / "printed.txt").read_text()
        samples = {name: json.loads((state / f"{name}.json").read_text()) for name in ("bank", "roadside")}
        for name, sample in samples.items():
            address = sample[f"{name.upper()}_URL"]
            assert address in guide and requests.get(address, timeout=10).status_code == 200
        for promised in (url, clinic, "979085000102", "MinhTran@85", "scenarios run morning-at-the-clinic"):
            assert promised in guide
    cohort = (state / "cohort.json").read_text()
    with running_demo(state) as (url, _):
        assert key_ids(url) == kept
        assert (state / "cohort.json").read_text() == cohort
    cards = json.loads(cohort)[0]["card"]
    names = {path.name for path in Path(cards).iterdir()}
    assert names == {
        *(f"EF_{name}.bin" for name in ("CardAccess", "COM", "SOD", "DG1", "DG2", "DG13", "DG14", "DG15")),
        "chip_keys.json",
    }


@pytest.mark.sweep
@pytest.mark.parametrize("seconds", [4.0])
def test_a_demo_killed_while_it_prepares_goes_on_at_the_next_start(tmp_path: Path, seconds: float) -> None:
    state = tmp_path / "var"
    process = subprocess.Popen(demo_command(state, free_port(), free_port()), stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    end_children_of(state)
    with running_demo(state) as (url, _):
        assert requests.get(f"{url}/readyz", timeout=10).status_code == 200
        assert len(json.loads((state / "cohort.json").read_text())) == 40


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    listener, url = bound_listener()
    with listener:
        command = demo_command(tmp_path / "var", int(url.rsplit(":", 1)[1]), free_port())
        ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "in use" in ended.stderr


def end_children_of(state: Path) -> None:
    """A killed parent leaves its children serving; end those that serve this state, and no others."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"EID_STATE_DIR={state}".encode() in environment:
            os.kill(int(entry.name), signal.SIGKILL)
