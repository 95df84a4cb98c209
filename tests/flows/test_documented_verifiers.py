"""The programs of docs/credentials.md – Python, JavaScript, Java – verify what a wallet shows, and stop at what does not hold."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from eid.clock import wall_now
from eid.credentials.building import Times, build_vcs
from eid.credentials.statuses import follow_entitlement, record_place
from eid.credentials.trust import find_pins
from eid.crypto.holders import Holder
from eid.crypto.keys import generate_signing_key
from eid.crypto.sd_jwt import SdJwt, bind_sd_jwt, parse_sd_jwt, present_sd_jwt
from eid.db import db
from eid.events import EntitlementChanged
from eid.keystore import current_keystore
from tests.engines import one_engine
from tests.live import LiveServer

pytestmark = [one_engine, pytest.mark.clients]

ROOT = Path(__file__).parent.parent.parent
CLIENTS = ROOT / "tests/clients"
PAGE = (ROOT / "docs/credentials.md").read_text(encoding="utf-8")
HOLDER = generate_signing_key()
AUDIENCE, NONCE = "https://clinic.example", "n-4711"
CONTENT = {"name": "Trần Văn Minh", "may_drive": True, "classes": [{"class": "B"}]}


@dataclass(frozen=True)
class Program:
    command: list[str]
    folder: Path

    def run(self, issuer: str, pin: str, shown: str) -> subprocess.CompletedProcess[str]:
        words = [*self.command, issuer, pin, AUDIENCE, NONCE]
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            words, cwd=self.folder, env=env, input=shown, capture_output=True, text=True, check=False, timeout=120
        )


def find_tool(name: str, needed: Path) -> str:
    found = shutil.which(name)
    if found is not None and needed.is_dir():
        return found
    reason = f"no {name}, or its libraries are not installed: make clients"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def written(folder: Path, language: str, name: str) -> Path:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    [code] = [each for each in blocks if "eid-trust-list+jwt" in each]
    assert not re.search(r"(from|import) eid\b", code)
    (folder / name).write_text(code, encoding="utf-8")
    return folder


def in_python(folder: Path) -> Program:
    return Program([sys.executable, "verify.py"], written(folder, "python", "verify.py"))


def in_javascript(folder: Path) -> Program:
    node = find_tool("node", CLIENTS / "node_modules/jose")
    (folder / "node_modules").symlink_to(CLIENTS / "node_modules")
    return Program([node, "verify.mjs"], written(folder, "javascript", "verify.mjs"))


def in_java(folder: Path) -> Program:
    java = find_tool("java", CLIENTS / "spring/target/lib")
    [nimbus] = (CLIENTS / "spring/target/lib").glob("nimbus-jose-jwt-*.jar")
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    compiler = find_tool("javac", CLIENTS / "spring/target/lib")  # once, where the page lets Java do it each time
    written(folder, "java", "Verify.java")
    subprocess.run([compiler, "-cp", str(nimbus), "Verify.java"], cwd=folder, check=True, timeout=120)
    return Program([java, *quick, "-cp", f"{nimbus}:.", "Verify"], folder)


@pytest.fixture(params=[in_python, in_javascript, in_java], ids=["python", "javascript", "java"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    folder = tmp_path / "program"
    folder.mkdir()
    make: Callable[[Path], Program] = request.param
    return make(folder)


@dataclass(frozen=True)
class Issued:
    held: SdJwt
    pin: str
    issuer: str

    def show(self, *reveal: str, nonce: str = NONCE, audience: str = AUDIENCE, **late: Any) -> str:
        now = wall_now() - late.get("ago", timedelta())
        return str(present_sd_jwt(self.held, reveal=reveal, key=HOLDER, audience=audience, nonce=nonce, now=now))


@pytest.fixture
def issued(live_server: LiveServer) -> Issued:
    """A licence of a running service, in its holder's wallet."""
    with live_server.app.app_context():
        now = wall_now()
        times = Times(now, now + timedelta(days=14))
        terms: dict[str, Any] = {"issued_at": now, "expires_at": times.expires_at, "status": 0}
        status = record_place(token_id="t", person_id=7, paper="driving_licence", audience="wallet", **terms)
        db.session.commit()
        [text] = build_vcs(
            CONTENT,
            [Holder(HOLDER.public_jwk(), status)],
            vct=f"{live_server.url}/api/v1/credential-types/driving_licence",
            issuer=live_server.url,
            times=times,
            signer=current_keystore().find_credential_signer(),
            rng=random.Random(1),
        )
        return Issued(parse_sd_jwt(text), find_pins()[0], live_server.url)


def test_a_program_of_the_page_verifies_what_a_holder_shows_and_stops_at_what_does_not_hold(
    program: Program, issued: Issued, live_server: LiveServer
) -> None:
    """RFC 9901, 7.3; draft Token Status List 20, 8.3. The programs use nothing of eid"""
    good = issued.show("name", "may_drive")
    done = program.run(issued.issuer, issued.pin, good + "\n")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {name: said[name] for name in ("name", "may_drive")} == {"name": "Trần Văn Minh", "may_drive": True}
    assert "classes" not in said
    assert said["type"].endswith("/driving_licence")
    head, body, signature = issued.held.issuer_jwt.split(".")
    forged = replace(issued.held, issuer_jwt=f"{head}.{body}.{signature[:-4]}AAAA")
    stray = SdJwt(issued.held.issuer_jwt, ("WyJhIiwibWF5X2RyaXZlIiwxXQ",))
    terms: dict[str, Any] = {"key": HOLDER, "audience": AUDIENCE, "nonce": NONCE, "now": wall_now()}
    broken = {
        "another pin": (generate_signing_key().kid, good, "another key"),
        "another signature": (issued.pin, str(bind_sd_jwt(forged, **terms)), ""),
        "a stray disclosure": (issued.pin, str(bind_sd_jwt(stray, **terms)), "did not sign"),
        "another nonce": (issued.pin, issued.show("name", nonce="n-1"), "somebody else"),
        "another holder": (
            issued.pin,
            str(bind_sd_jwt(issued.held, **(terms | {"key": generate_signing_key()}))),
            "",
        ),
        "long ago": (issued.pin, issued.show("name", ago=timedelta(minutes=6)), "just now"),
        "more than was bound": (issued.pin, good.replace("~", f"~{issued.held.disclosures[-1]}~", 1), ""),
        "no key binding": (issued.pin, issued.held.bound_part, ""),
    }
    for name, (pin, shown, why) in broken.items():
        refused = program.run(issued.issuer, pin, shown)
        assert refused.returncode != 0, name
        assert why in refused.stderr, (name, refused.stderr)
    with live_server.app.app_context():
        follow_entitlement(EntitlementChanged(person_id=7, paper="driving_licence", status="invalid"))
        db.session.commit()
    ended = program.run(issued.issuer, issued.pin, issued.show("name"))
    assert ended.returncode != 0
    assert "no longer valid" in ended.stderr
