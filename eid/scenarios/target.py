"""Which service is loaded: the one that was named, this machine's demo, or one of our own for the time of the run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from eid.config import Settings
from eid.errors import Unavailable
from eid.late_dataclasses import frozen

PATIENCE = 30.0
"""Seconds for a server of our own to answer."""


@frozen
class Target:
    url: str
    state_dir: Path
    """Where the cohort, the load client and the cards are."""


def answers(url: str) -> bool:
    """Whether a service is alive at this address."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as response:  # noqa: S310 - the scheme was checked
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def find_running(url: str | None, settings: Settings) -> Target | None:
    """The named service, or this machine's demo; None where nothing was named and nothing runs.

    Raises Unavailable where the named one does not answer.
    """
    if url is None:
        return Target(settings.public_url, settings.state_dir) if answers(settings.public_url) else None
    url = url.rstrip("/")
    if not url.startswith(("http://", "https://")) or not answers(url):
        raise Unavailable(
            "target_unreachable",
            f"Nothing answers at {url}; start the service there (`make demo`) or give another --url.",
        )
    return Target(url, settings.state_dir)


@contextmanager
def serve_own(prepare: Callable[[Settings], None]) -> Iterator[Target]:
    """A service on a free port with a state of its own, filled by `prepare`, that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="eid-scenario-") as folder:
        port = _free_port()
        state_dir = Path(folder)
        settings = Settings(
            public_url=f"http://localhost:{port}",
            database_url=f"sqlite:///{state_dir}/eid.sqlite3",
            state_dir=state_dir,
            log_level="error",
        )
        prepare(settings)
        server = start_server(settings, port=port, output=state_dir / "server.log")
        try:
            yield Target(settings.public_url, state_dir)
        finally:
            stop_server(server)


def start_server(settings: Settings, *, port: int, output: Path) -> subprocess.Popen[bytes]:
    """A server of these settings that answers. Raises Unavailable where it does not come up."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EID_")} | {
        "EID_PUBLIC_URL": settings.public_url,
        "EID_DATABASE_URL": settings.database_url,
        "EID_STATE_DIR": str(settings.state_dir),
        "EID_LOG_LEVEL": settings.log_level,
    }
    with output.open("ab") as log:
        command = [sys.executable, "-m", "eid", "serve", "--port", str(port)]
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environ, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + PATIENCE
    while not answers(f"http://127.0.0.1:{port}"):
        if server.poll() is not None or time.monotonic() > deadline:
            stop_server(server)
            last = output.read_text(errors="replace").strip().splitlines()[-1:]
            raise Unavailable("server_not_up", "The server of this run did not come up.", reason=" ".join(last))
        time.sleep(0.05)
    return server


def stop_server(server: subprocess.Popen[bytes]) -> None:
    """The server and its workers have ended."""
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
