"""eid clients: what a script relies on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from joserfc.jwk import ECKey

from eid.db import db
from eid.oauth.clients import find_client, register_client
from tests.cli.conftest import Typed
from tests.engines import one_engine
from tests.oauth.test_client_certificates import ANCHOR
from tests.people import record_one

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def run(typed: Typed, database_url: str, tmp_path: Path) -> Run:
    return partial(typed, "clients", EID_DATABASE_URL=database_url, EID_STATE_DIR=str(tmp_path / "state"))


def test_a_service_is_registered_and_its_secret_printed_once(run: Run) -> None:
    words = ("--name", "Phòng khám", "--redirect-uri", "http://localhost:9000/callback", "--profile", "basic")
    done = run("register", *words, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["client_secret"]) == 43
    assert {"openid", "health_insurance"} <= set(found["scope"].split())
    listed = run("list")
    assert found["client_id"] in listed.stdout and found["client_secret"] not in listed.stdout


def test_a_strict_service_is_registered_with_its_keys(run: Run, tmp_path: Path) -> None:
    strict = ("register", "--name", "Bank", "--redirect-uri", "https://b.example/", "--profile", "fapi2", "--json")
    without = run(*strict)
    assert (without.returncode, without.stderr.count("\n")) == (1, 1)
    assert "needs jwks or jwks_uri" in without.stderr
    keys = tmp_path / "keys.json"
    keys.write_text("rubbish")
    assert "holds no JSON" in run(*strict, "--jwks", str(keys)).stderr
    jwks = {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
    keys.write_text(json.dumps(jwks))
    found = json.loads(run(*strict, "--jwks", str(keys), "--auth-signing-alg", "ES256").stdout)
    assert found["jwks"] == jwks
    assert found["token_endpoint_auth_method"] == "private_key_jwt"
    assert "client_secret" not in found
    more = ("--dpop-bound", "--must-sign", "--access-token-format", "jwt", "--resource", "https://b.example/api")
    chosen = json.loads(run(*strict, "--jwks", str(keys), *more).stdout)
    assert chosen["dpop_bound_access_tokens"] is chosen["require_signed_request_object"] is True
    assert (chosen["access_token_format"], chosen["resources"]) == ("jwt", ["https://b.example/api"])
    refused = run(*strict, "--jwks", str(keys), "--resource", "http://b.example/")
    assert (refused.returncode, refused.stderr) == (1, "eid: A resource is an https address without a fragment.\n")


@one_engine
def test_a_service_says_how_its_answers_are_signed_and_encrypted(run: Run, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [ECKey.generate_key("P-256", {"use": "enc"}).as_dict(private=False)]}))
    words = ("register", "--name", "Bank", "--redirect-uri", "https://b.example/", "--jwks", str(keys), "--json")
    answers = ("--id-token-alg", "PS256", "--id-token-encryption", "ECDH-ES", "A256GCM", "--userinfo-alg", "Ed25519")
    found = json.loads(run(*words, *answers).stdout)
    assert found["id_token_signed_response_alg"] == "PS256"
    assert found["id_token_encrypted_response_enc"] == "A256GCM"
    assert found["userinfo_signed_response_alg"] == "Ed25519"
    assert "userinfo_encrypted_response_alg" not in found
    for refused in (
        run(*words, "--id-token-alg", "none"),
        run(*words, "--jwks-uri", "https://b.example/jwks.json"),
        run(*words, "--tls-subject", "san_dns", "b.example"),
        run(*words, "--auth-method", "tls_client_auth", "--tls-subject", "san_dns", "b.example"),
        run(*words, "--sector-identifier-uri", "https://127.0.0.1:1/list.json"),
    ):
        assert (refused.returncode, refused.stderr.count("\n"), refused.stdout) == (1, 1, "")


@one_engine
def test_a_service_with_a_certificate_is_registered_where_a_proxy_passes_it_on(run: Run, tmp_path: Path) -> None:
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(ANCHOR.public_bytes(Encoding.PEM))
    done = run(
        *("register", "--name", "Bank", "--redirect-uri", "https://b.example/", "--profile", "fapi2", "--json"),
        *("--auth-method", "tls_client_auth", "--tls-subject", "san_dns", "b.example"),
        EID_CLIENT_CERTIFICATE_PROXIES="127.0.0.1",
        EID_CLIENT_CERTIFICATE_AUTHORITIES=str(authorities),
    )
    assert json.loads(done.stdout)["tls_client_auth_san_dns"] == "b.example"


@one_engine
def test_a_counter_and_a_kiosk_are_registered_without_a_redirect_address(run: Run) -> None:
    ciba, device = "urn:openid:params:grant-type:ciba", "urn:ietf:params:oauth:grant-type:device_code"
    counter = json.loads(run("register", "--name", "Counter", "--grant", "ciba", "--grant", "device", "--json").stdout)
    assert counter["grant_types"] == ["refresh_token", ciba, device]
    assert (counter["backchannel_token_delivery_mode"], counter["redirect_uris"]) == ("poll", [])
    words = ("register", "--name", "Counter", "--grant", "ciba", "--ciba-mode", "ping", "--json")
    assert run(*words).stderr == "eid: In mode ping, and only there, a client has a notification endpoint.\n"
    pinged = json.loads(run(*words, "--ciba-notification-endpoint", "https://counter.example/ping").stdout)
    assert pinged["backchannel_client_notification_endpoint"] == "https://counter.example/ping"
    assert run("register", "--name", "Agent", "--grant", "token-exchange").returncode == 2


def test_a_bad_address_is_refused(run: Run) -> None:
    assert run("register", "--name", "Bank").returncode == 2
    refused = run("register", "--name", "Bank", "--redirect-uri", "http://bank.example/")
    assert refused.returncode == 1
    assert refused.stderr.startswith("eid: A redirect address starts with https://")
    assert refused.stderr.count("\n") == 1


@one_engine
def test_an_operator_sets_a_services_limits_and_says_who_looks_after_it(run: Run, app: Flask) -> None:
    person = record_one()
    db.session.commit()
    registered = register_client(name="Phòng khám", redirect_uris=["https://clinic.example/back"])
    client_id, pin, person_id = "-" + registered.client_id[1:], person.pin, person.id
    registered.client.client_id = client_id
    db.session.commit()
    db.session.remove()
    assert run("limit", "--client", client_id, "--requests-per-minute", "60").returncode == 0
    assert run("give", "--client", client_id, "--person", pin).returncode == 0
    client = find_client(client_id)
    assert (client.requests_per_minute, client.sign_ins_per_day, client.owner_person_id) == (60, None, person_id)
    db.session.remove()
    assert run("give", "--client", client_id).returncode == 2
    unknown = run("give", "--client", client_id, "--organisation", "9900000017")
    assert (unknown.returncode, "no active organisation" in unknown.stderr) == (1, True)
