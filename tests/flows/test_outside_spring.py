"""A service on Spring Security, which is not ours, signs a citizen in and out: tests/clients/spring. `make clients` builds it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from eid.db import db
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.models import AuthMethod
from tests.engines import one_engine
from tests.live import LiveServer, free_port
from tests.oauth.assertions import jwks_of, key_for
from tests.walker import Walker

pytestmark = [pytest.mark.clients, one_engine]

SPRING = Path(__file__).parent.parent / "clients/spring/target"
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
KEY = key_for("ES256")


@pytest.fixture
def java() -> str:
    """A Java with the service built; without them there is nothing to test, which CI takes for a failure."""
    found = shutil.which("java")
    if found and (SPRING / "lib").is_dir():
        return found
    reason = "no Java" if not found else "the service on Spring is not built: make clients"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def register(url: str, name: str, method: AuthMethod, **changes: Any) -> RegisteredClient:
    return register_client(
        name=f"Spring {name}",
        redirect_uris=[f"{url}/login/oauth2/code/{name}"],
        auth_method=method,
        logout=LogoutAddresses(post_logout_redirect_uris=(f"{url}/",)),
        **changes,
    )


@pytest.fixture
def spring(app: Flask, live_server: LiveServer, java: str, tmp_path: Path) -> Iterator[str]:
    """Where the service answers, registered twice: with a secret, and with a key."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    by_secret = register(url, "eid", AuthMethod.SECRET_BASIC)
    by_key = register(url, "by-key", AuthMethod.PRIVATE_KEY_JWT, keys=ClientKeys(jwks_of(KEY)))
    db.session.commit()
    key_file = tmp_path / "key.json"
    key_file.write_text(json.dumps(KEY.as_dict(private=True)))
    requests.get(
        f"{live_server.url}/oauth/jwks.json", timeout=30
    )  # as a worker has read them; Spring waits half a second
    environment = os.environ | {
        "EID_ISSUER": live_server.url,
        "CLIENT_ID": by_secret.client_id,
        "CLIENT_SECRET": by_secret.secret or "",
        "KEY_CLIENT_ID": by_key.client_id,
        "CLIENT_KEY": str(key_file),
        "SPRING_PROFILES_ACTIVE": "key",
        "SERVER_ADDRESS": "127.0.0.1",
        "PORT": str(port),
    }
    command = [java, *QUICK, "-cp", f"{SPRING}/classes:{SPRING}/lib/*", "example.SignIn"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if "Started SignIn" in line:
                    break
            else:
                raise AssertionError("".join(said))
            yield url
        finally:
            process.kill()


def sign_in(spring: str, registration: str, patient: dict[str, Any]) -> Walker:
    return Walker().open(f"{spring}/oauth2/authorization/{registration}").walk(patient)


def test_spring_security_signs_a_citizen_in_and_out(spring: str, patient: dict[str, Any]) -> None:
    """By a secret and by a key: discovery, PKCE, state, nonce, the ID token's signature, userinfo, RP-initiated logout"""
    for registration in ("eid", "by-key"):
        walker = sign_in(spring, registration, patient)
        assert walker.status == 200, walker.text
        found = json.loads(walker.text)
        assert (found["acr"], found["name"]) == ("LoA2", "Trần Văn Minh")
    page = walker.http.get(f"{spring}/logout", timeout=30).text
    token = re.search(r'name="_csrf" type="hidden" value="([^"]+)"', page)
    assert token is not None, page
    out = walker.http.post(f"{spring}/logout", data={"_csrf": token[1]}, allow_redirects=False, timeout=30)
    address = out.headers["Location"]
    assert "id_token_hint=" in address
    walker.stop_at = f"{spring}/"
    assert walker.open(address).address == f"{spring}/"
    walker.stop_at = ""
    assert "sign-in" in walker.open(f"{spring}/oauth2/authorization/eid").acts
