"""openid-client beyond a sign-in: parts of a paper, a better sign-in, tokens for others, and proof by TLS certificates."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from flask import Flask
from joserfc.jwk import ECKey

from eid.app import create_app
from eid.clock import wall_now
from eid.config import Settings
from eid.db import db
from eid.demo.tls import make_local_tls
from eid.oauth.client_choices import ClientChoices
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import register_client
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.models import AuthMethod, TokenFormat
from tests.engines import one_engine
from tests.flows.test_outside_clients import BACK, node, running
from tests.live import LiveServer, bound_listener, serving
from tests.oauth.assertions import jwks_of
from tests.oauth.test_client_certificates import NAME, client_certificate, key_of
from tests.people import MINH, SECRETS, record_account_of, record_added_licence, record_one
from tests.walker import Walker

__all__ = ["node"]

pytestmark = [pytest.mark.clients, one_engine]

RESOURCE = "https://api.example/records"


def play(
    node: str, script: str, task: dict[str, Any], patient: dict[str, Any], walker: Walker | None = None
) -> dict[str, Any]:
    """What the script got, after the patient went wherever it sent them, each time in the same browser."""
    walker = walker or Walker()
    walker.stop_at = BACK
    with running(node, script, task) as process:
        assert process.stdin and process.stdout and process.stderr
        for line in process.stdout:
            found: dict[str, Any] = json.loads(line)
            if "address" not in found:
                return found
            walker.open(found["address"]).walk(patient)
            assert walker.has_stopped, walker.text
            process.stdin.write(f"{walker.address}\n")
            process.stdin.flush()
        raise AssertionError(process.stderr.read())


def test_openid_client_asks_for_a_part_of_a_paper_and_steps_up_where_an_api_asks(
    app: Flask, live_server: LiveServer, node: str, patient: dict[str, Any]
) -> None:
    """RFC 9396, RFC 9470, RFC 8707 with RFC 9068, RP-Initiated Logout"""
    record_added_licence(MINH["person_id"])
    registered = register_client(
        name="Outside",
        redirect_uris=[BACK],
        choices=ClientChoices(access_token_format=TokenFormat.JWT, resources=(RESOURCE,)),
        logout=LogoutAddresses(post_logout_redirect_uris=(BACK,)),
    )
    db.session.commit()
    details = [{"type": "eid_paper", "paper": "driving_licence", "attributes": ["number", "may_drive"]}]
    task = {
        "issuer": live_server.url,
        "client_id": registered.client_id,
        "client_secret": registered.secret,
        "redirect_uri": BACK,
        "details": details,
        "resource": RESOURCE,
    }
    found = play(node, "asking-openid-client.mjs", task, patient)
    assert found["challenge"] == {"error": "insufficient_user_authentication", "acr_values": "LoA2"}
    assert found["levels"] == ["LoA1", "LoA2"]
    assert found["details"] == details
    assert set(found["licence"]) == {"number", "may_drive"}
    assert found["elsewhere"] == {
        "aud": RESOURCE,
        "client_id": registered.client_id,
        "here": "OAUTH_WWW_AUTHENTICATE_CHALLENGE",
    }
    assert found["returned"] == "bye"


@dataclass
class TlsProxy:
    """What ends TLS before the service, and says by which certificate a client came (RFC 9440), whatever the client says."""

    app: Flask

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ.pop("HTTP_CLIENT_CERT", None)
        if shown := environ.get("SSL_CLIENT_CERT"):
            der = base64.b64encode(ssl.PEM_cert_to_DER_cert(shown)).decode()
            environ["HTTP_CLIENT_CERT"] = f":{der}:"
        return self.app(environ, start_response)


@contextmanager
def serving_tls(settings: Settings, folder: Path, client_certificate: Path) -> Iterator[LiveServer]:
    """The service behind a proxy with TLS, which asks clients for certificates and takes this one."""
    local = make_local_tls(folder / "tls", now=wall_now())
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(local.certificate, local.key)
    tls.load_verify_locations(client_certificate)
    tls.verify_mode = ssl.CERT_OPTIONAL
    listener, url = bound_listener()
    url = url.replace("http://127.0.0.1", "https://localhost")
    settings.state_dir.mkdir(exist_ok=True)
    app = create_app(replace(settings, public_url=url, client_certificate_proxies=(ip_network("127.0.0.1/32"),)))
    with listener, serving(TlsProxy(app), listener, tls):
        yield LiveServer(url, app)
    with app.app_context():
        db.engine.dispose()


def test_openid_client_proves_itself_by_the_certificate_of_its_connection(
    settings: Settings, node: str, tmp_path: Path
) -> None:
    """RFC 8705, sections 2.2 and 3: a token that was stolen, and a refresh without the certificate, are refused"""
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    certificate.write_bytes(client_certificate(issuer=NAME, signer="bank").public_bytes(Encoding.PEM))
    key.write_bytes(key_of("bank").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key_of("bank").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with serving_tls(settings, tmp_path, certificate) as server:
        with server.app.app_context():
            record_account_of(record_one().id)
            registered = register_client(
                name="Bank",
                redirect_uris=[BACK],
                auth_method=AuthMethod.SELF_SIGNED_TLS,
                keys=ClientKeys(jwks_of(ECKey.import_key(public, {"kid": "tls"}))),
                choices=ClientChoices(tls_client_certificate_bound_access_tokens=True),
            )
            client_id = registered.client_id
            db.session.commit()
        authority = tmp_path / "tls/authority.pem"
        task = {"issuer": server.url, "client_id": client_id, "redirect_uri": BACK, "authority": str(authority)}
        walker = Walker()
        walker.http.trust_env, walker.http.verify = False, str(authority)
        patient = {"pin": MINH["pin"], **SECRETS}
        files = {"certificate": str(certificate), "key": str(key)}
        found = play(node, "tls-openid-client.mjs", task | files, patient, walker)
    assert found["userinfo"]["name"] == "Trần Văn Minh"
    assert found["told"]["active"] and found["told"]["cnf"]["x5t#S256"]
    assert (found["stolen"], found["unproved"]) == (401, 401)
