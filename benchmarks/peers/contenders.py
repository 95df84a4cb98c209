"""Who is measured: how each server is started, where its addresses are, and how its pages are filled in."""

from __future__ import annotations

import html
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.peers.browser import Failed
from benchmarks.peers.eid_state import OWN_SCOPE, PASSCODE, PASSWORD
from benchmarks.peers.install import NODE_FOLDER, PYTHON
from benchmarks.peers.serving import Server, free_port, running_postgres, running_server
from benchmarks.peers.sign_ins import REDIRECT_URI, Fill, Provider

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ACCOUNTS = 80
PEOPLE = 10_000
CHEAP_ARGON2 = "m=8,t=1,p=1"
EID_URL = "https://eid.example"
GRANIAN = ("--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning")
"""As `eid serve` serves."""

_CSRF = re.compile(r'name="(csrf_token|csrfmiddlewaretoken)" value="([^"]+)"')
_TICK = re.compile(r'name="(scope|claim)" value="([^"]+)"')


@dataclass(frozen=True)
class Contender:
    """One server and the provider that it is."""

    server: Server
    provider: Provider


Start = Callable[[Path], AbstractContextManager[Contender]]
"""Given a folder of its own."""


@contextmanager
def start_eid(
    folder: Path, *, on_postgres: bool, mode: str = "production", people: int = PEOPLE
) -> Iterator[Contender]:
    """eid as `eid serve` serves it. In mode demo a hash may be cheap: production refuses such a cost."""
    with _database(folder, on_postgres=on_postgres) as (url, database):
        environment = eid_environment(folder, url, mode)
        made = make_eid_state(environment, people)
        port = free_port()
        command = (sys.executable, "-m", "eid", "serve", "--port", str(port))
        with running_server(
            "eid", command, port=port, folder=folder, environment=environment, database=database
        ) as server:
            server.host = "eid.example"
            yield Contender(server, describe_eid(made))


def eid_environment(folder: Path, database_url: str, mode: str) -> dict[str, str]:
    cheap = {"EID_ARGON2": CHEAP_ARGON2} if mode == "demo" else {"EID_FACE_MATCHER": "none"}
    return {
        "PYTHONPATH": str(ROOT),
        "EID_MODE": mode,
        "EID_PUBLIC_URL": EID_URL,
        "EID_DATABASE_URL": database_url,
        "EID_STATE_DIR": str(folder / "state"),
        "EID_LOG_LEVEL": "warning",
        **cheap,
    }


def make_eid_state(environment: Mapping[str, str], people: int) -> dict[str, object]:
    """As an operator makes it: the schema, the keys; then people with accounts, and a client."""
    state = ("benchmarks.peers.eid_state", str(people), str(ACCOUNTS))
    printed = b""
    for arguments in (("eid", "keys", "make"), ("eid", "db", "upgrade"), state):
        ended = subprocess.run(
            [sys.executable, "-m", *arguments],
            env={**os.environ, **environment},
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if ended.returncode:
            raise RuntimeError(f"{' '.join(arguments)} ended badly: {ended.stderr.decode()[-2000:]}")
        printed = ended.stdout
    made: dict[str, object] = json.loads(printed.splitlines()[-1])
    return made


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


@contextmanager
def start_node(folder: Path, *, on_postgres: bool) -> Iterator[Contender]:
    """node-oidc-provider; without PostgreSQL everything is in memory."""
    with _database(folder, on_postgres=on_postgres) as (url, database):
        port, wanted = free_port(), _wanted_state()
        wanted |= {"modules": str(NODE_FOLDER), "issuer": f"http://localhost:{port}", "port": port}
        wanted["database"] = url if on_postgres else None
        command = ("node", HERE / "node" / "server.mjs", json.dumps(wanted))
        environment = {"NODE_ENV": "production"}
        with running_server(
            "node", command, port=port, folder=folder, environment=environment, database=database
        ) as server:
            server.host = f"localhost:{port}"
            yield Contender(server, _describe_peer(wanted, "/auth", "/token", "/me", "/jwks"))


@contextmanager
def start_authlib(folder: Path, *, on_postgres: bool) -> Iterator[Contender]:
    with _database(folder, on_postgres=on_postgres) as (url, database):
        port, wanted = free_port(), _wanted_state()
        wanted |= {"issuer": f"http://localhost:{port}", "key": _new_key()}
        wanted["database"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
        command = (
            PYTHON.parent / "granian",
            *GRANIAN,
            "--port",
            str(port),
            "--working-dir",
            HERE / "authlib",
            "app:app",
        )
        environment = {"MEASURED": json.dumps(wanted), "AUTHLIB_INSECURE_TRANSPORT": "1"}
        with running_server(
            "authlib", command, port=port, folder=folder, environment=environment, database=database
        ) as server:
            server.host = f"localhost:{port}"
            prefix = "/oauth"
            addresses = (f"{prefix}/authorize", f"{prefix}/token", f"{prefix}/userinfo", f"{prefix}/jwks.json")
            yield Contender(server, _describe_peer(wanted, *addresses, own_scope="measure"))


@contextmanager
def _database(folder: Path, *, on_postgres: bool) -> Iterator[tuple[str, int | None]]:
    folder.mkdir(parents=True, exist_ok=True)
    if not on_postgres:
        yield f"sqlite:///{folder}/measured.sqlite3", None
        return
    with running_postgres(folder / "postgres") as (url, pid):
        yield url, pid


def _wanted_state() -> dict[str, object]:
    users = [
        {"login": f"person-{number}", "password": PASSWORD, "name": f"Person {number}"} for number in range(ACCOUNTS)
    ]
    client = {"id": "measured", "secret": secrets.token_urlsafe(32), "redirectUri": REDIRECT_URI}
    return {"users": users, "client": client}


def _new_key() -> str:
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(*form).decode()


def _describe_peer(
    wanted: Mapping[str, object], authorize: str, token: str, userinfo: str, jwks: str, own_scope: str = ""
) -> Provider:
    client = wanted["client"]
    assert isinstance(client, dict)
    return Provider(
        authorize=authorize,
        token=token,
        userinfo=userinfo,
        jwks=jwks,
        discovery="/.well-known/openid-configuration",
        client_id=client["id"],
        client_secret=client["secret"],
        fill=fill_peer_page,
        own_scope=own_scope,
    )


def fill_peer_page(page: str, number: int) -> Mapping[str, object]:
    """The fields of the peers' two pages, which are ours and say what they are."""
    found = _CSRF.search(page)
    token = {found[1]: found[2]} if found else {}
    if 'data-page="login"' in page:
        return {**token, "login": f"person-{number}", "password": PASSWORD}
    if 'data-page="consent"' in page:
        return {**token, "act": "approve"}
    raise Failed("a page that nobody knows")


def _read_token(page: str) -> str:
    found = _CSRF.search(page)
    if found is None:
        raise Failed("a page without a form")
    return found[2]
