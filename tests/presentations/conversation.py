"""A relying service and a wallet, talking to the service over HTTP."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.crypto.keys import SigningKey
from eid.oauth.clients import RegisteredClient
from eid.presentations.answers import build_answer
from eid.presentations.authorization_requests import Asked, VerifiedRequest, parse_parameters, verify_request
from eid.presentations.dcql import parse_query
from eid.presentations.dcql_matching import choose_answer
from eid.wallet.held import Held, describe, present

ISSUER = "http://localhost:8000"
BACK = "https://clinic.example/back"
VCT = f"{ISSUER}/api/v1/credential-types/driving_licence"
MDL, SPACE = "org.iso.18013.5.1.mDL", "org.iso.18013.5.1"

LICENCE_QUERY: dict[str, Any] = {
    "credentials": [
        {
            "id": "licence",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [VCT]},
            "claims": [{"path": ["may_drive"]}, {"path": ["name"]}],
        }
    ]
}
MDL_QUERY: dict[str, Any] = {
    "credentials": [
        {
            "id": "mdl",
            "format": "mso_mdoc",
            "meta": {"doctype_value": MDL},
            "claims": [{"path": [SPACE, "document_number"]}, {"path": [SPACE, "issuing_country"]}],
        }
    ]
}


@dataclass
class Service:
    """A relying service at the JSON API, with a token in its own name."""

    client: FlaskClient
    registered: RegisteredClient

    @property
    def headers(self) -> dict[str, str]:
        answer = self.client.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self.registered.client_id, self.registered.secret or ""),
        )
        return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}

    def try_asking(self, query: Mapping[str, Any], **changes: Any) -> TestResponse:
        body = {"query": dict(query), **changes}
        return self.client.post("/api/v1/presentations", json=body, headers=self.headers)

    def ask(self, query: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        answer = self.try_asking(query, **changes)
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.get_json()
        return opened

    def look(self, opened: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(
            f"/api/v1/presentations/{opened['id']}", headers=self.headers
        ).get_json()
        return found

    def read(self, opened: Mapping[str, Any], response_code: str | None = None) -> TestResponse:
        body = {} if response_code is None else {"response_code": response_code}
        return self.client.post(f"/api/v1/presentations/{opened['id']}/result", json=body, headers=self.headers)


@dataclass
class Wallet:
    """A wallet with what it holds; each step by itself, so that a test can do one of them wrongly."""

    client: FlaskClient
    held: list[Held] = field(default_factory=list)

    def fetch(self, opened: Mapping[str, Any], *, method: str = "GET", nonce: str | None = None) -> TestResponse:
        path = str(opened["request_uri"]).removeprefix(ISSUER)
        if method == "GET":
            return self.client.get(path)
        return self.client.post(path, data={} if nonce is None else {"wallet_nonce": nonce})

    def read(self, opened: Mapping[str, Any], **how: Any) -> VerifiedRequest:
        answer = self.fetch(opened, **how)
        assert (answer.status_code, answer.content_type) == (200, "application/oauth-authz-req+jwt"), answer.text
        parameters = parse_qs(urlsplit(opened["wallet_uri"]).query)
        return verify_request(
            answer.text,
            expected_client_id=parameters["client_id"][0],
            expected_wallet_nonce=how.get("nonce"),
            now=wall_now(),
        )

    def read_by_value(self, opened: Mapping[str, Any]) -> Asked:
        found: dict[str, Any] = {n: v[0] for n, v in parse_qs(urlsplit(opened["wallet_uri"]).query).items()}
        for name in ("dcql_query", "client_metadata"):
            found[name] = json.loads(found[name])
        return parse_parameters(found)

    def choose(self, asked: Asked) -> dict[str, list[str]]:
        """The presentations that answer, by id."""
        chosen = choose_answer(parse_query(asked.query), [describe(each) for each in self.held])
        return {
            name: [present(self.held[choice.number], choice.claims, asked, now=wall_now())]
            for name, choice in chosen.items()
        }

    def post(self, asked: Asked, form: Mapping[str, str]) -> TestResponse:
        return self.client.post(asked.response_uri.removeprefix(ISSUER), data=dict(form))

    def send(self, asked: Asked, presentations: Mapping[str, Sequence[str]]) -> TestResponse:
        return self.post(asked, build_answer({n: list(s) for n, s in presentations.items()}, asked=asked))

    def answer(self, opened: Mapping[str, Any]) -> TestResponse:
        asked = self.read(opened).asked
        return self.send(asked, self.choose(asked))


def alter_token(token: str) -> str:
    """The same JWS with one bit of its signature changed."""
    head, body, signature = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[10] ^= 1
    return ".".join((head, body, base64.urlsafe_b64encode(raw).rstrip(b"=").decode()))


def public_jwk(key: SigningKey) -> dict[str, Any]:
    return {name: value for name, value in key.public_jwk().items() if name in ("kty", "crv", "x", "y")}


def code_of(answer: TestResponse) -> str:
    """The response code in the address that the wallet leads its holder to."""
    return parse_qs(urlsplit(answer.get_json()["redirect_uri"]).query)["response_code"][0]


def curve_key(key: SigningKey) -> ec.EllipticCurvePrivateKey:
    assert isinstance(key.private_key, ec.EllipticCurvePrivateKey)
    return key.private_key
