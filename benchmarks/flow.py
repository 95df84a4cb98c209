"""What a sign-in at a service costs the server where session and consent are there: authorize → code → tokens → userinfo; what
one token in a client's own name costs, and what discovery and keys cost beside the least that Flask can answer.

Only processor time of the service counts, asked in its own process as a server asks it, in production's mode and with its log;
PostgreSQL's own is told apart. What a server of HTTP costs comes on top.

Example: python -m benchmarks flow
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import flask
from werkzeug.test import EnvironBuilder

from benchmarks.databases import Engine, running_engines
from eid.accounts.levels import Factor
from eid.accounts.models import Account
from eid.accounts.service import record_prepared_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.app import create_app
from eid.clock import wall_now
from eid.config import NO_FACES, Mode, Settings
from eid.db import close_database, db, upgrade_schema
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.clients import register_client
from eid.oauth.consents import record_consent
from eid.population.loading import load_population
from eid.population.service import find_adults

PEOPLE = 32
ROUNDS = 10
BACK = "https://clinic.example/back"
URL = "https://eid.example"
SCOPES = ["openid", "identity", "phone"]
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Spent:
    """Microseconds of the service for each request of a kind."""

    kinds: dict[str, list[float]] = field(default_factory=dict)
    database: float = 0.0
    """Of PostgreSQL's server, for each flow."""

    @property
    def flow(self) -> float:
        """Milliseconds of the service for a whole flow."""
        return sum(self.median(kind) for kind in ("authorize", "token", "userinfo")) / 1000

    def median(self, kind: str) -> float:
        return statistics.median(self.kinds[kind])


