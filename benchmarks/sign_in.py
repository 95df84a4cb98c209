"""What a whole sign-in at level 2 costs the server beside the password hash: two pages and two forms, asked as browsers ask.

Each sign-in is another person's, so that none spends another's code. Only the service's own processor time counts; what asks
is left out, and so is PostgreSQL's server. The bar is 25 ms.

Example: python -m benchmarks sign-in
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from http.cookies import SimpleCookie
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.accounts import record_active_account
from benchmarks.databases import Engine, running_engines
from eid.accounts.authenticators import (
    build_secret_hash,
    verify_hash,
)
from eid.app import create_app
from eid.clock import wall_now
from eid.config import Settings
from eid.crypto.totp import build_code
from eid.db import close_database, db, upgrade_schema
from eid.population.loading import load_population
from eid.population.models import Person

SIGN_INS = 60
WARM_UP = 10
BAR = 25
"""Milliseconds."""
PASSWORD = "HoaSen#1990"
FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Asking:
    """A browser without scripts; `seconds` is what the service has spent on it."""

    def __init__(self, app: Flask) -> None:
        self.app, self.cookies, self.seconds, self.address, self.page = app, {"eid_locale": "vi"}, 0.0, "", ""

    def ask(self, method: str, address: str, **fields: str) -> int:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0"}
        environ = EnvironBuilder(address, method=method, headers=headers, data=fields or None).get_environ()
        started = time.process_time()
        answer, status, answered = run_wsgi_app(self.app.wsgi_app, environ, buffered=True)
        self.seconds += time.process_time() - started
        self.page = b"".join(answer).decode()
        for line in answered.getlist("Set-Cookie"):
            self.cookies |= {name: kept.value for name, kept in SimpleCookie(line).items()}
        self.address = answered.get("Location", address)
        return int(status.split()[0])

    def send(self, **fields: str) -> int:
        token = FORM_TOKEN.search(self.page)
        assert token is not None
        return self.ask("POST", self.address, csrf_token=token[1], **fields)


def sign_in(app: Flask, pin: str, totp_secret: str) -> float:
    """Milliseconds of the service for one sign-in at level 2."""
    asking = Asking(app)
    assert asking.ask("GET", "/citizen/sign-in?next=/citizen/") == 200
    assert asking.send(pin=pin, password=PASSWORD) == 303
    assert asking.ask("GET", asking.address) == 200
    assert asking.send(otp=build_code(totp_secret, now=wall_now())) == 303
    assert urlsplit(asking.address).path == "/citizen/"
    return asking.seconds * 1000


def prepare(count: int) -> list[tuple[str, str]]:
    """PIN and TOTP secret of people with active accounts and one password."""
    load_population(people=max(1000, count), seed=1)
    hashed, now = build_secret_hash(PASSWORD), wall_now()
    adults = db.session.query(Person).filter(Person.birth_date < date(2000, 1, 1), Person.died_on.is_(None))
    found = []
    for person in adults.limit(count):
        secret = record_active_account(person, password_hash=hashed, passcode_hash=hashed, now=now)
        found.append((person.pin, secret))
    db.session.commit()
    return found


def measure_hash(hashed: str) -> float:
    """Milliseconds of judging one password."""
    started = time.process_time()
    verify_hash(PASSWORD, hashed=hashed)
    return (time.process_time() - started) * 1000


def measure_engine(database_url: str, folder: str) -> tuple[list[float], list[float]]:
    """Milliseconds of each sign-in, and of a hash just before it, in a service of its own."""
    app = create_app(Settings(database_url=database_url, state_dir=Path(folder), log_level="error"))
    with app.app_context():
        upgrade_schema()
        people, hashed = prepare(SIGN_INS + WARM_UP), build_secret_hash(PASSWORD)
    spent, hashes = [], []
    for pin, secret in people:
        with app.app_context():
            hashes.append(measure_hash(hashed))
        spent.append(sign_in(app, pin, secret))
    with app.app_context():
        close_database()
    return spent[WARM_UP:], hashes[WARM_UP:]


def measure_apart(engine: Engine, measuring: Callable[..., Any] = measure_engine) -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory() as folder, get_context("spawn").Pool(1) as pool:
        found: tuple[list[float], list[float]] = pool.apply(measuring, (engine.create(folder, "sign_in"), folder))
        return found


def run() -> None:
    print(f"processor time of the service for a whole sign-in at level 2, {SIGN_INS} people; the bar is {BAR} ms")
    with running_engines() as engines:
        for engine in engines:
            spent, hashes = measure_apart(engine)
            besides = [whole - hash_cost for whole, hash_cost in zip(spent, hashes, strict=True)]
            median, verdict = statistics.median(besides), "met" if statistics.median(besides) < BAR else "NOT MET"
            print(
                f"  {engine.name:12} {median:5.1f} ms ({min(besides):.1f}–{max(besides):.1f}) "
                f"besides a hash of {statistics.median(hashes):.1f} ms: {verdict}"
            )
