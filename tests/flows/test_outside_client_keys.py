"""Client libraries that are not ours prove themselves by assertions, and read what was signed and encrypted for them.

openid-client (npm) and Authlib (PyPI) make the assertions; both verify or open what they get with code that is not ours.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from flask import Flask
from joserfc.jwk import ECKey, RSAKey

from eid.db import db
from eid.oauth.client_metadata import ClientKeys, ResponseAlgorithms
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.models import AuthMethod
from tests.engines import one_engine
from tests.flows.test_outside_clients import BACK, SCOPE, node, play
from tests.live import LiveServer
from tests.oauth.assertions import jwks_of, key_for
from tests.walker import Walker

__all__ = ["node"]

pytestmark = [pytest.mark.clients, one_engine]


def register(method: AuthMethod, *keys: Any, **changes: Any) -> RegisteredClient:
    registered = register_client(
        name="Outside",
        redirect_uris=[BACK],
        auth_method=method,
        keys=ClientKeys(jwks_of(*keys) if keys else None),
        **changes,
    )
    db.session.commit()
    return registered


READERS: dict[str, Any] = {
    "RSA-OAEP-256": RSAKey.generate_key(2048, {"kid": "reader", "use": "enc"}),
    "ECDH-ES": ECKey.generate_key("P-256", {"kid": "reader", "use": "enc"}),
}


@pytest.mark.parametrize(
    ("alg", "answered_by", "encrypted_by", "enc"),
    [
        ("PS256", "Ed25519", "ECDH-ES", "A256GCM"),
        ("RS256", "RS256", "RSA-OAEP-256", "A128GCM"),
        ("Ed25519", "PS256", None, None),
        ("HS256", "ES256", None, None),
    ],
)
def test_openid_client_signs_a_citizen_in_with_its_keys(
    app: Flask,
    live_server: LiveServer,
    node: str,
    patient: dict[str, Any],
    alg: str,
    answered_by: str,
    encrypted_by: str | None,
    enc: str | None,
) -> None:
    """It verifies our signatures with our published keys, opens what was encrypted, and asks and ends with its proofs, too"""
    key = None if alg == "HS256" else key_for(alg)
    reader = READERS.get(encrypted_by or "")
    method = AuthMethod.SECRET_JWT if key is None else AuthMethod.PRIVATE_KEY_JWT
    algorithms = ResponseAlgorithms(answered_by, encrypted_by, enc, answered_by, encrypted_by, enc)
    registered = register(method, *[one for one in (key, reader) if one], algorithms=algorithms)
    task = {
        "issuer": live_server.url,
        "client_id": registered.client_id,
        "client_secret": registered.secret,
        "redirect_uri": BACK,
        "scope": SCOPE,
        "algorithm": alg,
        "key": key and key.as_dict(private=True),
        "reader": reader and reader.as_dict(private=True),
        "enc": enc,
        "id_token_alg": answered_by,
        "userinfo_alg": answered_by,
    }
    found = play(node, "keyed-openid-client.mjs", task, patient)
    assert found.get("issuer") == live_server.url, found
    assert found["parts"] == (5 if reader else 3)
    assert found["userinfo"]["name"] == "Trần Văn Minh"
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert (found["told"]["active"], found["ended"]) == (True, {"active": False})


@pytest.mark.parametrize("method", [AuthMethod.PRIVATE_KEY_JWT, AuthMethod.SECRET_JWT])
def test_authlib_signs_a_citizen_in_with_its_assertions(
    app: Flask, live_server: LiveServer, patient: dict[str, Any], method: AuthMethod
) -> None:
    """Authlib names the token endpoint as audience, as OpenID Connect Core, section 9, has it"""
    key = key_for("RS256")
    registered = register(method, *([key] if method is AuthMethod.PRIVATE_KEY_JWT else []))
    metadata = requests.get(f"{live_server.url}/.well-known/openid-configuration", timeout=30).json()
    endpoint = metadata["token_endpoint"]
    secret: Any = registered.secret or key.as_pem(private=True)
    proof = PrivateKeyJWT(endpoint) if method is AuthMethod.PRIVATE_KEY_JWT else ClientSecretJWT(endpoint)
    with OAuth2Session(
        registered.client_id,
        secret,
        token_endpoint_auth_method=proof,
        redirect_uri=BACK,
        scope=SCOPE,
        code_challenge_method="S256",
    ) as service:
        address, state = service.create_authorization_url(metadata["authorization_endpoint"], code_verifier="v" * 48)
        walker = Walker(stop_at=BACK).open(address).walk(patient)
        token = service.fetch_token(
            endpoint, authorization_response=walker.address, state=state, code_verifier="v" * 48
        )
        refreshed = service.refresh_token(endpoint, refresh_token=token["refresh_token"])
        assert refreshed["access_token"] != token["access_token"]
        assert service.get(metadata["userinfo_endpoint"]).json()["given_name"] == "Minh"
