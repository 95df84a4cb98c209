"""The programs of a service's own page run as they are shown, to the end of a sign-in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from eid.db import db
from eid.oauth.client_choices import ClientChoices
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import register_client
from eid.oauth.examples import PROGRAMS, Language
from eid.oauth.models import ApplicationType, AuthMethod, Client, Profile
from eid.web.service_examples import write_program
from tests.engines import one_engine
from tests.live import LiveServer, free_port
from tests.oauth.assertions import jwks_of, key_for
from tests.walker import Walker

pytestmark = one_engine

CLIENTS = Path(__file__).parent.parent / "clients"


def write(live_server: LiveServer, client: Client, language: Language, folder: Path) -> Path:
    """The program as its page shows it, in a file."""
    program = next(program for program in PROGRAMS if program.language is language)
    with live_server.app.test_request_context():
        [(name, text)] = write_program(client, program)
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@contextmanager
def running(command: list[str], said: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The program, once it has said that it listens."""
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            heard = []
            for line in process.stdout:
                heard.append(line)
                if said in line:
                    break
            else:
                raise AssertionError("".join(heard))
            yield process
        finally:
            process.kill()


def register(redirect_uri: str, **changes: Any) -> tuple[Client, str]:
    registered = register_client(name="Example", redirect_uris=[redirect_uri], scopes=["openid", "profile"], **changes)
    db.session.commit()
    return registered.client, registered.secret or ""


@pytest.mark.parametrize("method", [AuthMethod.SECRET_BASIC, AuthMethod.NONE])
def test_the_python_program_signs_a_citizen_in(
    app: Flask, live_server: LiveServer, patient: dict[str, Any], tmp_path: Path, method: AuthMethod
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    native = {"application_type": ApplicationType.NATIVE} if method is AuthMethod.NONE else {}
    client, secret = register(f"{url}/callback", auth_method=method, **native)
    path = write(live_server, client, Language.PYTHON, tmp_path / "python")
    with running([sys.executable, str(path)], "Running on", CLIENT_SECRET=secret):
        walker = Walker().open(f"{url}/").walk(patient)
    found = json.loads(walker.text)
    assert (found["acr"], found["name"]) == ("LoA2", "Trần Văn Minh")


@pytest.mark.clients
@pytest.mark.parametrize("kind", ["secret", "fapi2"])
def test_the_javascript_program_signs_a_citizen_in(
    app: Flask, live_server: LiveServer, patient: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    """By a secret; and with profile fapi2: pushed and signed, by its key, the tokens bound by DPoP."""
    node = shutil.which("node")
    if node is None or not (CLIENTS / "node_modules").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("no outside clients")
        pytest.skip("the outside clients are not installed: make clients")
    port, key = free_port(), key_for("ES256")
    url = f"http://127.0.0.1:{port}"
    changes = {
        "profile": Profile.FAPI2,
        "keys": ClientKeys(jwks_of(key)),
        "choices": ClientChoices(require_signed_request_object=True),
    }
    client, secret = register(f"{url}/callback", **(changes if kind == "fapi2" else {}))
    path = write(live_server, client, Language.JAVASCRIPT, tmp_path / "javascript")
    (tmp_path / "javascript/node_modules").symlink_to(CLIENTS / "node_modules", target_is_directory=True)
    key_file = tmp_path / "key.json"
    key_file.write_text(json.dumps(key.as_dict(private=True)))
    with running([node, str(path)], "listening", CLIENT_SECRET=secret, CLIENT_KEY=str(key_file)):
        walker = Walker().open(f"{url}/").walk(patient)
    found = json.loads(walker.text)
    assert (found["acr"], found["name"]) == ("LoA2", "Trần Văn Minh")


def test_the_shell_program_signs_a_citizen_in(
    app: Flask, live_server: LiveServer, patient: dict[str, Any], tmp_path: Path
) -> None:
    if shutil.which("curl") is None or shutil.which("openssl") is None:
        pytest.skip("no curl, or no openssl")
    back = "https://service.example/back"
    client, secret = register(back)
    path = write(live_server, client, Language.CURL, tmp_path / "shell")
    process = subprocess.Popen(
        ["sh", str(path)],
        env=os.environ | {"CLIENT_SECRET": secret},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        walker = Walker(stop_at=back).open(process.stdout.readline().strip()).walk(patient)
        said, refused = process.communicate(f"{walker.address}\n", timeout=60)
    assert (process.returncode, refused) == (0, "")
    assert json.loads(said)["name"] == "Trần Văn Minh"


def test_the_java_program_is_the_one_that_is_run(app: Flask, live_server: LiveServer) -> None:
    """tests/flows/test_outside_spring.py builds and runs it; here it is seen that the page shows the same."""
    run = CLIENTS / "spring/src/main/java/example/SignIn.java"
    client, _ = register("http://127.0.0.1:5000/login/oauth2/code/eid")
    program = next(program for program in PROGRAMS if program.language is Language.JAVA)
    with live_server.app.test_request_context():
        written = dict(write_program(client, program))
    assert written["src/main/java/example/SignIn.java"] == run.read_text(encoding="utf-8")
    assert client.client_id in written["src/main/resources/application.properties"]


def test_no_program_shows_a_secret(app: Flask, live_server: LiveServer) -> None:
    client, secret = register("http://127.0.0.1:5000/back")
    with live_server.app.test_request_context():
        texts = [text for program in PROGRAMS for _, text in write_program(client, program)]
    assert len(texts) == 5
    assert [text for text in texts if secret in text] == []
