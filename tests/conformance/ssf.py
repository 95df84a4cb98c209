"""A receiver of security events, as the suite's transmitter plan plays it: with a token of its own, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.crypto.jwt import VerifiedToken, verify_signature
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.signals.event_types import SUPPORTED
from tests.oauth.conftest import BACK

PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
HOOK = "https://clinic.example/events"


@dataclass
class Ssf:
    """One receiver; what it asks goes to the addresses of the metadata."""

    http: FlaskClient
    registered: RegisteredClient
    token: str
    metadata: dict[str, Any]

    def call(
        self, endpoint: str, method: str = "POST", body: Any = None, token: str | None = None, **query: str
    ) -> TestResponse:
        given = self.token if token is None else token
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        content = {"data": body} if isinstance(body, str) else {} if body is None else {"json": body}
        address = self.metadata.get(endpoint, endpoint)
        return self.http.open(address, method=method, headers=headers, query_string=query, **content)  # type: ignore[arg-type]

    def open(self, **changes: Any) -> dict[str, Any]:
        """A stream that is fetched and wants everything; what the answer says of it."""
        wish = {"delivery": {"method": POLL}, "events_requested": list(SUPPORTED), "description": "Thử"} | changes
        answer = self.call(
            "configuration_endpoint", body={name: value for name, value in wish.items() if value is not None}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.get_json())

    def poll(self, stream: dict[str, Any], **asked: Any) -> dict[str, Any]:
        answer = self.call(stream["delivery"]["endpoint_url"], body={"returnImmediately": True} | asked)
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json())

    def verify(self, stream: dict[str, Any], state: str | None = None) -> TestResponse:
        body = {"stream_id": stream["stream_id"]} | ({} if state is None else {"state": state})
        return self.call("verification_endpoint", body=body)

    def check(self, token: str) -> VerifiedToken:
        """A token whose signature holds under a key of jwks_uri and that has every property of an SSF SET."""
        keys = self.http.get(self.metadata["jwks_uri"]).get_json()["keys"]
        verified = verify_signature(token, keys=keys, expected_typ="secevent+jwt")
        claims = verified.claims
        assert not {"sub", "exp"} & set(claims)
        assert (claims["iss"], claims["aud"]) == (self.metadata["issuer"], self.registered.client_id)
        assert claims["iat"] <= wall_now().timestamp()
        assert len(claims["events"]) == 1
        return verified


def register_receiver(client: FlaskClient, name: str = "Phòng khám Thử", scope: str = "ssf.manage") -> Ssf:
    registered = register_client(name=name, redirect_uris=[BACK], scopes=["openid", "identity"], own_scopes=[scope])
    auth = (registered.client_id, registered.secret or "")
    token = client.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=auth).get_json()["access_token"]
    return Ssf(client, registered, token, client.get("/.well-known/ssf-configuration").get_json())


@pytest.fixture
def ssf(app: Flask, client: FlaskClient) -> Ssf:
    return register_receiver(client)
