"""How long after an agency's act a verifier refuses what was issued before: a service that serves, an agency that acts beside it,
and a verifier that asks over HTTP, as it must, whether its copy of the status list still holds before it believes anybody.

Each event ends one licence, each time somebody else's. The time runs from before the agency's act, its transaction included, to
the verifier's refusal; the verifier looks every twentieth of a second. The bar is 2 s, for 95 of 100.

Example: python -m benchmarks revocation
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from eid.agencies.service import deduct_licence_points, record_driving_licence
from eid.app import create_app
from eid.clock import wall_now
from eid.config import Settings
from eid.credentials.additions import record_prepared_additions
from eid.credentials.catalogue import DRIVING_LICENCE
from eid.credentials.formats import verify_paper_token
from eid.credentials.service import issue_paper_token
from eid.crypto.status_list import VerifiedStatusList, verify_status_list
from eid.db import close_database, db, upgrade_schema
from eid.errors import VerificationFailed
from eid.keystore import KeyUse, current_keystore
from eid.population.loading import load_population
from eid.population.models import Person

EVENTS = 60
LOOKS_EVERY = 0.05
"""Seconds between two looks of the verifier."""
BAR = 2.0
"""Seconds."""
AUDIENCE = "verifier"


class Verifier:
    """Keeps a copy of the status list, and asks before each use whether it still holds (RFC 9110, 13.1.2)."""

    def __init__(self, port: int, issuer: str, keys: list[dict[str, Any]]) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=10)
        self.issuer, self.keys = issuer, keys
        self.uri = f"{issuer}/api/v1/status-lists/1"
        self.copy: tuple[str, VerifiedStatusList] | None = None
        self.confirmed = self.fetched = 0

    def find_list(self) -> VerifiedStatusList:
        headers = {"Accept-Encoding": "identity", **({"If-None-Match": self.copy[0]} if self.copy else {})}
        self.connection.request("GET", "/api/v1/status-lists/1", headers=headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status == 304 and self.copy is not None:
            self.confirmed += 1
            return self.copy[1]
        assert answer.status == 200, answer.status
        self.fetched += 1
        listed = verify_status_list(body.decode(), keys=self.keys, expected_uri=self.uri, now=wall_now())
        self.copy = answer.headers["ETag"], listed
        return listed

    def is_valid(self, token: str) -> bool:
        try:
            verify_paper_token(
                token,
                paper=DRIVING_LICENCE,
                keys=self.keys,
                expected_issuer=self.issuer,
                expected_audience=AUDIENCE,
                now=wall_now(),
                status_list=self.find_list(),
            )
        except VerificationFailed as failure:
            assert failure.code == "paper_invalid", failure.code
            return False
        return True

    def wait_until_refused(self, token: str) -> float:
        """When this token was refused, in the seconds of time.monotonic."""
        while self.is_valid(token):
            time.sleep(LOOKS_EVERY)
        return time.monotonic()


def run() -> None:
    """Measure and print."""
    lags, verifier = measure_lags(EVENTS)
    cuts = statistics.quantiles(lags, n=20, method="inclusive")
    verdict = "met" if cuts[18] < BAR else "NOT MET"
    print(
        f"from an agency's act to refusal at a verifier that asks each time, {len(lags)} events; the bar is {BAR:.0f} s"
    )
    print(
        f"  p50 {cuts[9] * 1000:5.0f} ms   p95 {cuts[18] * 1000:5.0f} ms   longest {max(lags) * 1000:5.0f} ms: {verdict}"
    )
    print(f"  the list was fetched {verifier.fetched} times, and its copy confirmed {verifier.confirmed} times")


def measure_lags(events: int) -> tuple[list[float], Verifier]:
    """Seconds of each event."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = Settings(
            database_url=f"sqlite:///{folder}/eid.sqlite3",
            state_dir=Path(folder),
            public_url=f"http://127.0.0.1:{port}",
            log_level="error",
        )
        app = create_app(settings)
        with app.app_context():
            upgrade_schema()
            shown = prepare(events)
            keys: Any = current_keystore().find_published_jwks(KeyUse.PAPERS)
            with serving(settings, port):
                verifier = Verifier(port, settings.public_url, keys)
                lags = [measure_event(verifier, pin, token) for pin, token in shown]
            close_database()
        return lags, verifier


def prepare(count: int) -> list[tuple[str, str]]:
    """PIN and token of people with driving licences."""
    load_population(people=max(1000, count * 3), seed=1)
    people = db.session.query(Person).filter(Person.died_on.is_(None)).order_by(Person.birth_date).limit(count * 2)
    found = []
    for person in list(people)[-count:]:
        record_driving_licence(person.id)
        record_prepared_additions(person.id, [DRIVING_LICENCE.name])
        db.session.commit()
        issued = issue_paper_token(
            person_id=person.id, paper=DRIVING_LICENCE.name, audience=AUDIENCE, subject="s", purpose="measure"
        )
        found.append((person.pin, issued.token))
    return found


def measure_event(verifier: Verifier, pin: str, token: str) -> float:
    """The verifier believes the token, looks on, and the agency acts meanwhile."""
    assert verifier.is_valid(token)
    refused_at: list[float] = []
    looking = threading.Thread(target=lambda: refused_at.append(verifier.wait_until_refused(token)))
    looking.start()
    time.sleep(LOOKS_EVERY)
    acted_at = time.monotonic()
    deduct_licence_points(pin, 1, decision="measured")
    looking.join(timeout=30)
    return refused_at[0] - acted_at


@contextmanager
def serving(settings: Settings, port: int) -> Iterator[None]:
    """`eid serve` on this port, as operators start it, until the block ends."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EID_")}
    environ |= {
        "EID_DATABASE_URL": settings.database_url,
        "EID_STATE_DIR": str(settings.state_dir),
        "EID_PUBLIC_URL": settings.public_url,
        "EID_LOG_LEVEL": "error",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    server = subprocess.Popen([sys.executable, "-m", "eid", "serve", "--port", str(port)], env=environ)
    try:
        _wait(port)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the service does not listen")
