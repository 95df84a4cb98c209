"""A pcscd of a test's own, with vpcd in it: a card reader whose card is a program."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET = Path("/run/pcscd/pcscd.comm")
"""Compiled into pcscd, so there is one at a time on a machine."""
NAME = "eid test"


class Reader(NamedTuple):
    name: str
    port: int
    """Where vpcd waits for a card. It listens on all addresses: that is its only mode that works in Debian's version."""
    process: subprocess.Popen[bytes]


def say_what_is_missing(reason: str) -> NoReturn:
    """A part that is not installed is a failure in CI, a skip elsewhere."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    raise AssertionError


def find_pcscd() -> str:
    """The program, where a test may start it."""
    found = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None or not DRIVER.exists():
        say_what_is_missing("pcscd and vsmartcard-vpcd are not installed")
    if os.geteuid() != 0:
        say_what_is_missing("only root may start pcscd, which keeps its socket in /run/pcscd")
    return found


@contextmanager
def serving_pcscd(folder: Path, *, port: int | None = None) -> Iterator[Reader]:
    """Afterwards it has ended. Tests that run side by side wait for each other."""
    program, port = find_pcscd(), port or _find_ports()
    configuration = folder / "reader.conf.d"
    configuration.mkdir(exist_ok=True)
    (configuration / "vpcd").write_text(
        f'FRIENDLYNAME "{NAME}"\nDEVICENAME /dev/null:{port}\nLIBPATH {DRIVER}\nCHANNELID {port}\n'
    )
    with (
        (Path(tempfile.gettempdir()) / "eid-tests-pcscd.lock").open("w") as lock,
        (folder / "pcscd.log").open("w") as log,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _answers():
            say_what_is_missing("a pcscd runs already on this machine; there can be one only")
        command = [program, "--foreground", "--config", str(configuration)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
            try:
                _wait_until_it_answers(process, port, folder / "pcscd.log")
                yield Reader(f"{NAME} 00 00", port, process)
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def _answers() -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(SOCKET)) == 0


def _find_ports() -> int:
    """A free port whose next one is free too: vpcd has two slots. Below those that the system gives away by itself, so that
    nobody takes one in between."""
    for port in random.Random().sample(range(20_000, 32_000, 2), 100):
        if not (_is_taken(port) or _is_taken(port + 1)):
            return port
    raise AssertionError("no two free ports")


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        if _answers() and _is_taken(port):
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())
