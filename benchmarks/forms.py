"""What a whole sign-in at a service costs the server, in a browser that it has never seen: authorize → sign-in form → consent
page → code → tokens → userinfo, with hashes that are cheap on purpose.

Only processor time of the service counts, asked in its own process as a server asks it; PostgreSQL's own is left out.

Example: python -m benchmarks forms
"""

from __future__ import annotations

import html
import json
import os
import re
import statistics
import tempfile
import time
from base64 import b64encode
from http.cookies import SimpleCookie
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.databases import Engine, running_engines
from benchmarks.flow import CHALLENGE, VERIFIER
from benchmarks.peers.eid import CHEAP_ARGON2, EID_URL
from benchmarks.peers.eid_state import PASSCODE, PASSWORD, make_state
from benchmarks.peers.sign_ins import REDIRECT_URI
from eid.app import create_app
from eid.config import Settings
from eid.db import close_database, upgrade_schema

PEOPLE, ACCOUNTS, ROUNDS = 2000, 40, 6
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_TICK = re.compile(r'name="(scope|claim)" value="([^"]+)"')

Costs = dict[str, list[float]]
"""Microseconds of the service for each request of a kind."""


class Browser:
    """A browser without scripts that nobody has seen, and what its requests cost the service."""

    def __init__(self, app: Flask, costs: Costs) -> None:
        self.app, self.costs, self.cookies = app, costs, dict[str, str]()
        self.address = self.page = ""

    def ask(self, kind: str, address: str, data: Any = None, **headers: str) -> int:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"User-Agent": BROWSER, **({"Cookie": cookies} if cookies else {}), **headers}
        method = "GET" if data is None else "POST"
        environ = EnvironBuilder(address, method=method, base_url=EID_URL, headers=sent, data=data).get_environ()
        started = time.process_time()
        answer, status, answered = run_wsgi_app(self.app.wsgi_app, environ, buffered=True)
        self.costs.setdefault(kind, []).append((time.process_time() - started) * 1_000_000)
        self.page = b"".join(answer).decode()
        for line in answered.getlist("Set-Cookie"):
            self.cookies |= {name: kept.value for name, kept in SimpleCookie(line).items()}
        self.address = answered.get("Location", address)
        return int(status.split()[0])

    def send(self, kind: str, **fields: Any) -> int:
        """The form of this page, sent back to where it came from."""
        token = _CSRF.search(self.page)
        assert token is not None
        return self.ask(kind, self.address, {"csrf_token": token[1], **fields}, Referer=EID_URL + self.address)


def sign_in(app: Flask, made: dict[str, Any], pin: str, costs: Costs) -> None:
    """One sign-in, from a browser of its own."""
    browser = Browser(app, costs)
    query = {
        "response_type": "code",
        "client_id": made["client_id"],
        "redirect_uri": REDIRECT_URI,
        "scope": "openid profile",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "prompt": "consent",
    }
    assert browser.ask("authorize", f"/oauth/authorize?{urlencode(query)}") in (302, 303)
    assert browser.ask("sign-in page", browser.address) == 200
    assert browser.send("sign-in form", pin=pin, password=PASSWORD) == 303
    assert browser.ask("consent page", browser.address) == 200
    ticks: dict[str, list[str]] = {}
    for name, value in _TICK.findall(browser.page):
        ticks.setdefault(name, []).append(html.unescape(value))
    assert browser.send("consent form", passcode=PASSCODE, act="approve", **ticks) == 303
    redeem(browser, made, parse_qs(urlsplit(browser.address).query)["code"][0])


def redeem(browser: Browser, made: dict[str, Any], code: str) -> None:
    basic = b64encode(f"{made['client_id']}:{made['client_secret']}".encode()).decode()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    browser.cookies.clear()
    assert browser.ask("token", "/oauth/token", form, Authorization=f"Basic {basic}") == 200
    bearer = f"Bearer {json.loads(browser.page)['access_token']}"
    assert browser.ask("userinfo", "/oauth/userinfo", Authorization=bearer) == 200
    assert json.loads(browser.page)["name"]


def measure_engine(database_url: str, folder: str) -> Costs:
    """In a process of its own, whose log goes nowhere."""
    given = {"database_url": database_url, "state_dir": Path(folder), "public_url": EID_URL}
    app = create_app(Settings(**given, log_level="warning", argon2=parse_cost()))  # type: ignore[arg-type]
    with app.app_context():
        upgrade_schema()
        made = make_state(PEOPLE, ACCOUNTS, cards=0)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    costs: Costs = {}
    pins: Any = made["pins"]
    for pin in pins:
        sign_in(app, made, pin, {})
    for pin in pins * ROUNDS:
        sign_in(app, made, pin, costs)
    with app.app_context():
        close_database()
    return costs


def parse_cost() -> Any:
    return Settings.from_env({"EID_ARGON2": CHEAP_ARGON2}).argon2


def measure_apart(engine: Engine) -> Costs:
    with tempfile.TemporaryDirectory() as folder, get_context("spawn").Pool(1) as pool:
        return pool.apply(measure_engine, (engine.create(folder, "forms"), folder))


def run() -> None:
    print(f"processor time of the service, {ACCOUNTS} people by turns, {ROUNDS} rounds; medians, in microseconds")
    with running_engines() as engines:
        for engine in engines:
            medians = {kind: statistics.median(found) for kind, found in measure_apart(engine).items()}
            told = "  ".join(f"{kind} {found:,.0f}" for kind, found in medians.items())
            print(f"  {engine.name:12} {told}\n{'':15}a flow {sum(medians.values()) / 1000:.2f} ms", flush=True)
