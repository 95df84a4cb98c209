"""The peers: how each server is started, where its addresses are, and how its pages are filled in."""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from benchmarks.peers.browser import Failed
from benchmarks.peers.eid import ACCOUNTS
from benchmarks.peers.eid_state import PASSWORD
from benchmarks.peers.install import NODE_FOLDER, PYTHON
from benchmarks.peers.serving import GRANIAN, Contender, free_port, running_server, some_database
from benchmarks.peers.sign_ins import REDIRECT_URI, Provider

HERE = Path(__file__).parent

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')


@contextmanager
def start_node(folder: Path, *, on_postgres: bool) -> Iterator[Contender]:
    """node-oidc-provider; without PostgreSQL everything is in memory."""
    with some_database(folder, on_postgres=on_postgres) as (url, database):
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
    with some_database(folder, on_postgres=on_postgres) as (url, database):
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
def start_django(folder: Path, *, on_postgres: bool) -> Iterator[Contender]:
    with some_database(folder, on_postgres=on_postgres) as (url, database):
        port, wanted = free_port(), _wanted_state()
        wanted |= {"issuer": f"http://localhost:{port}", "key": _new_key(rsa.generate_private_key(65537, 2048))}
        wanted["database"] = _describe_for_django(url)
        command = (
            PYTHON.parent / "granian",
            *GRANIAN,
            "--port",
            str(port),
            "--working-dir",
            HERE / "django",
            "app:app",
        )
        environment = {"MEASURED": json.dumps(wanted)}
        with running_server(
            "django", command, port=port, folder=folder, environment=environment, database=database
        ) as server:
            server.host = f"localhost:{port}"
            addresses = ("/o/authorize/", "/o/token/", "/o/userinfo/", "/o/.well-known/jwks.json")
            described = _describe_peer(wanted, *addresses, own_scope="measure")
            yield Contender(
                server, replace(described, own_client_suffix="-own", asks_again={"approval_prompt": "force"})
            )


def _describe_for_django(url: str) -> dict[str, object]:
    if url.startswith("sqlite"):
        return {"engine": "sqlite", "name": url.removeprefix("sqlite:///")}
    parts = urlsplit(url)
    host = parse_qs(parts.query)["host"][0]
    return {"engine": "postgresql", "name": parts.path.strip("/"), "user": parts.username, "host": host}


def _wanted_state() -> dict[str, object]:
    users = [
        {"login": f"person-{number}", "password": PASSWORD, "name": f"Person {number}"} for number in range(ACCOUNTS)
    ]
    client = {"id": "measured", "secret": secrets.token_urlsafe(32), "redirectUri": REDIRECT_URI}
    return {"users": users, "client": client}


def _new_key(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None) -> str:
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return (key or ec.generate_private_key(ec.SECP256R1())).private_bytes(*form).decode()


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
    kept = {html.unescape(name): html.unescape(value) for name, value in _HIDDEN.findall(page)}
    if 'data-page="login"' in page:
        login = f"person-{number}"
        return {**kept, "login": login, "username": login, "password": PASSWORD}
    if 'data-page="consent"' in page:
        return {**kept, "act": "approve", "allow": "Authorize"}
    raise Failed("a page that nobody knows")
