"""eid among the contenders: its state made as an operator makes it, and served as `eid serve` serves it."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.browser import Failed
from benchmarks.peers.eid_state import OWN_SCOPE, PASSCODE, PASSWORD
from benchmarks.peers.serving import Contender, Server, free_port, running_server, some_database
from benchmarks.peers.sign_ins import Provider

ROOT = Path(__file__).parent.parent.parent
ACCOUNTS = 80
PEOPLE = 10_000
CHEAP_ARGON2 = "m=8,t=1,p=1"
EID_URL = "https://eid.example"

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_TICK = re.compile(r'name="(scope|claim)" value="([^"]+)"')


@dataclass(frozen=True)
class EidState:
    """What a service was given: its settings, a client, and people who can sign in at it."""

    environment: Mapping[str, str]
    made: Mapping[str, object]
    database: int | None
    """The process of its PostgreSQL, where it has one."""
    folder: Path


@contextmanager
def start_eid(
    folder: Path, *, on_postgres: bool, mode: str = "production", people: int = PEOPLE
) -> Iterator[Contender]:
    """In mode demo a hash is cheap: production refuses such a cost."""
    with made_eid(folder, on_postgres=on_postgres, mode=mode, people=people) as state, served_eid(state) as server:
        yield Contender(server, describe_eid(state.made))


@contextmanager
def made_eid(
    folder: Path, *, on_postgres: bool = False, mode: str = "production", people: int = PEOPLE, cards: int = 0
) -> Iterator[EidState]:
    """The state of a service, until the block ends: schema and keys, people, accounts, cards of some, a client."""
    with some_database(folder, on_postgres=on_postgres) as (url, database):
        environment = eid_environment(folder, url, mode)
        state = ("benchmarks.peers.eid_state", str(people), str(ACCOUNTS), str(cards))
        for arguments in (("eid", "keys", "make"), ("eid", "db", "upgrade")):
            run_eid(environment, *arguments)
        if cards:
            run_eid(environment, "eid", "cards", "publish", "--make-keys")
        yield EidState(environment, json.loads(run_eid(environment, *state)), database, folder)


@contextmanager
def served_eid(state: EidState) -> Iterator[Server]:
    """`eid serve` on this state, with one worker, until the block ends."""
    port = free_port()
    command = (sys.executable, "-m", "eid", "serve", "--port", str(port))
    given = {"folder": state.folder, "environment": state.environment, "database": state.database}
    with running_server("eid", command, port=port, **given) as server:  # type: ignore[arg-type]
        server.host = "eid.example"
        yield server


def eid_environment(folder: Path, database_url: str, mode: str) -> dict[str, str]:
    cheap = {"EID_ARGON2": CHEAP_ARGON2} if mode == "demo" else {"EID_FACE_MATCHER": "none"}
    return {
        "PYTHONPATH": str(ROOT),
        "EID_MODE": mode,
        "EID_PUBLIC_URL": EID_URL,
        "EID_DATABASE_URL": database_url,
        "EID_STATE_DIR": str(folder / "state"),
        "EID_LOG_LEVEL": "warning",
        "PYTHONDONTWRITEBYTECODE": "",  # nothing is compiled anew at each start, as where a package is installed
        **cheap,
    }


def run_eid(environment: Mapping[str, str], *arguments: str) -> str:
    """The last line that this module printed, run with these settings. Raises RuntimeError, with what it said, if it failed."""
    command = [sys.executable, "-m", *arguments]
    ended = subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended badly: {ended.stderr.decode()[-2000:]}")
    return ended.stdout.decode().rstrip().rpartition("\n")[2]


def describe_eid(made: Mapping[str, object]) -> Provider:
    pins = made["pins"]
    assert isinstance(pins, list)

    def fill(page: str, number: int) -> Mapping[str, object]:
        token = {"csrf_token": _read_token(page)}
        if 'name="password"' in page:
            return {**token, "pin": pins[number], "password": PASSWORD}
        if 'name="passcode"' in page:
            ticked: dict[str, list[str]] = {}
            for name, value in _TICK.findall(page):
                ticked.setdefault(name, []).append(html.unescape(value))
            return {**token, **ticked, "passcode": PASSCODE, "act": "approve"}
        raise Failed("a page of eid's that nobody knows")

    return Provider(
        authorize="/oauth/authorize",
        token="/oauth/token",
        userinfo="/oauth/userinfo",
        jwks="/oauth/jwks.json",
        discovery="/.well-known/openid-configuration",
        client_id=str(made["client_id"]),
        client_secret=str(made["client_secret"]),
        fill=fill,
        own_scope=OWN_SCOPE,
    )


def _read_token(page: str) -> str:
    found = _CSRF.search(page)
    if found is None:
        raise Failed("a page without a form")
    return found[1]