class Caller:
    """Asks an application as a server does, and counts what that costs."""

    def __init__(self, app: flask.Flask, spent: Spent) -> None:
        self.app, self.spent, self.status, self.headers = app, spent, "", dict[str, str]()

    def ask(self, kind: str, address: str, *, method: str = "GET", data: Any = None, **headers: str) -> bytes:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        environ = EnvironBuilder(address, method=method, base_url=URL, data=data, headers=named).get_environ()
        started = time.process_time()
        answer: Any = self.app.wsgi_app(environ, self._start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        self.spent.kinds.setdefault(kind, []).append((time.process_time() - started) * 1_000_000)
        return body

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.status, self.headers = status, dict(headers)


@dataclass(frozen=True)
class Prepared:
    client_id: str
    authorization: str
    """Of HTTP Basic."""
    sessions: list[str]

    def ask_for_code(self, caller: Caller, session: str) -> str:
        query = {
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "state": "the-state",
            "nonce": "the-nonce",
        }
        caller.ask("authorize", f"/oauth/authorize?{urlencode(query)}", Cookie=f"eid_session={session}")
        return parse_qs(urlsplit(caller.headers["Location"]).query)["code"][0]

    def play(self, caller: Caller, session: str) -> None:
        """One flow."""
        redemption = {
            "grant_type": "authorization_code",
            "code": self.ask_for_code(caller, session),
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        told = caller.ask("token", "/oauth/token", method="POST", data=redemption, Authorization=self.authorization)
        token = json.loads(told)["access_token"]
        claims = caller.ask("userinfo", "/oauth/userinfo", Authorization=f"Bearer {token}")
        assert json.loads(claims)["sub"]

    def play_alone(self, caller: Caller) -> None:
        """What needs no person."""
        wanted = {"grant_type": "client_credentials", "scope": "ssf.read"}
        told = caller.ask("client token", "/oauth/token", method="POST", data=wanted, Authorization=self.authorization)
        assert json.loads(told)["access_token"]
        caller.ask("discovery", "/.well-known/openid-configuration")
        caller.ask("keys", "/oauth/jwks.json")


def prepare() -> Prepared:
    """A clinic, and people with sessions of level 2 who have agreed to what it asks for."""
    load_population(people=2000, seed=1)
    service = register_client(
        name="Phòng khám",
        purpose="Tiếp nhận người bệnh",
        redirect_uris=[BACK],
        scopes=SCOPES,
        required_scopes=["openid", "identity"],
        own_scopes=["ssf.read"],
    )
    now, sessions = wall_now(), []
    for number, person in enumerate(find_adults(PEOPLE)):
        account: Account = record_prepared_account(
            person.id, phone=f"01{number:08}", password_hash="-", passcode_hash="-"
        )
        db.session.flush()
        sessions.append(record_session(account, [UsedFactor(f, now) for f in (Factor.PASSWORD, Factor.TOTP)], now=now))
        record_consent(person.id, service.client, asked=SCOPES, granted=SCOPES, now=now)
    for use in KeyUse:
        current_keystore().signing_keys.find_signing_key(use)
    current_keystore().signing_keys.find_scheduled_keys(KeyUse.ID_TOKEN)
    for secret in SecretUse:
        current_keystore().find_secret(secret)
    db.session.commit()
    basic = base64.b64encode(f"{service.client_id}:{service.secret}".encode()).decode()
    return Prepared(service.client_id, f"Basic {basic}", [each.token for each in sessions])


def hello() -> flask.Flask:
    """The least that Flask can answer."""
    app = flask.Flask("hello")
    app.add_url_rule("/", view_func=lambda: flask.jsonify(hello="world"))
    return app


def measure_engine(database_url: str, folder: str, database_pid: int | None) -> Spent:
    """In a process of its own, whose log goes nowhere."""
    demo = Settings(database_url=database_url, state_dir=Path(folder), public_url=URL, log_level="error")
    with create_app(demo).app_context():
        upgrade_schema()
        prepared = prepare()
        close_database()
    app = create_app(
        Settings(
            database_url=database_url,
            state_dir=Path(folder),
            public_url=URL,
            mode=Mode.PRODUCTION,
            face_matcher=NO_FACES,
            client_requests_per_minute=0,
        )
    )
    return play_all(app, prepared, database_pid)


def play_all(app: flask.Flask, prepared: Prepared, database_pid: int | None) -> Spent:
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    warming = Caller(app, Spent())
    for session in prepared.sessions * 2:
        prepared.play(warming, session)
        prepared.play_alone(warming)
    spent, before = Spent(), read_processor_time(database_pid)
    caller = Caller(app, spent)
    for _ in range(ROUNDS):
        for session in prepared.sessions:
            prepared.play(caller, session)
    spent.database = (read_processor_time(database_pid) - before) * 1000 / (ROUNDS * PEOPLE)
    least = Caller(hello(), spent)
    for _ in range(ROUNDS * PEOPLE):
        prepared.play_alone(caller)
        least.ask("hello", "/")
    with app.app_context():
        close_database()
    return spent


def read_processor_time(pid: int | None) -> float:
    """Seconds that a process and its children have used, those that have ended among them."""
    if pid is None:
        return 0.0
    ticks = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(folder.name) == pid:
                ticks += sum(map(int, stat[11:15]))
            elif int(stat[1]) == pid:
                ticks += sum(map(int, stat[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure_apart(engine: Engine, measuring: Callable[..., Any] = measure_engine) -> Spent:
    with tempfile.TemporaryDirectory() as folder, get_context("spawn").Pool(1) as pool:
        found: Spent = pool.apply(measuring, (engine.create(folder, "flow"), folder, engine.pid))
        return found


def run() -> None:
    print(f"processor time of the service, {PEOPLE} people by turns, {ROUNDS} rounds; medians, in microseconds")
    with running_engines() as engines:
        for engine in engines:
            spent = measure_apart(engine)
            told = "  ".join(f"{kind} {spent.median(kind):,.0f}" for kind in spent.kinds)
            beside = f" + {spent.database:.2f} ms of the database" if engine.pid else ""
            print(f"  {engine.name:12} {told}\n{'':15}a flow {spent.flow:.2f} ms{beside}", flush=True)
