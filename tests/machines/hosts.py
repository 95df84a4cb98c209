"""A second host beside the application of a test: another process, the same keys, the same database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from flask import Flask

from eid.config import EXTENSION, Settings


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class SecondHost:
    url: str

    def call(
        self, method: str, path: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own; redirects are not followed."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        given = dict(headers or {})
        if form is not None:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body=urlencode(form) if form is not None else None, headers=given)
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read().decode())
        finally:
            connection.close()


@contextmanager
def second_host(app: Flask) -> Iterator[SecondHost]:
    """It serves until the block ends."""
    command = [sys.executable, "-m", "tests.machines.second_host"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env={**os.environ, **_environment(app.extensions[EXTENSION])}, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield SecondHost(process.stdout.readline().strip())
        finally:
            process.stdin.close()
            process.wait(timeout=30)


def _environment(settings: Settings) -> dict[str, str]:
    cost = settings.argon2
    return {
        "EID_DATABASE_URL": settings.database_url,
        "EID_STATE_DIR": str(settings.state_dir),
        "EID_ARGON2": f"m={cost.memory_kib},t={cost.time_cost},p={cost.parallelism}",
        "EID_RATE_LIMIT": settings.rate_limit,
        "EID_CLIENT_CERTIFICATE_PROXIES": ",".join(map(str, settings.client_certificate_proxies)),
        "EID_LOG_LEVEL": "error",
    }
