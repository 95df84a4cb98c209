"""Client libraries that are not ours complete sign-in against a running server, verifying everything they verify.

openid-client and oauth4webapi (npm, certified relying parties), jose (npm), Authlib (PyPI). `make clients` installs the npm ones.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask
from flask import request as flask_request
from joserfc import jwt
from joserfc.jwk import KeySet

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.cards.folder import write_card_folder
from eid.cards.reader import read_demo_card
from eid.cards.service import issue_card
from eid.clock import wall_now
from eid.db import db
from eid.oauth.client_choices import ClientChoices
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import register_client
from eid.oauth.initial_tokens import issue_initial_token
from eid.oauth.models import ApplicationType, AuthMethod, Profile
from tests.engines import one_engine
from tests.live import LiveServer, bound_listener, serving
from tests.oauth.assertions import jwks_of, key_for
from tests.people import MINH, record_added_insurance, record_one
from tests.walker import Walker

pytestmark = [pytest.mark.clients, one_engine]

CLIENTS = Path(__file__).parent.parent / "clients"
BACK = "https://service.example/back"
SCOPE = "openid profile health_insurance offline_access"


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js with the outside clients installed; without them there is nothing to test, which CI takes for a failure."""
    found = shutil.which("node")
    if found and (CLIENTS / "node_modules").is_dir():
        return found
    reason = "no Node.js" if not found else "the outside clients are not installed: make clients"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def running(node: str, script: str, task: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    command = [node, str(CLIENTS / script), json.dumps(task)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def play(node: str, script: str, task: dict[str, Any], patient: dict[str, Any]) -> dict[str, Any]:
    """What the script got, after the patient went where it sent them."""
    with running(node, script, task) as process:
        assert process.stdin and process.stdout and process.stderr
        line = process.stdout.readline()
        assert line, process.stderr.read()
        walker = Walker(stop_at=BACK).open(json.loads(line)["address"]).walk(patient)
        assert walker.has_stopped, walker.text
        process.stdin.write(f"{walker.address}\n")
        process.stdin.close()
        answer = process.stdout.readline()
        if not answer:
            return {"refused": process.stderr.read()}
        found: dict[str, Any] = json.loads(answer)
        return found


def register(method: AuthMethod) -> dict[str, Any]:
    native = method is AuthMethod.NONE
    registered = register_client(
        name="Outside",
        redirect_uris=[BACK],
        auth_method=method,
        application_type=ApplicationType.NATIVE if native else ApplicationType.WEB,
    )
    db.session.commit()
    return {
        "client_id": registered.client_id,
        "client_secret": registered.secret,
        "redirect_uri": BACK,
        "scope": SCOPE,
        "proof": "none" if native else "basic" if method is AuthMethod.SECRET_BASIC else "post",
    }


@pytest.mark.parametrize("script", ["openid-client.mjs", "oauth4webapi.mjs"])
@pytest.mark.parametrize("method", [AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST, AuthMethod.NONE])
def test_an_outside_client_signs_a_citizen_in(
    app: Flask, live_server: LiveServer, node: str, patient: dict[str, Any], script: str, method: AuthMethod
) -> None:
    """The library verifies signature, iss, aud, exp, nonce, at_hash, the response's iss and state, and PKCE."""
    algorithm = "oauth2" if method is AuthMethod.SECRET_POST else "oidc"
    task = register(method) | {"issuer": live_server.url, "algorithm": algorithm}
    found = play(node, script, task, patient)
    assert found.get("issuer") == live_server.url, found
    assert found["claims"]["acr"] == "LoA2"
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert found["userinfo"]["name"] == "Trần Văn Minh"
    if script == "openid-client.mjs":
        assert found["refreshed"]["auth_time"] == found["claims"]["auth_time"]


def test_an_outside_client_registers_itself_and_signs_a_citizen_in(
    app: Flask, live_server: LiveServer, node: str, patient: dict[str, Any]
) -> None:
    """RFC 7591, as a library does it; the citizen is told that nobody has reviewed it, and it learns nothing of them."""
    used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
    session = record_session(find_account(MINH["person_id"]), used, now=wall_now()).session
    token = issue_initial_token(session, organisation_id=None, uses=1)
    task = {"issuer": live_server.url, "initial_access_token": token, "redirect_uri": BACK}
    found = play(node, "registering-openid-client.mjs", task, patient)
    assert "claims" in found, found
    assert (found["metadata"]["scope"], found["metadata"]["id_token_signed_response_alg"]) == ("openid", "RS256")
    assert found["userinfo"] == {"sub": found["claims"]["sub"]}


@pytest.fixture
def attackers_provider(live_server: LiveServer) -> Iterator[tuple[str, list[str]]]:
    """A provider of the attacker's, whose authorization endpoint is ours; and the codes that were brought to it."""
    provider = Flask("attacker")
    listener, url = bound_listener()
    brought: list[str] = []
    ours = requests.get(f"{live_server.url}/.well-known/openid-configuration", timeout=30).json()
    theirs = ours | {"issuer": url, "token_endpoint": f"{url}/token", "userinfo_endpoint": f"{url}/userinfo"}
    provider.add_url_rule("/.well-known/openid-configuration", "metadata", lambda: theirs)

    def take_code() -> tuple[str, int]:
        brought.append(flask_request.form["code"])
        return "", 400

    provider.add_url_rule("/token", "token", take_code, methods=["POST"])
    with listener, serving(provider, listener):
        yield url, brought


@pytest.mark.parametrize("script", ["openid-client.mjs", "oauth4webapi.mjs"])
def test_an_outside_client_refuses_an_answer_of_another_issuer(
    app: Flask, attackers_provider: tuple[str, list[str]], node: str, patient: dict[str, Any], script: str
) -> None:
    """A mix-up (RFC 9700, section 4.4.1): the client believes to speak with the attacker's provider, the citizen signs in at
    ours; by our `iss` (RFC 9207, section 2.4) the client stops before it brings the code to the attacker"""
    url, brought = attackers_provider
    task = register(AuthMethod.SECRET_BASIC) | {"issuer": url, "algorithm": "oidc"}
    found = play(node, script, task, patient)
    assert "iss" in found["refused"]
    assert brought == []


def test_jose_verifies_a_paper(app: Flask, live_server: LiveServer, node: str, patient: dict[str, Any]) -> None:
    record_added_insurance(MINH["person_id"])
    db.session.commit()
    task = register(AuthMethod.SECRET_BASIC) | {"issuer": live_server.url, "algorithm": "oidc"}
    found = play(node, "openid-client.mjs", task, patient)
    answer = requests.post(
        f"{live_server.url}/api/v1/papers/health_insurance/tokens",
        headers={"Authorization": f"Bearer {found['access_token']}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    paper = {
        "issuer": live_server.url,
        "token": answer.json()["token"],
        "audience": task["client_id"],
        "subject": found["claims"]["sub"],
        "paper": "health_insurance",
    }
    assert verify(node, paper)["payload"]["health_insurance"]["name"] == "Trần Văn Minh"
    head, body, signature = paper["token"].split(".")
    broken = f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert verify(node, paper | {"token": broken})["refused"] == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
    assert verify(node, paper | {"audience": "another"})["refused"] == "ERR_JWT_CLAIM_VALIDATION_FAILED"


def test_jose_verifies_a_receipt(app: Flask, live_server: LiveServer, node: str, tmp_path: Path) -> None:
    """The service's word for a verified card, with the evidence that docs/cards.md promises."""
    record_one()
    db.session.commit()
    write_card_folder(issue_card(MINH["pin"]), tmp_path / "card")
    db.session.rollback()
    card = read_demo_card(tmp_path / "card")
    drawn = requests.post(f"{live_server.url}/api/v1/card-challenges", timeout=30).json()
    answer = card.answer_challenge(base64.b64decode(drawn["challenge"]))
    body = {
        "files": {name: base64.b64encode(content).decode() for name, content in card.files.items()},
        "active_authentication": {"challenge_id": drawn["id"], "response": base64.b64encode(answer).decode()},
    }
    verdict = requests.post(f"{live_server.url}/api/v1/card-verifications", json=body, timeout=30).json()
    receipt = {
        "issuer": live_server.url,
        "token": verdict["receipt"],
        "typ": "eid-card-receipt+jwt",
        "required": ["jti", "iat", "exp", *RECEIPT_CLAIMS],
    }
    payload = verify(node, receipt)["payload"]
    assert payload["chip_proved"] is True
    assert payload["sod_sha256"] == hashlib.sha256(card.files["EF.SOD"]).hexdigest()
    assert payload["challenge_sha256"] == hashlib.sha256(drawn["id"].encode()).hexdigest()
    assert payload["document"] == verdict["document"]
    head, claims, signature = receipt["token"].split(".")
    broken = f"{head}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert verify(node, receipt | {"token": broken})["refused"] == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"


RECEIPT_CLAIMS = (
    "verdict", "verified_at", "policy", "sod_sha256", "document", "chip_proved", "challenge_sha256", "signer", "csca",
    "trust_store_sha256", "crl", "steps", "codes",
)  # fmt: skip


def verify(node: str, paper: dict[str, Any]) -> dict[str, Any]:
    with running(node, "jose.mjs", paper) as process:
        assert process.stdout and process.stderr
        found: dict[str, Any] = json.loads(process.stdout.readline() or process.stderr.read())
        return found


def test_authlib_signs_a_citizen_in(app: Flask, live_server: LiveServer, patient: dict[str, Any]) -> None:
    task = register(AuthMethod.SECRET_BASIC)
    metadata = requests.get(f"{live_server.url}/.well-known/openid-configuration", timeout=30).json()
    with OAuth2Session(
        task["client_id"], task["client_secret"], redirect_uri=BACK, scope=SCOPE, code_challenge_method="S256"
    ) as service:
        address, state = service.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier="v" * 48, nonce="the-nonce"
        )
        walker = Walker(stop_at=BACK).open(address).walk(patient)
        token = service.fetch_token(
            metadata["token_endpoint"], authorization_response=walker.address, state=state, code_verifier="v" * 48
        )
        keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
        claims = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": live_server.url},
            aud={"essential": True, "value": task["client_id"]},
            nonce={"essential": True, "value": "the-nonce"},
            exp={"essential": True},
        ).validate(claims)
        userinfo = service.get(metadata["userinfo_endpoint"]).json()
    assert userinfo["sub"] == claims["sub"]
    assert userinfo["given_name"] == "Minh"


def test_the_clinic_shows_a_verified_card_of_the_insured(app: Flask, clinic: Any, patient: dict[str, Any]) -> None:
    record_added_insurance(MINH["person_id"])
    db.session.commit()
    walker = Walker().open(clinic.url).press("sign-in").walk(patient)
    assert 'data-paper="health_insurance" data-outcome="verified"' in walker.text
    assert 'data-claim="card_code"' in walker.text and 'data-claim="fund_share"' in walker.text
    walker.press("sign-out").press("sign-in").walk(patient)
    assert 'data-paper="health_insurance" data-outcome="verified"' in walker.text
    assert clinic.app.extensions["clinic.keys"].fetches == 1


def test_the_example_of_the_services_page_works_when_copied(
    app: Flask, live_server: LiveServer, patient: dict[str, Any]
) -> None:
    page = requests.get(f"{live_server.url}/services/", timeout=30).text
    example = re.search(r"<code>(from authlib.*?)</code>", page, re.DOTALL)
    assert example is not None
    listener, url = bound_listener()
    registered = register_client(name="Copied", redirect_uris=[f"{url}/callback"])
    db.session.commit()
    code = html.unescape(example[1])
    for written, meant in (
        ("YOUR CLIENT ID", registered.client_id),
        ("YOUR SECRET", registered.secret or ""),
        ("http://localhost:5000", url),
        ("app.run(port=5000)", ""),
    ):
        assert written in code
        code = code.replace(written, meant)
    copied: dict[str, Any] = {"__name__": "copied"}
    exec(compile(code, "example", "exec"), copied)
    with listener, serving(copied["app"], listener):
        walker = Walker().open(f"{url}/").walk(patient)
    assert walker.text == "Hello Trần Văn Minh, signed in at LoA2"


@pytest.mark.parametrize("signed", [False, True], ids=["pushed", "pushed and signed"])
@pytest.mark.parametrize("script", ["fapi2-openid-client.mjs", "fapi2-oauth4webapi.mjs"])
def test_an_outside_client_completes_fapi_2(
    app: Flask, live_server: LiveServer, node: str, patient: dict[str, Any], script: str, signed: bool
) -> None:
    """FAPI 2.0 Security Profile and Message Signing: PAR, private_key_jwt, DPoP with nonces, JAR, JARM, signed introspection"""
    key = key_for("ES256")
    choices = ClientChoices(require_signed_request_object=signed)
    registered = register_client(
        name="Bank", redirect_uris=[BACK], profile=Profile.FAPI2, keys=ClientKeys(jwks_of(key)), choices=choices
    )
    db.session.commit()
    task = {
        "client_id": registered.client_id,
        "key": key.as_dict(private=True),
        "redirect_uri": BACK,
        "scope": SCOPE,
        "signed": signed,
        "issuer": live_server.url,
    }
    found = play(node, script, task, patient)
    assert found.get("issuer") == live_server.url, found
    assert found["token_type"] == "dpop"
    assert found["answer"] == ["response"]
    assert found["userinfo"]["name"] == "Trần Văn Minh"
    assert found["claims"]["acr"] == "LoA2"
    if script == "fapi2-oauth4webapi.mjs":
        assert found["nonces"] == 1
        assert found["stolen"] == 401
        assert found["told"]["cnf"]["jkt"]
    else:
        assert found["stolen"] == "OAUTH_WWW_AUTHENTICATE_CHALLENGE"
